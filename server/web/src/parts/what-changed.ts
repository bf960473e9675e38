/** What is other than in the span before, of what the API answers: figures beyond what is typical or in another tier, projects with another
 * status, and what took more than twice as
 * long, or carried more than twice as much, as nine in ten of the span before. */

import type { Answer } from "@/api/figures";
import type { Comparison, EarlierRisk, EvidenceRow, Measure, Risk, Standing, Typical } from "@/api/types";
import { local } from "@/design/zone";
import { total } from "./Tile";

/** Where a value lies beside what is typical. */
type Side = "above" | "below" | "within";
const side = (value: number, { p10, p90 }: Typical): Side => (value > p90 ? "above" : value < p10 ? "below" : "within");

export interface Moved {
  measure: Measure;
  value: number;
  comparison: Comparison;
  /** On which side of what is typical it is now, where it was not before. */
  left: { side: Exclude<Side, "within">; typical: Typical } | null;
  tier: { now: Standing; before: Standing } | null;
}

/** The figures that left what is typical, or changed their tier of one survey; one that rests on too few did neither. */
export function moved(measures: readonly Measure[]): Moved[] {
  return measures.flatMap((measure): Moved[] => {
    const group = measure.groups.length === 1 ? measure.groups[0] : undefined;
    const [value, comparison] = [total(measure)?.value ?? null, group?.comparison];
    if (measure.state !== "value" || value === null || !comparison?.figure || comparison.value === null) return [];
    const { typical } = group ?? {};
    const now = typical ? side(value, typical) : "within";
    const left = typical && now !== "within" && now !== side(comparison.value, typical) ? { side: now, typical } : null;
    const tier = tierOf(total(measure)?.standings ?? [], comparison.figure.standings);
    return left || tier ? [{ measure, value, comparison, left, tier }] : [];
  });
}

/** Whether anything is known of the span before: else nothing can have changed. */
export const isBesides = (measures: readonly Measure[]): boolean =>
  measures.some(({ groups }) => groups.some(({ comparison }) => (comparison?.value ?? null) !== null));

function tierOf(now: readonly Standing[], before: readonly Standing[]): Moved["tier"] {
  for (const one of now) {
    const other = before.find(({ year, tier }) => year === one.year && tier !== null);
    if (one.tier !== null && other && other.tier !== one.tier) return { now: one, before: other };
  }
  return null;
}

/** The rows behind the value that a figure is held against. */
export function rowsBefore(evidence: string, { from, until }: Comparison, timeZone: string): string | null {
  const [path, query] = evidence.split("?");
  if (path === undefined || from === null || until === null) return null;
  const asked = new URLSearchParams(query);
  asked.set("from", local(from, timeZone).slice(0, 10));
  asked.set("until", local(until, timeZone).slice(0, 10));
  return `${path}?${asked}`;
}

/** The projects that stand otherwise than when the span began, the riskiest first. */
export function restated(risks: readonly Risk[], before: readonly EarlierRisk[]): { now: Risk; before: EarlierRisk }[] {
  const known = new Map(before.map((risk) => [risk.project_id, risk]));
  return risks.flatMap((now) => {
    const earlier = known.get(now.project_id);
    return earlier && earlier.status !== now.status ? [{ now, before: earlier }] : [];
  });
}

/** So many times what nine in ten stayed within is of note: one in ten is beyond that in every span. */
const TIMES = 2;

export interface Beyond {
  /** What nine in ten of the span before stayed within; `null` where those were too few to say. */
  most: number | null;
  /** What is far beyond it, the farthest first, and before that what is not over. */
  rows: EvidenceRow[];
}

/** What took far longer, or carried far more, than nine in ten of the span before. */
export function beyond({ definition, groups }: Pick<Answer, "definition" | "groups">, rows: readonly EvidenceRow[]): Beyond {
  const before = groups[0]?.comparison?.figure;
  const most = before && before.n >= definition.minimum_n ? before.p90 : null;
  const valueOf = ({ value }: EvidenceRow) => (typeof value === "number" ? value : null);
  const over = rows.filter((row) => row.counted && most !== null && (valueOf(row) ?? 0) > TIMES * most);
  over.sort((one, other) => (valueOf(other) ?? 0) - (valueOf(one) ?? 0));
  return { most, rows: [...rows.filter(({ open, excluded }) => open && excluded === null), ...over] };
}
