/** What a tenant's tools call things, what that is taken for, what people decide about it, and what that would change. */

import { queryOptions } from "@tanstack/react-query";
import { change, get } from "./client";
import type { Rules, Stage } from "./house";
import type { Job, JobState, Micros } from "./types";

export interface StatusMapping {
  status: string;
  /** As its source says; `null` when it does not. */
  category: "todo" | "doing" | "done" | null;
  /** The stage that it is taken for. */
  stage: string | null;
  /** The stage that it could be. */
  likely: string;
  items: number;
}

export type Level = "epic" | "item" | "subtask";
export type Class = "feature" | "defect" | "debt" | "unplanned" | "unclassified";

export interface TypeMapping {
  /** Empty for items without a type. */
  kind: string;
  level: Level;
  class: Class;
  items: number;
}

export interface KnownPerson {
  id: string;
  name: string | null;
  email: string | null;
  identities: string[];
}

/** People who could be one. */
export interface Likeness {
  why: "name" | "login";
  same: string;
  people: KnownPerson[];
}

export interface RepositoryMapping {
  id: string;
  name: string | null;
  projects: string[];
  /** The project whose items most of its pull requests name: how many of those that name any. */
  likely: { id: string; name: string | null; pull_requests: number; of: number } | null;
}

export interface BoardMapping {
  id: string;
  name: string | null;
  /** How many were made on it. */
  sprints: number;
  /** The one that these are of: decided, else as its source says. */
  project: string | null;
  is_decided: boolean;
  /** The project that most items of its sprints are in: how many of those that are in any. */
  likely: { id: string; name: string | null; items: number; of: number } | null;
}

export interface EnvironmentMapping {
  /** `connector:name`. */
  connection: string;
  environment: string;
  is_production: boolean;
  looks_like_production: boolean;
  deployments: number;
  newest_at: Micros | null;
}

export interface Mapping {
  statuses: StatusMapping[];
  /** The stages that the statuses could be, in order. */
  stages: Stage[];
  commitment: string | null;
  types: TypeMapping[];
  people: Likeness[];
  repositories: RepositoryMapping[];
  boards: BoardMapping[];
  environments: EnvironmentMapping[];
}

/** What people decide about one thing: a row of a table of `core`, or the id of one that is taken back. */
export interface Decision {
  entity: "identity_overrides" | "project_scopes" | "projects";
  row: Record<string, string | boolean | null>;
}

/** What somebody would have otherwise; what is left out stays as it is. */
export interface Proposal {
  /** All of the tenant's. */
  rules?: Rules;
  decisions?: Decision[];
  connection?: { name: string; settings: Record<string, unknown> };
}

/** What would change in a facts table: of its rows how many would come, go, or say something else, and in which columns. */
export interface TableEffect {
  table: string;
  rows: number;
  come: number;
  go: number;
  change: number;
  columns: Record<string, number>;
}

export interface FigureEffect {
  metric: string;
  title: string;
  unit: string;
  value: number | null;
  n: number;
  tried_value: number | null;
  tried_n: number;
}

export interface Effects {
  tables: TableEffect[];
  figures: FigureEffect[];
}

export interface Trial {
  id: string;
  state: JobState;
  reason: string;
  /** Once they are known, for a day. */
  effects: Effects | null;
}

const MAPPING = "/api/v1/mapping";

export const mapping = queryOptions({
  queryKey: ["mapping"],
  queryFn: ({ signal }) => get<Mapping>(MAPPING, signal),
});

/** Decides; what is answered is the job that makes the facts anew. */
export const decide = (decisions: readonly Decision[]) => change<Job>("POST", `${MAPPING}/decisions`, { decisions });

export const propose = (proposal: Proposal) => change<Trial>("POST", `${MAPPING}/trials`, proposal);

const OVER: readonly JobState[] = ["succeeded", "cancelled", "dead"];
export const isOver = ({ state }: Trial) => OVER.includes(state);

export const trial = (id: string) =>
  queryOptions({
    queryKey: ["trials", id],
    queryFn: ({ signal }) => get<Trial>(`${MAPPING}/trials/${encodeURIComponent(id)}`, signal),
    // It is told live, too; this is for whom events do not reach.
    refetchInterval: ({ state }) => (state.data && isOver(state.data) ? false : 3_000),
  });
