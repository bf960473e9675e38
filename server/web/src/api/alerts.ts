/** Alerts (docs/alerts.md): what should not stay as it is, who is told, and what was. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { address, all, change, get } from "./client";
import type { Channel } from "./deliveries";
import type { Filter, Grain, List, Micros } from "./types";
import type { Sent, Told } from "./told";

export type Severity = Told<"Severity">;
export type AlertState = Told<"AlertState">;

export type Test =
  { above: number } | { below: number } | { unusual: "above" | "below" | "either" } | "tier_drop" | { missing_hours: number };

/** What is looked for in jobs; dead ones unless said. */
export type JobTest = "dead" | { failing: number } | { late_seconds: number } | "paused";

export interface MetricCondition {
  metric: string;
  grain: Grain;
  by: string | null;
  filter: Filter;
  /** Whether the period that is not over counts, too. */
  running: boolean;
  minimum_n: number;
  test: Test;
}

export type Condition =
  | { metric: MetricCondition }
  | { risk: { status: string | null; rule: string | null; score: number | null; projects: string[]; teams: string[] } }
  | { forecast: { below: number; projects: string[] } }
  | { calibration: { kinds: string[] } }
  | { job: { kinds: string[]; is?: JobTest } }
  | { connection: { names: string[]; unread_hours: number | null } }
  | { sql: { sql: string } };

/** What is written of a rule. */
export interface Draft {
  title: string;
  condition: Condition;
  for_seconds: number;
  clear: { at: number | null; for_seconds: number };
  severity: Severity;
  together: boolean;
  quiet: { from: string; until: string; days_off: boolean } | null;
  to: Channel[];
  escalation: { after_seconds: number; to: Channel[] } | null;
  next: string;
}

export interface Rule extends Draft {
  name: string;
  /** As whom it looks. */
  owner: string;
  muted_until: Micros | null;
  /** Why it looks at nothing. */
  fault: string | null;
  looked_at: Micros | null;
  set_by: string;
  set_at: Micros;
  version: number;
}

export type Alert = Told<"Alert">;
export type AlertStep = Told<"AlertStep">;

/** A time that a rule would have told of. */
export type Episode = Told<"Episode">;
export type Preview = Told<"Preview">;

const ALERTS = "/api/v1/alerts";
const RULES = "/api/v1/alert-rules";
const rulePath = (name: string) => `${RULES}/${encodeURIComponent(name)}`;
const alertPath = (id: string) => `${ALERTS}/${encodeURIComponent(id)}`;

const OPEN: readonly AlertState[] = ["firing", "acknowledged", "pending"];

/** Those that are not over: what fires, what somebody looks after, what has not held for long enough. */
export const openAlerts = queryOptions({
  queryKey: ["alerts", "open"],
  queryFn: async ({ signal }) => (await Promise.all(OPEN.map((state) => all<Alert>(address(ALERTS, { state }), signal)))).flat(),
});

/** Those that fire and that nobody looks after yet. */
export const firingAlerts = queryOptions({
  queryKey: ["alerts", "firing"],
  queryFn: ({ signal }) => all<Alert>(address(ALERTS, { state: "firing" satisfies AlertState }), signal),
});

export const pastAlerts = infiniteQueryOptions({
  queryKey: ["alerts", "past"],
  queryFn: ({ pageParam, signal }) =>
    get<List<Alert>>(address(ALERTS, { state: "cleared", limit: "50", cursor: pageParam ?? undefined }), signal),
  initialPageParam: null as string | null,
  getNextPageParam: ({ next }) => next,
});

export const alert = (id: string) =>
  queryOptions({
    queryKey: ["alerts", "one", id],
    queryFn: ({ signal }) => get<{ alert: Alert; steps: AlertStep[] }>(alertPath(id), signal),
  });

export const alertRules = queryOptions({
  queryKey: ["alerts", "rules"],
  queryFn: ({ signal }) => get<Rule[]>(RULES, signal),
});

export const acknowledge = (id: string) => change<Alert>("POST", `${alertPath(id)}/acknowledge`);

export const unacknowledge = (id: string) => change<Alert>("POST", `${alertPath(id)}/unacknowledge`);

/** Says whose it is, by the user's key; with `null` it is nobody's. */
export const assign = (id: string, user: string | null) =>
  user === null
    ? change<Alert>("DELETE", `${alertPath(id)}/assignee`)
    : change<Alert>("PUT", `${alertPath(id)}/assignee`, { user } satisfies Sent<"Assignee">);

export const setRule = (name: string, draft: Draft, version?: number) => change<Rule>("PUT", rulePath(name), draft, version);

export const removeRule = (name: string) => change("DELETE", rulePath(name));

/** Tells nobody until then; with `null` people are told from now on. */
export const muteRule = (name: string, until: Micros | null) => change<Rule>("POST", `${rulePath(name)}/mute`, { until });

export const previewRule = (name: string, draft: Draft) => change<Preview>("POST", `${rulePath(name)}/preview`, draft);

/** What is written of a rule, without what the server says of it. */
export const draftOf = ({
  title,
  condition,
  for_seconds,
  clear,
  severity,
  together,
  quiet,
  to,
  escalation,
  next,
}: Rule): Draft => ({ title, condition, for_seconds, clear, severity, together, quiet, to, escalation, next });
