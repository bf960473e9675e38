/** How much there is to do and how much of it is done, from the stages of a cumulative flow diagram. */

import type { CumulativeFlow } from "@/api/flow";
import type { Forecast } from "@/api/types";

export interface BurnUp {
  /** The stages that count as done. */
  stages: string[];
  /** One for each period that has begun, at its end or now: items done since the first of them, and those and what is open. */
  points: { period: CumulativeFlow["periods"][number]; done: number; scope: number }[];
}

/** What statuses are by category, where a tenant has no stages of its own: of these `done` alone means done. */
const CATEGORIES = ["todo", "doing", "done"];

/** Done is what is in the last stage of flow, or in a status that means done and is in no stage. It is counted from the first period on:
 * what was done before would make everything since look small. */
export function burnUp({ periods, bands }: CumulativeFlow): BurnUp | null {
  const own = bands.flatMap(({ stage }) => (stage === null || CATEGORIES.includes(stage) ? [] : [stage]));
  const stages = [...own.slice(-1), "done"].filter((stage) => bands.some((band) => band.stage === stage));
  const all = periods.flatMap((period, at) => {
    const items = bands.map(({ stage, items }) => ({ stage, n: items[at] ?? null }));
    if (items.every(({ n }) => n === null)) return [];
    const total = (of: typeof items) => of.reduce((sum, { n }) => sum + (n ?? 0), 0);
    return [{ period, done: total(items.filter(({ stage }) => stage !== null && stages.includes(stage))), scope: total(items) }];
  });
  const first = all[0];
  if (!first || stages.length === 0) return null;
  return {
    stages,
    points: all.map(({ period, done, scope }) => ({ period, done: done - first.done, scope: scope - first.done })),
  };
}

/** The newest forecast of all of a project. */
export const ofProject = (forecasts: readonly Forecast[]): Forecast | undefined =>
  forecasts
    .filter(({ subject_kind: kind }) => kind === "project")
    .toSorted((one, other) => other.made_on.localeCompare(one.made_on))[0];

/** How much room the days ahead have at most, as a part of those that are drawn of the past. */
export const BEYOND = 1.5;
