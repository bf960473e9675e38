/** A forecast as it might be, beside the one that is frozen where one is, on one scale. Nothing of it is kept. */

import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import {
  AS_IT_IS,
  MOST_PEOPLE,
  PACES,
  paceOf,
  saidOf,
  supposedOf,
  whatIf,
  type About,
  type Staffing,
  type Supposed,
  type WhatIfAnswer,
} from "@/api/what-if";
import { dayFrom } from "@/api/scope";
import type { Day, Forecast } from "@/api/types";
import type { Format } from "@/design/format";
import { many, t } from "@/texts/texts";
import { useTyped } from "./arrangement";
import { Button, fieldLook } from "./Button";
import { daysWords } from "./forecast-words";
import { Cone, days, type Days } from "./Forecasts";
import { useFormat } from "./Locale";
import { Failure, Skeleton } from "./Notice";

/** So many days the scale has at least. */
const LEAST_DAYS = 28;

interface Props {
  about: About;
  /** What is supposed, as it stands in the address. */
  said: string;
  onSay: (said: string) => void;
  frozen?: Forecast;
  /** Where the scale of what is frozen ends. */
  until?: Day;
}

export default function WhatIf({ about, said: told, onSay, frozen, until }: Props) {
  const format = useFormat();
  // It is handed on once it has stood still for a moment, so that a slider that is drawn along asks once.
  const [typed, type] = useTyped(told, onSay);
  const [supposed, settled] = [supposedOf(typed), supposedOf(told)];
  const { data, error, isPending, isError, isPlaceholderData, refetch } = useQuery(whatIf(about, settled));
  const set = (part: Partial<Supposed>) => type(saidOf({ ...supposed, ...part }));
  const from = frozen?.made_on ?? data?.made_on;
  const open = frozen?.remaining ?? data?.remaining ?? 0;
  const most = Math.max(20, Math.ceil(open / 10) * 10);
  const inProgress = Math.ceil(data?.in_progress ?? 0);
  const isAsItIs = saidOf(supposed) === "";
  const pace = paceOf(supposed);
  const then: Days | null = data?.done_on
    ? { p50_on: data.done_on.p50, p85_on: data.done_on.p85, p95_on: data.done_on.p95, due_on: data.due_on }
    : null;
  const said = then ? daysOf(then, format.day) : (data?.reason ?? t("no forecast"));
  // One scale holds both, up to two years.
  const scale = from && scaleEnd(from, until ?? dayFrom(from, LEAST_DAYS), then);

  return (
    <div className="mt-2 grid gap-x-8 gap-y-4 rounded-md bg-sunken p-4 md:grid-cols-[minmax(14rem,20rem)_1fr]">
      <fieldset className="flex flex-col gap-3">
        <legend className="sr-only">{t("What is supposed")}</legend>
        <Slider
          label={t("Scope")}
          value={supposed.scope}
          min={Math.min(-open, supposed.scope)}
          max={Math.max(most, supposed.scope)}
          step={1}
          says={
            supposed.scope === 0
              ? t("as it is")
              : scopeWords(format.count(Math.abs(supposed.scope)), supposed.scope > 0, format.count(open + supposed.scope))
          }
          onSet={(scope) => set({ scope })}
        />
        <Slider
          label={t("Pace")}
          value={pace}
          min={Math.min(PACES[0], pace)}
          max={Math.max(PACES[1], pace)}
          step={supposed.people ? "any" : 0.05}
          says={pace === 1 ? t("as it is") : format.text(pace, "ratio")}
          onSet={(pace) => set({ pace, people: null })}
        />
        <People value={supposed.people} onSet={(people) => set({ people, pace: AS_IT_IS.pace })} />
        {pace > 1 && (
          <p className="text-xs text-soft">{t("New people seldom speed things up at once: take more pace as a bound.")}</p>
        )}
        {inProgress > 1 && (
          <Slider
            label={t("Limit of work in progress")}
            value={supposed.wip_limit ?? inProgress}
            min={1}
            max={inProgress}
            step={1}
            says={supposed.wip_limit === null ? t("none") : format.count(supposed.wip_limit)}
            onSet={(limit) => set({ wip_limit: limit >= inProgress ? null : limit })}
          />
        )}
        <DayField label={t("Begins on")} value={supposed.start} min={from} onSet={(start) => set({ start })} />
        <DayField label={t("Is to be done by")} value={supposed.due} min={from} onSet={(due) => set({ due })} />
        <DayField label={t("How many by")} value={supposed.by} min={from} onSet={(by) => set({ by })} />
        <label className="flex min-h-6 items-center gap-2">
          <input
            type="checkbox"
            checked={!supposed.growth}
            onChange={(event) => set({ growth: !event.target.checked })}
            className="size-4 accent-accent"
          />
          {t("What is open now is all")}
        </label>
        <Button onClick={() => type(saidOf(AS_IT_IS))} disabled={isAsItIs} className="self-start">
          {t("As it is")}
        </Button>
      </fieldset>
      <div className="flex min-w-0 flex-col gap-4">
        {frozen && scale && (
          <div>
            <p className="font-medium">
              {t("Frozen on {day}: {days}", { day: format.day(frozen.made_on), days: daysOf(frozen, format.day) })}
            </p>
            <Cone of={frozen} from={frozen.made_on} until={scale} />
          </div>
        )}
        {isPending && <Skeleton label={t("The forecast is on its way")} rows={2} />}
        {isError && <Failure error={error} again={() => void refetch()} />}
        {data && (
          <div aria-live="polite" aria-busy={isPlaceholderData} className={isPlaceholderData ? "opacity-60" : ""}>
            <p className="font-medium">
              {!isAsItIs
                ? t("Supposed: {days}", { days: said })
                : frozen
                  ? t("Today, with nothing supposed: {days}", { days: said })
                  : t("As it is: {days}", { days: said })}
            </p>
            {then && from && scale && <Cone of={then} from={from} until={scale} />}
            <p className="text-soft">{[...sentences(data, frozen, format), t("Nothing of it is kept.")].join(" ")}</p>
            {/* The answer does not say for which day: while another is computed, it is of the one before. */}
            {settled.by && data.done_by && !isPlaceholderData && (
              <p>
                {t("By {day}: at least {p50} more done at 50 %, {p85} at 85 %.", {
                  day: format.day(settled.by),
                  p50: format.count(data.done_by.p50),
                  p85: format.count(data.done_by.p85),
                })}
              </p>
            )}
          </div>
        )}
      </div>
    </div>
  );
}

