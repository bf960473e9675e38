/** Reports (docs/reports.md): what there is to make, what was made, and how one is asked for. */

import { queryOptions } from "@tanstack/react-query";
import { all, change, get } from "./client";
import type { Channel } from "./deliveries";
import type { GivenValue } from "./sql";
import type { Compare, Filter, Grain, Micros } from "./types";
import type { Told } from "./told";

export type PeriodUnit = Told<"PeriodUnit">;

/** Which days, read against the as-of. */
export type Period = Told<"ReportPeriod">;
export type FileFormat = Told<"FileFormat">;
export type Language = Told<"ReportLanguage">;

/** A chart of a section. */
export interface ChartOf {
  metric: string;
  by: string | null;
  shape: "line" | "bar" | "stacked" | "spread";
}

/** Values of the parameters of a saved query: by name, or in their order. */
export type GivenValues = Record<string, GivenValue> | GivenValue[];

export type Shows =
  | "text"
  | "risks"
  | "forecasts"
  | { tiles: string[] }
  | { charts: ChartOf[] }
  | { table: { by: string; metrics: string[] } }
  | { pivot: { metric: string; by: string | null; cells: "values" | "changes" } }
  | { query: { saved: string; params?: GivenValues } }
  | { coverage: string[] };

export interface Section {
  title: string;
  text: string;
  shows: Shows;
}

export interface Content {
  title: string;
  description: string;
  period: Period;
  grain: Grain;
  /** How many steps a chart has. */
  trend: number;
  compare: Compare | null;
  scope: Filter;
  time_zone: string | null;
  language: Language;
  headline: string[];
  sections: Section[];
}

/** What is otherwise than in a definition; what is left out stays. */
export interface Changes {
  title?: string | null;
  period?: Period | null;
  scope?: Filter | null;
  time_zone?: string | null;
  language?: Language | null;
  /** Values of parameters, by the keys of the saved queries. */
  params?: Record<string, GivenValues>;
}

export interface Plan {
  like: string | null;
  definition: Content | null;
  changes: Changes;
  formats: FileFormat[];
  recipients: string[];
  /** Destinations and stores, which get what whoever set it sees. */
  places: Channel[];
  after_data: boolean;
  keep_days: number;
}

/** A report that can be asked for: every tenant's, or one of the tenant's own. */
export interface Listed {
  name: string;
  built_in: boolean;
  definition: Content;
  own: { name: string; plan: Plan; set_by: string; set_at: Micros; version: number } | null;
}

export type Report = Told<"Report">;

export interface Wish {
  definition: string;
  format: FileFormat;
  changes: Changes;
  as_of?: string;
}

const DEFINITIONS = "/api/v1/report-definitions";
const definitionPath = (name: string) => `${DEFINITIONS}/${encodeURIComponent(name)}`;
export const reportPath = (id: string) => `/api/v1/reports/${encodeURIComponent(id)}`;

/** The newest first, though the server tells the oldest first. */
export const reports = queryOptions({
  queryKey: ["reports"],
  queryFn: async ({ signal }) => (await all<Report>("/api/v1/reports", signal)).toSorted((a, b) => b.created_at - a.created_at),
  // Who may not hear of jobs sees what was asked for come to its end all the same.
  refetchInterval: ({ state }) => (state.data?.some(({ state }) => state === "making") ? 3_000 : false),
});

export const reportDefinitions = queryOptions({
  queryKey: ["report-definitions"],
  queryFn: ({ signal }) => get<Listed[]>(DEFINITIONS, signal),
});

export const makeReport = (wish: Wish) => change<Report>("POST", "/api/v1/reports", wish);

export const linkTo = (id: string, hours: number) =>
  change<{ path: string; expires_at: Micros }>("POST", `${reportPath(id)}/link`, { hours });

export const setDefinition = (name: string, plan: Plan, version?: number) =>
  change<{ version: number }>("PUT", definitionPath(name), plan, version);

export const removeDefinition = (name: string) => change("DELETE", definitionPath(name));
