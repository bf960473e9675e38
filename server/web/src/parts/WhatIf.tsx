/** A forecast as it might be, beside the one that is frozen, on one scale. Nothing of it is kept. */

import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useState } from "react";
import { AS_IT_IS, whatIf, type Supposed } from "@/api/what-if";
import { dayFrom } from "@/api/scope";
import type { Day, Forecast } from "@/api/types";
import { Button, fieldLook } from "./Button";
import { Cone, days, type Days } from "./Forecasts";
import { useFormat } from "./Locale";
import { Failure, Skeleton } from "./Notice";

/** A value once it has stood still for a moment, so that a slider that is drawn along asks once. */
function useSettled<T>(value: T): T {
  const [settled, settle] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => settle(value), 250);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

export default function WhatIf({ frozen, until }: { frozen: Forecast; until: Day }) {
  const format = useFormat();
  const [supposed, suppose] = useState<Supposed>(AS_IT_IS);
  const { data, error, isPending, isError, isPlaceholderData, refetch } = useQuery(whatIf(frozen, useSettled(supposed)));
  const set = (part: Partial<Supposed>) => suppose({ ...supposed, ...part });
  const open = frozen.remaining ?? 0;
  const most = Math.max(20, Math.ceil(open / 10) * 10);
  const inProgress = Math.ceil(data?.in_progress ?? 0);
  const isAsItIs = JSON.stringify(supposed) === JSON.stringify(AS_IT_IS);
  const then: Days | null = data?.done_on
    ? { p50_on: data.done_on.p50, p85_on: data.done_on.p85, p95_on: data.done_on.p95, due_on: data.due_on }
    : null;
  // One scale holds both, up to two years.
  const end = [then?.p85_on, then?.p95_on].reduce<Day>((end, day) => (day && days(day) > days(end) ? day : end), until);
  const scale = days(end) - days(frozen.made_on) > 730 ? dayFrom(frozen.made_on, 730) : end;

  return (
    <div className="mt-2 grid gap-x-8 gap-y-4 rounded-md bg-sunken p-4 md:grid-cols-[minmax(14rem,20rem)_1fr]">
      <fieldset className="flex flex-col gap-3">
        <legend className="sr-only">What is supposed</legend>
        <Slider
          label="Scope"
          value={supposed.scope}
          min={-open}
          max={most}
          step={1}
          says={
            supposed.scope === 0
              ? "as it is"
              : `${format.count(Math.abs(supposed.scope))} ${supposed.scope > 0 ? "more" : "fewer"}: ${format.count(open + supposed.scope)} open`
          }
          onSet={(scope) => set({ scope })}
        />
        <Slider
          label="Pace"
          value={supposed.pace}
          min={0.25}
          max={2}
          step={0.05}
          says={supposed.pace === 1 ? "as it is" : `${format.count(supposed.pace * 100)} %`}
          onSet={(pace) => set({ pace })}
        />
        {supposed.pace > 1 && (
          <p className="text-xs text-soft">New people seldom speed things up at once: take more pace as a bound.</p>
        )}
        {inProgress > 1 && (
          <Slider
            label="Limit of work in progress"
            value={supposed.wip_limit ?? inProgress}
            min={1}
            max={inProgress}
            step={1}
            says={supposed.wip_limit === null ? "none" : format.count(supposed.wip_limit)}
            onSet={(limit) => set({ wip_limit: limit >= inProgress ? null : limit })}
          />
        )}
        <label className="flex flex-wrap items-center justify-between gap-2">
          Begins on
          <input
            type="date"
            value={supposed.start ?? ""}
            min={frozen.made_on}
            onChange={(event) => set({ start: event.target.value || null })}
            className={fieldLook}
          />
        </label>
        <label className="flex min-h-6 items-center gap-2">
          <input
            type="checkbox"
            checked={!supposed.growth}
            onChange={(event) => set({ growth: !event.target.checked })}
            className="size-4 accent-accent"
          />
          What is open now is all
        </label>
        <Button onClick={() => suppose(AS_IT_IS)} disabled={isAsItIs} className="self-start">
          As it is
        </Button>
      </fieldset>
      <div className="flex min-w-0 flex-col gap-4">
        <div>
          <p className="font-medium">
            Frozen on {format.day(frozen.made_on)}: {told(frozen, format.day)}
          </p>
          <Cone of={frozen} from={frozen.made_on} until={scale} />
        </div>
        {isPending && <Skeleton label="The forecast is on its way" rows={2} />}
        {isError && <Failure error={error} again={() => void refetch()} />}
        {data && (
          <div aria-live="polite" aria-busy={isPlaceholderData} className={isPlaceholderData ? "opacity-60" : ""}>
            <p className="font-medium">
              {isAsItIs ? "Today, with nothing supposed" : "Supposed"}:{" "}
              {then ? told(then, format.day) : (data.reason ?? "no forecast")}
            </p>
            {then && <Cone of={then} from={frozen.made_on} until={scale} />}
            <p className="text-soft">
              {then && moved(frozen.p85_on, then.p85_on, format.count)}
              {data.due_probability !== null &&
                data.due_on &&
                ` ${format.chance(data.due_probability)} likely by ${format.day(data.due_on)}${
                  frozen.due_probability === null ? "" : `, ${format.chance(frozen.due_probability)} as frozen`
                }.`}{" "}
              Nothing of it is kept.
            </p>
          </div>
        )}
      </div>
    </div>
  );
}

const told = ({ p50_on, p85_on }: Days, day: (day: Day) => string): string =>
  [
    p50_on ? `50 % by ${day(p50_on)}` : "no 50 % day within five years",
    p85_on ? `85 % by ${day(p85_on)}` : p50_on && "no 85 % day within five years",
  ]
    .filter(Boolean)
    .join(", ");

/** How far the 85 % day goes by what is supposed. */
export function moved(before: Day | null, after: Day | null, count: (days: number) => string): string {
  if (!before || !after) return before === after ? "" : after ? "There is an 85 % day then." : "There is no 85 % day then.";
  const by = days(after) - days(before);
  if (by === 0) return "The 85 % day stays.";
  const size = Math.abs(by);
  return `The 85 % day is ${count(size)} ${size === 1 ? "day" : "days"} ${by < 0 ? "earlier" : "later"}.`;
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
  step: number;
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
