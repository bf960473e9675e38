/** Forecasts of what is supposed (docs/forecasting.md#what-if), which are not kept. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { ask } from "./client";
import type { Day, Filter, Forecast } from "./types";

/** What is forecast: one thing, or all items that a filter leaves. */
export type About = { kind: Forecast["subject_kind"]; id: string; due: Day | null } | { kind: "items"; filter: Filter };

/** What is supposed to be otherwise. */
export interface Supposed {
  /** Items more, or fewer, than are open. */
  scope: number;
  /** What a day's work is multiplied by. */
  pace: number;
  /** How many items may be in progress at once; `null` is as many as there are. */
  wip_limit: number | null;
  /** The first day that is worked on it; `null` is today. */
  start: Day | null;
  /** `false`: what is open now is all. */
  growth: boolean;
  /** The day by which it is to be done; `null` is the one that it is due on. */
  due: Day | null;
  /** A day: how many will be done by its end? */
  by: Day | null;
}

export const AS_IT_IS: Supposed = { scope: 0, pace: 1, wip_limit: null, start: null, growth: true, due: null, by: null };

export interface WhatIfAnswer {
  made_on: Day;
  remaining: number;
  /** How many items are in progress on average. */
  in_progress: number | null;
  done_on: Record<"p50" | "p70" | "p85" | "p95", Day | null> | null;
  due_on: Day | null;
  due_probability: number | null;
  /** How many items will be done, at least, by the day that was asked for. */
  done_by: Record<"p50" | "p70" | "p85" | "p95", number> | null;
  reason: string | null;
}

/** A thing, by the day that it is due on. */
export const thingOf = ({ subject_kind: kind, subject_id: id, due_on: due }: Forecast): About => ({ kind, id, due });

export const whatIf = (about: About, supposed: Supposed) => {
  const due = supposed.due ?? ("due" in about ? about.due : null);
  // What is not said is as it is.
  const said = Object.entries({ ...about, ...supposed, due }).filter(([, value]) => value !== null);
  const body = Object.fromEntries(said);
  return queryOptions({
    queryKey: ["what-if", body],
    queryFn: async ({ signal }) => {
      const headers = { "Content-Type": "application/json" };
      const answer = await ask("/api/v1/forecasts/what-if", { method: "POST", headers, body: JSON.stringify(body), signal });
      return (await answer.json()) as WhatIfAnswer;
    },
    // While another is computed the one before stays: sliders are moved in steps.
    placeholderData: keepPreviousData,
    staleTime: 600_000,
  });
};
