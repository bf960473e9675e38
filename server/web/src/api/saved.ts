/** Queries that somebody saved (docs/saved-queries.md). */

import { queryOptions } from "@tanstack/react-query";
import { all, change as send, get } from "./client";
import type { ParameterType } from "./sql";
import type { Micros, Scalar } from "./types";

export interface Declared {
  name: string;
  type: ParameterType;
  /** `null` is a default, and not the same as none. */
  default?: Scalar | Scalar[];
}

/** What is written of one. */
export interface Draft {
  title: string;
  description: string;
  sql: string;
  parameters: Declared[];
  /** Whether all of the tenant see it who ask in SQL. */
  shared: boolean;
}

export interface Saved extends Draft {
  id: string;
  version: number;
  owner: { id: string; name: string };
  mine: boolean;
  changed_at: Micros;
}

export interface SavedVersion extends Draft {
  version: number;
  set_by: { id: string; name: string };
  set_at: Micros;
}

const PATH = "/api/v1/saved-queries";
const of = (id: string) => `${PATH}/${encodeURIComponent(id)}`;

export const savedQueries = queryOptions({
  queryKey: ["saved"],
  queryFn: ({ signal }) => all<Saved>(PATH, signal, Infinity),
});

export const savedQuery = (id: string) =>
  queryOptions({ queryKey: ["saved", id], queryFn: ({ signal }) => get<Saved>(of(id), signal) });

export const savedVersions = (id: string) =>
  queryOptions({
    queryKey: ["saved", id, "versions"],
    queryFn: ({ signal }) => all<SavedVersion>(`${of(id)}/versions`, signal, Infinity),
  });

const write = (method: string, path: string, { title, description, sql, parameters, shared }: Draft, version?: number) =>
  send<Saved>(method, path, { title, description, sql, parameters, shared }, version);

export const save = (draft: Draft) => write("POST", PATH, draft);

/** Changes one as it was read; where somebody changed it since, it is refused (`stale`). */
export const change = (id: string, version: number, draft: Draft) => write("PUT", of(id), draft, version);

export const remove = (id: string) => send("DELETE", of(id));
