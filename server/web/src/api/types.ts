/** What the REST API answers (docs/rest.md), by its names. Times are microseconds since 1970 (UTC); `null` is none, which is not 0. */

import type { Sent, Told } from "./told";

export type Micros = number;
/** A day such as `2026-11-01`. */
export type Day = string;
export type Grain = "day" | "week" | "month";
export type Compare = "previous" | "year_ago" | "target";
export type Dimension = "repository" | "project" | "team" | "owning_team";
/** What alone something is about, by ids or names. */
export type Filter = Partial<
  Record<
    "repositories" | "projects" | "teams" | "owning_teams" | "classes" | "kinds" | "labels" | "severities" | "stages",
    string[]
  >
>;
export type Direction = "higher" | "lower" | "neither";

export interface Standing {
  year: number;
  tier: string | null;
  bucket: string;
  percent: number | null;
  better_percent: number | null;
  worse_percent: number | null;
  n: number;
  mark: "verified" | "secondary" | "recalled";
  source: string;
  /** What the comparison cannot say, one sentence each. */
  limits: readonly string[];
}

export interface Figure {
  value: number | null;
  n: number;
  numerator: number | null;
  denominator: number | null;
  median: number | null;
  p90: number | null;
  open: number;
  excluded: number;
  standings: Standing[];
}

export interface Comparison {
  with: Compare;
  from: Micros | null;
  until: Micros | null;
  value: number | null;
  figure: Figure | null;
  delta: number | null;
  delta_ratio: number | null;
  better: boolean | null;
}

export interface Typical {
  p10: number;
  median: number;
  p90: number;
  periods: number;
  from: Micros;
  until: Micros;
}

export interface Point {
  from: Micros;
  until: Micros;
  label: string;
  partial: boolean;
  figure: Figure;
}

export interface Group {
  key: string | null;
  name: string | null;
  evidence: string;
  /** When its counts begin, in microseconds since 1970. Of what nothing is counted there is none. */
  since: number | null;
  total: Figure;
  share: number | null;
  comparison: Comparison | null;
  typical: Typical | null;
  points: Point[];
}

export interface Spread {
  groups: number;
  p10: number;
  p25: number;
  median: number;
  p75: number;
  p90: number;
}

/** What is to be said of a figure. A value of 0 is a value. */
export type State = "value" | "not_enough" | "no_data" | "never_seen" | "not_connected" | "not_by_scope";

export interface Measure {
  metric: string;
  version: number;
  title: string;
  description: string;
  unit: string;
  direction: Direction;
  kind: "percentile" | "ratio" | "count" | "level" | "age";
  /** What its groups are told apart by. */
  by: string | null;
  state: State;
  /** What the tenant aims at, in the metric's unit. */
  target: number | null;
  meets_target: boolean | null;
  newest_at: Micros | null;
  groups: Group[];
  overall: Figure | null;
  spread: Spread | null;
  evidence: string;
}

export interface Clause {
  text: string;
  metric: string;
  version: number | null;
  href: string;
}

/** A metric over time. */
export type Series = Measure & { form: "line" | "bar" | "stacked" };

export interface Column {
  metric: string;
  version: number;
  title: string;
  unit: string;
  direction: Direction;
}

export type Scalar = string | number | boolean | null;

export interface Cell {
  value: number | null;
  n: number;
  state: State;
  delta: number | null;
  delta_ratio: number | null;
  better: boolean | null;
  evidence: string;
}

/** Metrics side by side, one row for each repository, project or team; what belongs to none has no key. */
export interface Table {
  by: Dimension;
  columns: Column[];
  rows: { key: string | null; name: string | null; cells: (Cell | null)[] }[];
}

export interface Source {
  /** `connector:name`. */
  connection: string;
  last_success_at: Micros | null;
  state: "fresh" | "late" | "never" | "failing";
}

export interface Finding {
  rule: string;
  version: number | null;
  title: string;
  subject_kind: string;
  subject_id: string;
  score: number;
  contribution: number;
  sentence: string;
  evidence: string[];
  evidence_count: number;
}

export interface Risk {
  project_id: string;
  project: string | null;
  team_id: string | null;
  team: string | null;
  day: Day;
  found_at: Micros;
  score: number;
  status: "on_track" | "at_risk" | "off_track";
  version: number | null;
  reason: string;
  findings: Finding[];
}

/** A row that shows what a rule found. */
export interface Shown {
  id: string;
  title: string | null;
  url: string | null;
}

/** What the rules found of a team itself. */
export interface TeamRisk {
  team_id: string;
  team: string | null;
  day: Day;
  found_at: Micros;
  score: number;
  findings: Finding[];
}

export interface PastRisk {
  day: Day;
  score: number;
  status: Risk["status"];
  version: number | null;
  reason: string;
}

/** What was said of a project last before a span, or else first in it. */
export interface EarlierRisk extends PastRisk {
  project_id: string;
}

