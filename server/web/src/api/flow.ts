/** What flow looks like item by item (docs/flow.md): `/api/v1/flow`. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { address, get } from "./client";
import { asked, type Search } from "./scope";
import type { Micros, Point } from "./types";

/** An item, as people know it. */
interface Item {
  id: string;
  key: string;
  title: string | null;
  url: string | null;
}

export interface DoneItem extends Item {
  done_at: Micros;
  cycle_seconds: number;
}

/** How long the items took that were done in a span. */
export interface CycleTimes {
  from: Micros;
  until: Micros;
  /** With fewer items the percentiles say little. */
  minimum_n: number;
  /** How many were done; of very many `items` has a part: the slowest, and of the rest some by chance. */
  n: number;
  p50: number | null;
  p85: number | null;
  p95: number | null;
  slowest: number;
  items: DoneItem[];
}

export interface AgeingItem extends Item {
  started_at: Micros;
  /** When it came into its stage. */
  entered_at: Micros;
  age_seconds: number;
  /** The lowest of the stage's percentiles that it is not older than; `null` where there are too few to tell. */
  band: "p50" | "p70" | "p85" | "over" | null;
}

export interface AgeingStage {
  /** `null` for statuses that are in no stage. */
  stage: string | null;
  /** How many items that are done left it in the span, and how old they were then. */
  n: number;
  p50: number | null;
  p70: number | null;
  p85: number | null;
  in_progress: number;
  /** The oldest first; of very many the oldest alone. */
  items: AgeingItem[];
}

export interface Ageing {
  from: Micros;
  until: Micros;
  as_of: Micros;
  minimum_n: number;
  /** In the order of flow. */
  stages: AgeingStage[];
}

/** How many items are in each stage at the end of each period. */
export interface CumulativeFlow {
  as_of: Micros;
  periods: Omit<Point, "figure">[];
  /** In the order of flow; `null` is of statuses that are in no stage. */
  bands: { stage: string | null; items: (number | null)[] }[];
}

/** Of the page's scope all but what figures are held against: an item is held against other items. */
const scope = (search: Search) => ({ ...asked(search), compare: undefined });

// They are of the same facts as the dashboards, and asked anew with them.
export const cycleTimes = (search: Search) =>
  queryOptions({
    queryKey: ["dashboards", "cycle-times", scope(search)],
    queryFn: ({ signal }) => get<CycleTimes>(address("/api/v1/flow/cycle-times", scope(search)), signal),
    placeholderData: keepPreviousData,
  });

export const ageing = (search: Search) =>
  queryOptions({
    queryKey: ["dashboards", "ageing", scope(search)],
    queryFn: ({ signal }) => get<Ageing>(address("/api/v1/flow/ageing", scope(search)), signal),
    placeholderData: keepPreviousData,
  });

export const cumulative = (search: Search) =>
  queryOptions({
    queryKey: ["dashboards", "cumulative", scope(search)],
    queryFn: ({ signal }) => get<CumulativeFlow>(address("/api/v1/flow/cumulative", scope(search)), signal),
    placeholderData: keepPreviousData,
  });
