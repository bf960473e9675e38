/** The figures of one metric, and the incidents behind another: what the pages ask for beside their dashboards. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { address, get, type Params } from "./client";
import { asked, dayFrom, type Search } from "./scope";
import type { Day, Definition, EvidenceRow, Figure, Grain, Group, Micros, Spread } from "./types";

/** What `GET /api/v1/metrics/{name}` answers. */
export interface Answer {
  definition: Pick<Definition, "name" | "version" | "title" | "unit" | "direction" | "minimum_n">;
  as_of: Micros;
  groups: Group[];
  overall: Figure | null;
  spread: Spread | null;
  /** The address of the rows behind all of it. */
  evidence: string;
}

export const figures = (metric: string, params: Params) =>
  queryOptions({
    queryKey: ["dashboards", "figures", metric, params],
    queryFn: ({ signal }) => get<Answer>(address(`/api/v1/metrics/${metric}`, params), signal),
    placeholderData: keepPreviousData,
  });

/** The days of a page, as it showed them: without them a metric would take a span of its own for another grain. */
export interface Span {
  from: Day;
  until: Day;
}

/** A metric by repository. Each has one figure, so the longest grain does. */
export const byRepository = (metric: string, search: Search, { from, until }: Span) =>
  figures(metric, { ...asked(search), from, until, grain: "month", compare: undefined, by: "repository" });

/** Deployments by these periods: those that reached production, of them those that needed intervention, and those left out. */
export const deployments = (search: Search, { from, until }: Span, grain: Grain) =>
  figures("change_fail_rate", { ...asked(search), from, until, grain, compare: undefined });

/** A metric beside what it was in the span before, which the grain has a say in. */
export const figuresBefore = (metric: string, search: Search, { from, until }: Span, grain: Grain) =>
  figures(metric, { ...asked(search), from, until, grain, compare: "previous" });

/** The rows behind a metric. */
export const rowsOf = (metric: string, search: Search, { from, until }: Span) => {
  const params = { ...asked(search), from, until, grain: undefined, compare: undefined };
  return queryOptions({
    queryKey: ["dashboards", "rows", metric, params],
    queryFn: ({ signal }) => get<EvidenceRow[]>(address(`/api/v1/metrics/${metric}/evidence`, params), signal),
    placeholderData: keepPreviousData,
  });
};

/** How long before a span an incident may have begun that lasts into it and was resolved in it. */
export const BEFORE_DAYS = 28;

/** Incidents, one row each: those that began in the span or up to four weeks before, and those that were not resolved at its end, whenever they began. */
export const incidents = (search: Search, { from, until }: Span) =>
  queryOptions({
    queryKey: ["dashboards", "incidents", asked(search), from, until],
    queryFn: async ({ signal }) => {
      const params = { ...asked(search), until, grain: undefined, compare: undefined };
      const [began, open] = await Promise.all([
        get<EvidenceRow[]>(
          address("/api/v1/metrics/incident_recovery_time/evidence", { ...params, from: dayFrom(from, -BEFORE_DAYS) }),
          signal,
        ),
        get<EvidenceRow[]>(address("/api/v1/metrics/open_incidents/evidence", { ...params, from }), signal),
      ]);
      const known = new Set(began.map(({ subject_id }) => subject_id));
      return [...began, ...open.filter(({ subject_id }) => !known.has(subject_id))];
    },
    placeholderData: keepPreviousData,
  });