/** A row of `facts.forecasts`, as far as the page shows it. */
export interface Forecast {
  id: string;
  subject_id: string;
  subject_kind: "project" | "epic" | "sprint" | "release" | "team";
  subject_name: string | null;
  project_id: string | null;
  made_on: Day;
  remaining: number | null;
  history_done: number | null;
  history_from: Day | null;
  p50_on: Day | null;
  p70_on: Day | null;
  p85_on: Day | null;
  p95_on: Day | null;
  due_on: Day | null;
  due_probability: number | null;
  done_on: Day | null;
  never: number | null;
  runs: number | null;
  reason: string | null;
  /** The address of the items that it is of. */
  evidence: string;
}

/** Items behind a number. */
export interface ItemsBehind {
  count: number;
  items: { id: string; key: string; title: string | null; url: string | null; is_done?: boolean }[];
}

export interface Count {
  hits: number;
  of: number;
  low: number | null;
  high: number | null;
}

export interface Scorecard {
  sentence: string;
  inside: Record<"p50" | "p70" | "p85" | "p95", Count>;
  not_over: number;
  /** Of how many as many items were done four weeks on as was said. */
  counts: Record<"p50" | "p85", Count>;
  due: {
    made: Count;
    brier: number | null;
    skill: number | null;
    skill_over_mean_pace: number | null;
    reliability: Step[];
  } | null;
  drifted: boolean | null;
}

/** Due days that were said to be about as likely: how likely on average, and how many of how many were made. */
export interface Step {
  said: number;
  happened: number;
  of: number;
  low: number | null;
  high: number | null;
}

/** Forecasts that are alike in something, and how these have done. */
export type Part = Scorecard & { part: string };

/** How the forecasts of a kind have done: all of them, and those parts of which any is over. */
export type Track = Scorecard & { by_horizon: Part[]; by_size: Part[] };

export interface Forecasts {
  forecasts: Forecast[];
  calibration: Record<string, Track>;
}

/** A version of a project, or a milestone of one of its repositories. */
export interface Milestone {
  id: string;
  name: string;
  starts_on: Day | null;
  due_on: Day | null;
  is_released: boolean;
  /** What the repository is called that it is of; none of a version. */
  repository: string | null;
  items: number;
  done: number;
  /** The address of the items that are to be fixed in it. */
  evidence: string;
}

/** A work item at an end of a link. */
export interface LinkedItem {
  id: string;
  key: string;
  title: string | null;
  url: string | null;
  project_id: string | null;
  project: string | null;
}

/** What a project has before it. */
export interface Plan {
  milestones: Milestone[];
  dependencies: { waiting: LinkedItem; blocking: LinkedItem; unmoved_since: Micros }[];
  dependency_count: number;
}

export interface Dashboard {
  page: string;
  title: string;
  as_of: Micros;
  time_zone: string;
  from: Day;
  /** The day after the last. */
  until: Day;
  grain: Grain;
  compare: Compare | null;
  /** What alone it is on, where it is not on everything. */
  filter: Filter;
  narrative: Clause[];
  tiles: Measure[];
  series: Series[];
  tables: Table[];
  coverage: Measure[];
  /** `null` on a page that shows none; so are the next four. */
  risks: Risk[] | null;
  risks_before: EarlierRisk[] | null;
  team_risks: TeamRisk[] | null;
  risk_history: PastRisk[] | null;
  plan: Plan | null;
  forecasts: Forecasts | null;
  freshness: Source[];
}

/** A metric's definition, as `GET /api/v1/metrics` lists it. */
export interface Definition {
  name: string;
  schema: string;
  title: string;
  unit: string;
  direction: Direction;
  kind: Measure["kind"];
  description: string;
  formula: string;
  grains: Grain[];
  dimensions: string[];
  /** What its rows of evidence are of, where it says so. */
  subject?: string | null;
  minimum_n: number;
  version: number;
  source: string;
  sql: string;
}

/** A row behind a figure: an observation that counts, is open, or is excluded for a reason. */
export type EvidenceRow = Record<string, Scalar> & {
  subject_id: string;
  /** Where the tool that it comes from shows it, where that is known. */
  url?: string | null;
  open: boolean;
  excluded: string | null;
  counted: boolean;
};

export interface Me {
  user: { id: string; email: string; name: string; operator?: boolean };
  /** `null` for somebody who is signed in as a platform operator. */
  tenant: string | null;
  permissions: string[];
  /** The same in words, in that order. */
  allows: string[];
  /** Whose rows they see in the tenant. */
  sees?: Sent<"Sees">;
  tenants: string[];
}

export interface Tenant {
  id: string;
  name: string;
  time_zone: string;
  locale: string;
}

export type JobState = Told<"JobState">;

/** What it was given is a matter of its kind, and may be nothing. */
export type Job = Omit<Told<"Job">, "input">;

export type Connection = Pick<Told<"Connection">, "name" | "connector" | "place">;

/** How a connection does (docs/connections.md). */
export type Health = Told<"Condition">;

/** A page of a list. */
export interface List<T> {
  items: T[];
  next: string | null;
}

/** What an event stream tells (docs/events.md). */
export interface Event {
  id: number;
  at?: Micros;
  kind: string;
  subject?: string | null;
  missed?: boolean;
  detail?: { kind?: string } | null;
}