const daysOf = ({ p50_on, p85_on }: Days, day: (day: Day) => string) => daysWords(p50_on, p85_on, day);

const scopeWords = (count: string, more: boolean, open: string) =>
  more ? t("{count} more: {open} open", { count, open }) : t("{count} fewer: {open} open", { count, open });

/** Where the scale ends that all fits on, up to two years ahead. */
function scaleEnd(from: Day, least: Day, then: Days | null): Day {
  const end = [then?.p85_on, then?.p95_on].reduce<Day>((end, day) => (day && days(day) > days(end) ? day : end), least);
  return days(end) - days(from) > 730 ? dayFrom(from, 730) : end;
}

/** What of it is otherwise than as frozen, and how likely its due day is, or why nobody says. */
function sentences({ done_on, due_on, due_probability, reason }: WhatIfAnswer, frozen: Forecast | undefined, format: Format) {
  const was = frozen?.due_probability ?? null;
  const day = due_on && format.day(due_on);
  return [
    done_on && frozen && moved(frozen.p85_on, done_on.p85, format.count),
    day && due_probability !== null && likely(format.chance(due_probability), day, was === null ? null : format.chance(was)),
    done_on &&
      day &&
      due_probability === null &&
      reason &&
      t("How likely it is by {day} is not told: {reason}.", { day, reason: format.sentence(reason) }),
  ].filter((sentence): sentence is string => typeof sentence === "string" && sentence !== "");
}

const likely = (chance: string, day: string, was: string | null) =>
  was === null
    ? t("{chance} likely by {day}.", { chance, day })
    : t("{chance} likely by {day}, {was} as frozen.", { chance, day, was });

/** How far the 85 % day goes by what is supposed. */
export function moved(before: Day | null, after: Day | null, count: (days: number) => string): string {
  if (!before || !after) return before === after ? "" : after ? t("There is an 85 % day then.") : t("There is no 85 % day then.");
  const by = days(after) - days(before);
  if (by === 0) return t("The 85 % day stays.");
  const size = Math.abs(by);
  const values = { count: count(size) };
  return by < 0
    ? many(size, { one: "The 85 % day is {count} day earlier.", other: "The 85 % day is {count} days earlier." }, values)
    : many(size, { one: "The 85 % day is {count} day later.", other: "The 85 % day is {count} days later." }, values);
}

/** How many people work on it, and how many would: as many, until somebody says otherwise. Where either is empty, nothing of it is supposed. */
function People({ value, onSet }: { value: Staffing | null; onSet: (value: Staffing | null) => void }) {
  const field = (label: string, count: number | undefined, of: (count: number) => Staffing) => (
    <input
      type="number"
      aria-label={label}
      min={1}
      max={MOST_PEOPLE}
      step={1}
      value={count ?? ""}
      onChange={(event) => {
        const said = event.target.valueAsNumber;
        onSet(Number.isInteger(said) && said >= 1 && said <= MOST_PEOPLE ? of(said) : null);
      }}
      className={fieldLook}
    />
  );
  return (
    <div role="group" aria-label={t("People")} className="flex flex-wrap items-center justify-between gap-2">
      <span aria-hidden>{t("People")}</span>
      <span className="flex items-center gap-2">
        {field(t("People now"), value?.from, (from) => ({ from, to: value?.to ?? from }))}
        <span aria-hidden>→</span>
        {field(t("People then"), value?.to, (to) => ({ from: value?.from ?? to, to }))}
      </span>
    </div>
  );
}

function DayField({
  label,
  value,
  min,
  onSet,
}: {
  label: string;
  value: Day | null;
  min: Day | undefined;
  onSet: (value: Day | null) => void;
}) {
  return (
    <label className="flex flex-wrap items-center justify-between gap-2">
      {label}
      <input
        type="date"
        value={value ?? ""}
        min={min}
        onChange={(event) => onSet(event.target.value || null)}
        className={fieldLook}
      />
    </label>
  );
}

function Slider({
  label,
  value,
  min,
  max,
  step,
  says,
  onSet,
}: {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number | "any";
  says: string;
  onSet: (value: number) => void;
}) {
  const id = useId();
  return (
    <div>
      <div className="flex items-baseline justify-between gap-2">
        <label htmlFor={id}>{label}</label>
        <output htmlFor={id} className="figures font-medium">
          {says}
        </output>
      </div>
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        aria-valuetext={says}
        onChange={(event) => onSet(Number(event.target.value))}
        className="h-6 w-full accent-accent"
      />
    </div>
  );
}
