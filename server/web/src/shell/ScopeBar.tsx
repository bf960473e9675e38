/** Of what and when the page is. Everything that is chosen here stands in the address. */

import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useId, useRef, useState, type SubmitEvent } from "react";
import { names } from "@/api/queries";
import { COMPARES, dayFrom, dimensionsWords, GRAINS, type Scope, type Search } from "@/api/scope";
import type { Compare, Dashboard, Dimension, Grain } from "@/api/types";
import { Button, fieldLook } from "@/parts/Button";
import { Chip } from "@/parts/Chip";
import { Icon } from "@/parts/Icon";
import { part, useComing, usePart, useWhenQuiet } from "@/parts/later";
import { useFormat } from "@/parts/Locale";
import { Popup } from "@/parts/Popup";
import { useRoom } from "@/parts/room";
import { Select } from "@/parts/Select";
import { t } from "@/texts/texts";
import { Choices } from "./Choices";
import { compareWords, grainWords, limitable, useLimits } from "./limits";

const SPANS = [
  [t("4 weeks"), 28],
  [t("13 weeks"), 91],
  [t("26 weeks"), 182],
  [t("12 months"), 365],
] as const;

const sheet = part(() => import("./ScopeSheet"));
const popover = "z-10 w-72 max-w-[94vw] p-3";

interface Props {
  search: Search;
  /** What the server made of it, once that is known. */
  shown: Dashboard | undefined;
  /** A dimension that the page itself limits. */
  fixed?: Dimension | undefined;
}

/** Where there is room all of it stands in a row. On a phone the period does, and a button for the rest: that row stays in sight, what the page
 * is limited to stands below it and does not. */
export function ScopeBar({ search, shown, fixed }: Props) {
  const navigate = useNavigate();
  const set = (part: Scope) =>
    void navigate({ to: ".", search: (before: Search) => ({ ...before, ...part }), resetScroll: false });
  const grain = search.grain ?? shown?.grain ?? "week";
  const compare = search.compare ?? shown?.compare ?? "previous";
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const wide = useRoom("sm");
  const limits = useLimits(search, fixed);
  useWhenQuiet(sheet.load);
  const opened = usePart(sheet, open, { search, fixed, grain, compare, set, onClose: () => setOpen(false) });
  return (
    <>
      <section
        aria-label={t("What is shown")}
        className="bar -mt-3 flex max-sm:-mt-4.5 flex-wrap items-center gap-2 print:hidden"
      >
        <Period search={search} shown={shown} set={set} />
        <Button ref={button} aria-haspopup="dialog" className="min-h-11 sm:hidden" onClick={() => setOpen(true)}>
          <Icon name="filter" />
          {limits.length > 0 ? t("Filters: {count}", { count: limits.length }) : t("Filters")}
        </Button>
        {wide && (
          <div className="hidden sm:contents">
            <Select
              label={t("By")}
              value={grain}
              of={GRAINS.map((one) => [one, grainWords(one)])}
              onChoose={(grain) => set({ grain: grain as Grain })}
            />
            <Select
              label={t("Against")}
              value={compare}
              of={COMPARES.map((one) => [one, compareWords(one)])}
              onChoose={(compare) => set({ compare: compare as Compare })}
            />
            {limitable(fixed).map((dimension) => (
              <Limit
                key={dimension}
                dimension={dimension}
                chosen={search[dimension] ?? []}
                onChoose={(ids) => set({ [dimension]: ids.length > 0 ? ids : undefined })}
              />
            ))}
          </div>
        )}
      </section>
      <div className="-mt-5 flex flex-col gap-2 sm:hidden print:hidden">
        <p className="text-xs text-soft">
          {t("By {grain}, against {compare}", { grain: grainWords(grain), compare: compareWords(compare) })}
        </p>
        <Chosen
          limits={limits}
          leave={(dimension) => {
            set({ [dimension]: undefined });
            // What was pressed is gone.
            button.current?.focus({ preventScroll: true });
          }}
        />
      </div>
      {opened}
    </>
  );
}

/** On a phone: what the page is limited to, each with the way to leave it out. */
function Chosen({ limits, leave }: { limits: ReturnType<typeof useLimits>; leave: (dimension: Dimension) => void }) {
  if (limits.length === 0) return null;
  return (
    <ul aria-label={t("Limited to")} className="flex w-full flex-wrap gap-2">
      {limits.map(({ dimension, words, names }) => (
        <Chip
          key={dimension}
          // How many there are is read also where not all of the names have room.
          label={
            names.length > 1
              ? t("{count} {dimension}: {names}", { count: names.length, dimension: words, names: names.join(", ") })
              : t("{dimension}: {names}", { dimension: words, names: names.join(", ") })
          }
          remove={t("Show all {plural}", { plural: dimensionsWords(dimension) })}
          onRemove={() => leave(dimension)}
        />
      ))}
    </ul>
  );
}

