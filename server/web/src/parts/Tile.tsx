/** A measure on one square: the value, how it changed, what is usual, and what it rests on. */

import type { ReactNode } from "react";
import type { Figure, Group, Measure } from "@/api/types";
import type { Change } from "@/design/format";
import { EvidenceLink } from "./EvidenceLink";
import { Icon, type IconName } from "./Icon";
import { Time, useFormat } from "./Locale";
import { Sparkline } from "./Sparkline";
import { StandingBadge } from "./Standing";

export type TileState = "value" | "zero" | "no_data" | "not_connected" | "not_enough" | "stale";

/** How a measure stands. Six cases that must not be taken for one another. `stale` says that no source was read in time. */
export function tileState(measure: Measure, stale: boolean): TileState {
  const figure = total(measure);
  // Nothing of it was ever seen, in no span: no source that would tell it.
  if (measure.state === "no_data") return measure.newest_at === null ? "not_connected" : "no_data";
  if (measure.state === "not_enough") return "not_enough";
  if (stale) return "stale";
  return figure?.value === 0 ? "zero" : "value";
}

const whole = (measure: Measure): Group | undefined => (measure.groups.length === 1 ? measure.groups[0] : undefined);
export const total = (measure: Measure): Figure | null => measure.overall ?? whole(measure)?.total ?? null;

export function Tile({ measure, stale = false }: { measure: Measure; stale?: boolean }) {
  const state = tileState(measure, stale);
  const absent = state === "no_data" || state === "not_connected";
  const dashed = absent ? "border-dashed border-edge bg-transparent" : "border-line bg-surface";
  return (
    <article
      className={`tile flex min-w-0 flex-col gap-2 rounded-lg border p-4 ${state === "stale" ? "border-warn" : dashed} ${absent ? "" : "bg-surface"}`}
    >
      <h3 className="text-sm font-medium text-soft">
        <EvidenceLink href={measure.evidence} className="hover:text-ink hover:underline">
          {measure.title}
        </EvidenceLink>
      </h3>
      {absent ? <Absent measure={measure} state={state} /> : <Present measure={measure} state={state} />}
    </article>
  );
}

function Absent({ measure, state }: { measure: Measure; state: TileState }) {
  const none = state === "no_data";
  return (
    <div className="flex flex-1 flex-col justify-center gap-1 py-2">
      <p className="flex items-center gap-2 text-lg font-medium text-soft">
        <Icon name={none ? "empty" : "plug"} className="size-5" />
        {none ? "No data in this span" : "Not connected"}
      </p>
      <p className="text-sm text-soft">
        {none && measure.newest_at !== null ? (
          <>
            The newest is of <Time at={measure.newest_at} />.
          </>
        ) : (
          "No source has told of any of it yet."
        )}
      </p>
    </div>
  );
}

function Present({ measure, state }: { measure: Measure; state: TileState }) {
  const format = useFormat();
  const [figure, group] = [total(measure), whole(measure)];
  const value = figure?.value ?? null;
  const shown = value === null ? null : format.shown(value, measure.unit);
  const change = group?.comparison ? format.change(group.comparison, measure.unit) : null;
  return (
    <>
      <p className="flex flex-wrap items-baseline gap-x-1.5">
        <EvidenceLink
          href={measure.evidence}
          label={`${measure.title}: ${format.text(value, measure.unit)}. Open the rows behind it`}
          className={`figures text-2xl font-semibold tracking-tight hover:underline hover:decoration-edge hover:decoration-2 hover:underline-offset-4 ${state === "not_enough" || state === "stale" ? "text-soft" : ""}`}
        >
          {shown?.number ?? "–"}
        </EvidenceLink>
        <span className="text-base text-soft">{shown?.unit}</span>
      </p>
      {state === "zero" && <Mark icon="check">Zero: it was looked for, and there was none.</Mark>}
      {state === "not_enough" && <Mark icon="few">Only {format.count(figure?.n ?? 0)}: too few to judge.</Mark>}
      {state === "stale" && (
        <Mark icon="clock" look="text-warn">
          Stale
          {measure.newest_at !== null && (
            <>
              : nothing newer than <Time at={measure.newest_at} />
            </>
          )}
          .
        </Mark>
      )}
      {state !== "not_enough" && change && <Delta change={change} />}
      {group && <Sparkline points={group.points} typical={group.typical} unit={measure.unit} />}
      <p className="mt-auto flex flex-wrap items-center gap-x-3 gap-y-1 pt-1 text-xs text-soft">
        <span>{figure && <Basis measure={measure} figure={figure} />}</span>
        {figure?.standings[0] && state !== "not_enough" && <StandingBadge standings={figure.standings} />}
      </p>
    </>
  );
}

function Mark({ icon, look = "text-soft", children }: { icon: IconName; look?: string; children: ReactNode }) {
  return (
    <p className={`flex items-start gap-1.5 text-sm ${look}`}>
      <Icon name={icon} className="mt-0.5" />
      <span>{children}</span>
    </p>
  );
}

const VERDICT = { better: "text-good", met: "text-good", worse: "text-bad", missed: "text-bad" } as const;

/** The change, in words: the arrow tells the way, the word whether that is good. */
export function Delta({ change }: { change: Change }) {
  return (
    <p className="text-sm">
      <span className={`inline-flex items-center gap-1 font-medium ${change.verdict ? VERDICT[change.verdict] : ""}`}>
        <Icon name={change.way} className="size-3.5" />
        {change.text}
        {change.verdict && `, ${change.verdict}`}
      </span>{" "}
      <span className="text-soft">{change.against}</span>
    </p>
  );
}

/** What the figure is and rests on: `median of 422, P90 12.5 days`. */
function Basis({ measure: { kind, unit }, figure }: { measure: Measure; figure: Figure }) {
  const format = useFormat();
  const { n, numerator, denominator, p90, open, excluded } = figure;
  const basis = () => {
    if (kind === "ratio" && numerator !== null && denominator !== null)
      return unit === "ratio" && Number.isInteger(numerator) && Number.isInteger(denominator) && denominator === n
        ? `${format.count(numerator)} of ${format.count(denominator)}`
        : `n = ${format.count(n)}`;
    if (kind === "count" && denominator !== null) return `${format.count(n)} in ${format.number(denominator)} weeks`;
    if (kind === "level") return "at the end";
    return `median of ${format.count(n)}`;
  };
  const more = [
    (kind === "percentile" || kind === "age") && p90 !== null && `P90 ${format.text(p90, unit)}`,
    open > 0 && `${format.count(open)} open`,
    excluded > 0 && `${format.count(excluded)} left out`,
  ];
  return <>{[basis(), ...more].filter(Boolean).join(", ")}</>;
}
