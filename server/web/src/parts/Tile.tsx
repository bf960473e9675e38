/** A measure on one square: the value, how it changed, what is usual, and what it rests on. */

import type { ReactNode } from "react";
import type { Figure, Group, Measure, State } from "@/api/types";
import type { Change, Format } from "@/design/format";
import { rich } from "@/texts/rich";
import { many, t } from "@/texts/texts";
import { EvidenceLink } from "./EvidenceLink";
import { Icon, type IconName } from "./Icon";
import { Time, useFormat } from "./Locale";
import { Sparkline } from "./Sparkline";
import { StandingBadge } from "./Standing";
import { VERDICT, verdictWord } from "./verdict";

export type TileState = State | "none_counts" | "zero" | "stale";

/** How a tile stands: as the server says, and whether it is an old figure, one of nothing, or there was something of which nothing counts.
 * Cases that must not be taken for one another. `stale` says that no source was read in time. */
export function tileState(measure: Measure, stale: boolean): TileState {
  const figure = total(measure);
  if (measure.state === "no_data" && figure && figure.open + figure.excluded > 0) return "none_counts";
  if (measure.state !== "value") return measure.state;
  if (stale) return "stale";
  return figure?.value === 0 ? "zero" : "value";
}

const whole = (measure: Measure): Group | undefined => (measure.groups.length === 1 ? measure.groups[0] : undefined);
export const total = (measure: Measure): Figure | null => measure.overall ?? whole(measure)?.total ?? null;

interface Props {
  measure: Measure;
  stale?: boolean;
  /** The year of the survey that it stands beside, where one was chosen. */
  survey?: string | undefined;
}

export function Tile({ measure, stale = false, survey }: Props) {
  const state = tileState(measure, stale);
  const absent = state in reasons();
  const dashed = absent ? "border-dashed border-edge bg-transparent" : "border-line bg-surface";
  return (
    <article
      // What stands side by side has its values on one line, however long the names are.
      className={`tile row-span-2 grid min-w-0 grid-rows-subgrid gap-y-2 rounded-lg border p-4 ${state === "stale" ? "border-warn" : dashed} ${absent ? "" : "bg-surface"}`}
    >
      <h3 className="text-sm font-medium text-soft">
        <EvidenceLink href={measure.evidence} className="hover:text-ink hover:underline">
          {measure.title}
        </EvidenceLink>
      </h3>
      <div className="flex min-w-0 flex-col gap-2">
        {absent ? <Absent measure={measure} state={state} /> : <Present measure={measure} state={state} survey={survey} />}
      </div>
    </article>
  );
}

/** Why there is no figure: six reasons, each with what it means. */
const reasons = (): Partial<Record<TileState, { icon: IconName; words: string; why: string }>> => ({
  no_data: { icon: "empty", words: t("No data in this span"), why: "" },
  none_counts: { icon: "filter", words: t("None that counts"), why: "" },
  never_seen: {
    icon: "search",
    words: t("Never seen"),
    why: t("None of it was ever observed: perhaps no source that knows of it is connected."),
  },
  not_connected: { icon: "plug", words: t("Not connected"), why: t("Nothing was read for this tenant yet.") },
  not_by_scope: { icon: "filter", words: t("Not told so"), why: t("It cannot be told of what the page is limited to.") },
});

function Absent({ measure, state }: { measure: Measure; state: TileState }) {
  const format = useFormat();
  const { newest_at: newest } = measure;
  const { icon, words, why } = reasons()[state] ?? { icon: "empty", words: state, why: "" };
  return (
    <div className="flex flex-1 flex-col justify-center gap-1 py-2">
      <p className="flex items-center gap-2 text-lg font-medium text-soft">
        <Icon name={icon} className="size-5" />
        {words}
      </p>
      <p className="text-sm text-soft">
        {why}
        {state === "no_data" && newest !== null && rich("The newest is of {time}.", { time: <Time at={newest} /> })}
        {state === "none_counts" &&
          rich("{rows}: each says why.", {
            rows: (
              <EvidenceLink href={measure.evidence} className="underline">
                {beside(total(measure), format).join(", ")}
              </EvidenceLink>
            ),
          })}
      </p>
    </div>
  );
}