/** What the page is limited to, in words: on paper, which has no bar to read it from. */
export function Limited({ search, fixed }: Pick<Props, "search" | "fixed">) {
  const limits = useLimits(search, fixed);
  useComing(limits.some(({ waits }) => waits));
  if (limits.length === 0) return null;
  const told = limits.map(({ words, names }) => `${words} ${names.join(", ")}`);
  return <p className="hidden text-xs text-soft print:block">{t("Only of {told}", { told: told.join("; ") })}</p>;
}

function Period({ search, shown, set }: { search: Search; shown: Dashboard | undefined; set: (part: Scope) => void }) {
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const [wrong, setWrong] = useState(false);
  const wrongly = useId();
  const [from, until] = [search.from ?? shown?.from, search.until ?? shown?.until];
  const choose = (from: string, until: string) => {
    set({ from, until });
    setOpen(false);
  };
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [first, last] = [form.get("first"), form.get("last")];
    if (typeof first !== "string" || typeof last !== "string" || !first || !last) return;
    setWrong(first > last);
    // People mean both days, the API the day after the last.
    if (first <= last) choose(first, dayFrom(last, 1));
  };
  const tomorrow = dayFrom(new Intl.DateTimeFormat("sv", { timeZone: format.timeZone }).format(new Date()), 1);
  return (
    <Popup
      open={open}
      onOpen={(open) => {
        setOpen(open);
        setWrong(false);
      }}
      trigger={
        <Button className="max-sm:min-h-11 max-sm:flex-1">
          <Icon name="clock" className="max-[23rem]:hidden" />
          {from && until ? `${format.dayShort(from)} – ${format.day(dayFrom(until, -1))}` : t("Period")}
          <Icon name="chevron" className="size-3.5" />
        </Button>
      }
      label={t("Period")}
      className={popover}
    >
      <div className="grid grid-cols-2 gap-1.5">
        {SPANS.map(([words, days]) => (
          <Button key={days} className="max-sm:min-h-11" onClick={() => choose(dayFrom(tomorrow, -days), tomorrow)}>
            {t("Last {words}", { words })}
          </Button>
        ))}
      </div>
      <form onSubmit={submit} className="mt-3 flex flex-col gap-2 border-t border-line pt-3 text-sm">
        <label className="flex items-center justify-between gap-2">
          {t("First day")}
          <input type="date" name="first" required defaultValue={from} className={`${fieldLook} max-sm:min-h-11`} />
        </label>
        <label className="flex items-center justify-between gap-2">
          {t("Last day")}
          <input
            type="date"
            name="last"
            required
            defaultValue={until && dayFrom(until, -1)}
            aria-invalid={wrong}
            aria-describedby={wrong ? wrongly : undefined}
            className={`${fieldLook} max-sm:min-h-11`}
          />
        </label>
        {wrong && (
          <p id={wrongly} role="alert" className="text-bad">
            {t("The last day is before the first.")}
          </p>
        )}
        <Button type="submit" look="main" className="max-sm:min-h-11">
          {t("Show")}
        </Button>
      </form>
    </Popup>
  );
}

function Limit({
  dimension,
  chosen,
  onChoose,
}: {
  dimension: Dimension;
  chosen: readonly string[];
  onChoose: (ids: string[]) => void;
}) {
  const [open, setOpen] = useState(false);
  const known = useQuery({ ...names(dimension), enabled: open || chosen.length > 0 });
  const plural = dimensionsWords(dimension);
  const nameOf = (id: string) => known.data?.find((one) => one.id === id)?.name ?? id;
  const one = nameOf(chosen[0] ?? "");
  const label =
    chosen.length === 0
      ? t("All {plural}", { plural })
      : chosen.length > 1
        ? t("{count} {plural}", { count: chosen.length, plural })
        : // What a team made and what it owns are two things of one name.
          dimension === "owning_team"
          ? t("Owned by {team}", { team: one })
          : one;
  return (
    <Popup
      open={open}
      onOpen={setOpen}
      trigger={
        <Button look={chosen.length > 0 ? "plain" : "quiet"}>
          <Icon name="filter" />
          <span className="max-w-40 truncate">{label}</span>
        </Button>
      }
      label={plural}
      className={popover}
    >
      <Choices of={dimension} chosen={chosen} onChoose={onChoose} />
    </Popup>
  );
}
