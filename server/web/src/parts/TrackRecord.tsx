/** How forecasts of each kind have done, whether that is good or bad: in a sentence, and below it by parts, and how often what was said of due
 * days came true. */

import type { Scorecard, Step, Track } from "@/api/types";
import type { Format } from "@/design/format";
import { many, t } from "@/texts/texts";
import { DataTable } from "./DataTable";
import { DotCard } from "./DotCard";
import { Dots, percent } from "./Dots";
import { kindsWord, kindWord } from "./forecast-words";
import type { Grid, GridCell } from "./grid";
import type { Heights } from "./heights";
import { useFormat } from "./Locale";

export function TrackRecord({ of }: { of: Record<string, Track> }) {
  const kinds = Object.entries(of);
  if (kinds.length === 0)
    return <p className="text-sm text-soft">{t("No earlier forecast is over yet, so nobody knows how good they are.")}</p>;
  return (
    <section aria-label={t("Track record")} className="text-sm">
      <h3 className="font-medium">{t("Track record")}</h3>
      <ul className="mt-1 flex flex-col gap-1 text-soft">
        {kinds.map(([kind, track]) => (
          <li key={kind}>
            <Said kind={kind} of={track} />
            {(track.inside.p50.of > 0 || track.due) && (
              <details>
                <summary className="min-h-6 text-accent-text hover:underline">
                  {t("How forecasts of the kind {kind} have done", { kind: kindWord(kind) })}
                </summary>
                <div className="mt-2 mb-4 flex flex-col gap-4 text-ink">
                  {track.due && <Reliability kind={kind} steps={track.due.reliability} />}
                  <div className="card rounded-lg border border-line bg-surface p-3">
                    <DataTable grid={partsGrid(kind, track)} />
                  </div>
                </div>
              </details>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What is said first of a kind, and where nothing is over yet, that. */
function Said({ kind, of: { inside, sentence, not_over, due, drifted } }: { kind: string; of: Scorecard }) {
  const format = useFormat();
  const { of, low, high } = inside.p85;
  const between = low !== null && high !== null && { sentence, low: format.text(low, "ratio"), high: format.text(high, "ratio") };
  const none =
    not_over === 0
      ? t("none is over yet")
      : many(not_over, { one: "{count} forecast, which is not over yet", other: "{count} forecasts, none of them over yet" });
  const told = [
    of === 0 ? none : between ? t("{sentence} (between {low} and {high}, at 95 %)", between) : sentence,
    of > 0 && not_over > 0 && t("{count} not over", { count: format.count(not_over) }),
    due && due.skill !== null && t("skill over the base rate {skill}", { skill: format.number(due.skill) }),
  ];
  return (
    <>
      <span className="inline-block text-ink first-letter:uppercase">{kindsWord(kind)}</span>: {told.filter(Boolean).join("; ")}
      {drifted && <strong className="text-bad">; {t("calibration is lost")}</strong>}
    </>
  );
}

/** Of fewer due days nobody says how often what was said came true. */
const FEW = 20;
const QUARTERS = [0, 0.25, 0.5, 0.75, 1];
/** Shares from none to all. */
const shares = (format: Format): Heights => ({
  logarithmic: false,
  marks: QUARTERS.map((value) => ({ value, text: format.text(value, "ratio") })),
  of: (share) => share,
});

/** A step of which anything is known. */
export interface Known extends Step {
  /** What its probabilities were from and to: `80–90 %`. */
  range: string;
  share: number;
  /** Whether what was said lies outside of the interval around what happened. */
  off: boolean;
}

export function known(steps: readonly Step[], format: Format): Known[] {
  return steps.flatMap((step, at) => {
    const { said, happened, of, low, high } = step;
    if (of === 0) return [];
    const off = low !== null && high !== null && (said < low || said > high);
    return [{ ...step, range: format.beside(`${at * 10}–${at * 10 + 10}`, "%"), share: happened / of, off }];
  });
}

/** What was said of due days, from left to right, and how often it happened, from the bottom to the top. */
function Reliability({ kind, steps }: { kind: string; steps: readonly Step[] }) {
  const format = useFormat();
  const all = known(steps, format);
  const title = t("What was said of due days, and what happened: {kinds}", { kinds: kindsWord(kind) });
  return (
    <DotCard title={title} unit={t("how often it happened, by how likely it was said to be")} grid={stepsGrid(kind, title, all)}>
      {() => (
        <Dots
          title={title}
          kind="step"
          heights={shares(format)}
          dots={all.map(({ range, said, share, of, off }) => ({
            key: range,
            x: said,
            y: share,
            url: null,
            words: stepWords(
              { said: format.text(said, "ratio"), range, share: format.text(share, "ratio"), count: format.count(of) },
              of < FEW,
            ),
            warns: off && of >= FEW,
            few: of < FEW,
          }))}
          legend={<p>{inWords(all, format)}</p>}
          behind={
            <>
              <line x1="0" y1="100%" x2="100%" y2="0" stroke="var(--c-edge)" strokeDasharray="6 3" />
              {all.map(
                ({ range, said, low, high }) =>
                  low !== null &&
                  high !== null && (
                    <line
                      key={range}
                      x1={percent(said)}
                      x2={percent(said)}
                      y1={percent(1 - low)}
                      y2={percent(1 - high)}
                      stroke="var(--c-band)"
                      strokeWidth={6}
                    />
                  ),
              )}
            </>
          }
          below={
            <div aria-hidden="true" className="flex justify-between pt-2 text-xs text-soft">
              {QUARTERS.map((said) => (
                <span key={said}>{format.text(said, "ratio")}</span>
              ))}
            </div>
          }
        />
      )}
    </DotCard>
  );
}

const stepWords = (values: Record<"said" | "range" | "share" | "count", string>, few: boolean) =>
  few
    ? t("Said to be {said} likely on average, of {range}: {share} of {count} happened, too few to judge", values)
    : t("Said to be {said} likely on average, of {range}: {share} of {count} happened", values);

/** What the dots say, and what is drawn beside them. */
function inWords(steps: readonly Known[], format: Format): string {
  const all = steps.reduce((sum, { of }) => sum + of, 0);
  const few = steps.filter(({ of }) => of < FEW).length;
  const off = steps.filter(({ of, off }) => off && of >= FEW).length;
  return [
    t("{count} due days are over.", { count: format.count(all) }),
    t("On the dashed line as much happens as is said; bands are where the share lies, at 95 %."),
    off > 0 &&
      many(
        off,
        {
          one: "Diamonds: {count} step that chance does not explain.",
          other: "Diamonds: {count} steps that chance does not explain.",
        },
        { count: format.count(off) },
      ),
    few > 0 && t("Hollow: {count} with fewer than {least}, too few to judge.", { count: format.count(few), least: FEW }),
  ]
    .filter(Boolean)
    .join(" ");
}

const ratio = (name: string, title: string) => ({ name, title, unit: "ratio" });

function stepsGrid(kind: string, title: string, steps: readonly Known[]): Grid {
  return {
    name: `reliability-${kind}`,
    title,
    columns: [
      { name: "range", title: t("Said"), unit: null },
      ratio("said", t("On average")),
      ratio("happened", t("Happened")),
      ratio("low", t("At least, at 95 %")),
      ratio("high", t("At most, at 95 %")),
    ],
    rows: steps.map(({ range, said, share, of, low, high }) => ({
      key: range,
      cells: [{ value: range }, { value: said }, { value: share, n: of }, { value: low }, { value: high }],
    })),
  };
}

/** All forecasts of a kind, and those that are alike in how far ahead they were, or in how many items were open. */
export function partsGrid(kind: string, track: Track): Grid {
  const done = ({ hits, of }: { hits: number; of: number }): GridCell => ({ value: of > 0 ? hits / of : null, n: of });
  const parts: (readonly [string, Scorecard])[] = [
    [t("All"), track],
    ...track.by_horizon.map((part) => [t("{part} ahead", { part: part.part }), part] as const),
    ...track.by_size.map((part) => [t("{part} open", { part: part.part }), part] as const),
  ];
  return {
    name: `track-record-${kind}`,
    title: t("How forecasts of the kind {kind} have done", { kind: kindWord(kind) }),
    columns: [
      { name: "part", title: t("Forecasts"), unit: null },
      ratio("p50", t("Done by their 50 % day")),
      ratio("p70", t("By their 70 % day")),
      ratio("p85", t("By their 85 % day")),
      ratio("p95", t("By their 95 % day")),
      ratio("count_p50", t("As many in four weeks as at 50 %")),
      ratio("count_p85", t("As at 85 %")),
      { name: "not_over", title: t("Not over"), unit: t("forecasts") },
      { name: "brier", title: t("Brier score"), unit: "" },
      { name: "skill", title: t("Skill over the base rate"), unit: "" },
      { name: "skill_over_mean_pace", title: t("Over the mean pace"), unit: "" },
    ],
    rows: parts.map(([part, { inside, counts, not_over, due }]) => ({
      key: part,
      cells: [
        { value: part },
        done(inside.p50),
        done(inside.p70),
        done(inside.p85),
        done(inside.p95),
        done(counts.p50),
        done(counts.p85),
        { value: not_over },
        { value: due?.brier ?? null },
        { value: due?.skill ?? null },
        { value: due?.skill_over_mean_pace ?? null },
      ],
    })),
  };
}