function Present({ measure, state, survey }: { measure: Measure; state: TileState; survey: string | undefined }) {
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
          label={t("{title}: {value}. Open the rows behind it", {
            title: measure.title,
            value: format.text(value, measure.unit),
          })}
          className={`figures text-2xl font-semibold tracking-tight hover:underline hover:decoration-edge hover:decoration-2 hover:underline-offset-4 ${state === "not_enough" || state === "stale" ? "text-soft" : ""}`}
        >
          {shown?.number ?? "–"}
        </EvidenceLink>
        <span className="text-base text-soft">{shown?.unit}</span>
      </p>
      {state === "zero" && <Mark icon="check">{t("Zero: it was looked for, and there was none.")}</Mark>}
      {state === "not_enough" && (
        <Mark icon="few">{t("Only {count}: too few to judge.", { count: format.count(figure?.n ?? 0) })}</Mark>
      )}
      {state === "stale" && (
        <Mark icon="clock" look="text-warn">
          {measure.newest_at === null
            ? t("Stale.")
            : rich("Stale: nothing newer than {time}.", { time: <Time at={measure.newest_at} /> })}
        </Mark>
      )}
      {state !== "not_enough" && change && <Delta change={change} />}
      <Target measure={measure} />
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-soft">
        <span>{figure && <Basis measure={measure} figure={figure} />}</span>
        {group && <Begins group={group} />}
        {figure?.standings[0] && state !== "not_enough" && <StandingBadge standings={figure.standings} survey={survey} />}
      </p>
      {group && (
        <div className="mt-auto pt-1">
          <Sparkline points={group.points} typical={group.typical} unit={measure.unit} />
        </div>
      )}
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

/** The change, in words: the arrow tells the way, the word whether that is good. */
export function Delta({ change }: { change: Change }) {
  return (
    <p className="text-sm">
      <span className={`inline-flex items-baseline gap-1 font-medium ${change.verdict ? VERDICT[change.verdict] : ""}`}>
        <Icon name={change.way} className="size-3.5 self-center" />
        {change.verdict ? t("{change}, {verdict}", { change: change.text, verdict: verdictWord(change.verdict) }) : change.text}
      </span>{" "}
      <span className="inline-block text-soft">{change.against}</span>
    </p>
  );
}

/** What the tenant aims at, unless that is what the figure is held against already. */
function Target({ measure: { target, meets_target: meets, unit, groups } }: { measure: Measure }) {
  const format = useFormat();
  if (target === null || groups[0]?.comparison?.with === "target") return null;
  return (
    <p className="text-sm text-soft">
      {meets === null
        ? t("Target {value}", { value: format.text(target, unit) })
        : rich("Target {value}<met>, {verdict}</met>", {
            value: format.text(target, unit),
            verdict: verdictWord(meets ? "met" : "missed"),
            met: (inner) => <span className={`font-medium ${meets ? "text-good" : "text-bad"}`}>{inner}</span>,
          })}
    </p>
  );
}

/** What the figure is and rests on: `median of 422, P90 12.5 days`. */
function Basis({ measure: { kind, unit }, figure }: { measure: Measure; figure: Figure }) {
  const format = useFormat();
  const { n, numerator, denominator, p90 } = figure;
  const basis = () => {
    if (kind === "ratio" && numerator !== null && denominator !== null)
      return unit === "ratio" && Number.isInteger(numerator) && Number.isInteger(denominator) && denominator === n
        ? t("{count} of {all}", { count: format.count(numerator), all: format.count(denominator) })
        : `n = ${format.count(n)}`;
    if (kind === "count" && denominator !== null)
      return many(
        Number(denominator.toFixed(2)),
        { one: "{n} in {count} week", other: "{n} in {count} weeks" },
        { n: format.count(n), count: format.number(denominator) },
      );
    if (kind === "level") return t("at the end");
    return t("median of {count}", { count: format.count(n) });
  };
  const spread =
    (kind === "percentile" || kind === "age") && p90 !== null ? [t("P90 {value}", { value: format.text(p90, unit) })] : [];
  return <>{[basis(), ...spread, ...beside(figure, format)].join(", ")}</>;
}

/** From when on it is counted, where that is within the span. */
function Begins({ group: { since, points } }: { group: Group }) {
  const format = useFormat();
  const first = points[0];
  if (since === null || first === undefined || since <= first.from) return null;
  return <span>{t("counted since {day}", { day: format.date(since) })}</span>;
}

/** What there was beside what counts: `5 open`, `57 left out`. */
function beside(figure: Figure | null, format: Format): string[] {
  const { open = 0, excluded = 0 } = figure ?? {};
  return [
    ...(open > 0 ? [t("{count} open", { count: format.count(open) })] : []),
    ...(excluded > 0 ? [t("{count} left out", { count: format.count(excluded) })] : []),
  ];
}
