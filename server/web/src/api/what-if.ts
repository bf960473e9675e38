/** Forecasts of what is supposed (docs/forecasting.md#what-if), which are not kept. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { ask } from "./client";
import type { Day, Forecast } from "./types";

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
}

export const AS_IT_IS: Supposed = { scope: 0, pace: 1, wip_limit: null, start: null, growth: true };

export interface WhatIfAnswer {
  made_on: Day;
  remaining: number;
  /** How many items are in progress on average. */
  in_progress: number | null;
  done_on: Record<"p50" | "p70" | "p85" | "p95", Day | null> | null;
  due_on: Day | null;
  due_probability: number | null;
  reason: string | null;
}

export const whatIf = ({ subject_kind: kind, subject_id: id, due_on: due }: Forecast, supposed: Supposed) => {
  const { wip_limit, start, ...rest } = supposed;
  const body = {
    kind,
    id,
    ...rest,
    ...(due && { due }),
    ...(wip_limit !== null && { wip_limit }),
    ...(start !== null && { start }),
  };
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
