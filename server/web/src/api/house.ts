/** What a tenant decides (docs/flow.md, docs/risk.md): its calendar, what its work items mean, its risks, targets, and metrics of its own. */

import { queryOptions } from "@tanstack/react-query";
import { all, change, get } from "./client";
import type { Day, Direction, Micros, Tenant } from "./types";
import type { Told } from "./told";

export interface Stage {
  name: string;
  statuses: string[];
  active: boolean;
}

export interface Flow {
  stages: Stage[];
  commitment: string | null;
  epics: string[];
  subtasks: string[];
  defects: string[];
  debt: string[];
  unplanned: string[];
  features: string[];
  blocked: string[];
  abandoned: string[];
  hotfixes: string[];
  idle_days: number;
}

/** Which names are one person's, and which are programs'. */
export interface Naming {
  by_email: boolean;
  by_login: boolean;
  bots: string[];
  humans: string[];
}

export interface RiskSettings {
  at_risk: number;
  off_track: number;
  rules: Record<string, { weight?: number | null; thresholds?: Record<string, number> }>;
}

export interface Rules {
  /** Minutes after midnight. */
  hours: { begins: number; ends: number; holidays: Day[] };
  flow: Flow;
  people: Naming;
  risk: RiskSettings;
}

/** How much a tenant may have; `null` is not limited. */
export type Quotas = Told<"Quotas">;

export interface House extends Tenant {
  state: "active" | "suspended" | "erasing" | "erased";
  working_days: string[];
  rules: Rules;
  quotas: Quotas;
  created_at: Micros;
  version: number;
}

export type Target = Told<"Target">;
export type OwnMetric = Told<"OwnMetric">;

export interface RiskRule {
  name: string;
  title: string;
  subject: string;
  closing?: boolean;
  weight: number;
  description: string;
  formula: string;
  thresholds: { name: string; default: number; unit: string; description: string }[];
  direction?: Direction;
}

/** The same answer as `tenant`, with all that is in it. */
export const house = queryOptions({
  queryKey: ["tenant"],
  queryFn: ({ signal }) => get<House>("/api/v1/tenant", signal),
});

/** What it has in the lake. */
export const usage = queryOptions({
  queryKey: ["usage"],
  queryFn: ({ signal }) => get<Told<"Usage">>("/api/v1/tenant/usage", signal),
});

export const targets = queryOptions({
  queryKey: ["targets"],
  queryFn: ({ signal }) => get<Target[]>("/api/v1/targets", signal),
});

export const ownMetrics = queryOptions({
  queryKey: ["own-metrics"],
  queryFn: ({ signal }) => get<OwnMetric[]>("/api/v1/metrics/own", signal),
});

export const ownMetricPath = (name: string) => `/api/v1/metrics/own/${encodeURIComponent(name)}`;

/** The newest first; one that took the metric away has no text. */
export const ownMetricVersions = (name: string) =>
  queryOptions({
    queryKey: ["own-metrics", name, "versions"],
    queryFn: ({ signal }) => all<OwnMetric>(`${ownMetricPath(name)}/versions`, signal),
  });

/** Defines a metric, or changes the one that has this version. */
export const setOwnMetric = (name: string, text: string, version?: number) =>
  change<OwnMetric>("PUT", ownMetricPath(name), { text }, version);

export const riskRules = queryOptions({
  queryKey: ["risk-rules"],
  queryFn: async ({ signal }) => (await get<{ rules: RiskRule[] }>("/api/v1/risks/rules", signal)).rules,
  staleTime: Infinity,
});
