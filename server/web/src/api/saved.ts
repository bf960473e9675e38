/** Queries that somebody saved (docs/saved-queries.md). */

import { queryOptions } from "@tanstack/react-query";
import { address, ask, get } from "./client";
import type { ParameterType } from "./sql";
import type { List, Micros, Scalar } from "./types";

export interface Declared {
  name: string;
  /** One of these, or a list of it (`text[]`), for which the page has no field. */
  type: ParameterType | `${ParameterType}[]`;
  /** `null` is a default, and not the same as none. */
  default?: Scalar;
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

/** All of a list, page by page. */
async function whole<T>(path: string, signal: AbortSignal): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: List<T> = await get<List<T>>(address(path, { limit: "200", ...(cursor !== null && { cursor }) }), signal);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return items;
}

export const savedQueries = queryOptions({
  queryKey: ["saved"],
  queryFn: ({ signal }) => whole<Saved>(PATH, signal),
});

export const savedQuery = (id: string) =>
  queryOptions({ queryKey: ["saved", id], queryFn: ({ signal }) => get<Saved>(of(id), signal) });

export const savedVersions = (id: string) =>
  queryOptions({
    queryKey: ["saved", id, "versions"],
    queryFn: ({ signal }) => whole<SavedVersion>(`${of(id)}/versions`, signal),
  });

async function write(method: string, path: string, { title, description, sql, parameters, shared }: Draft, version?: number) {
  const headers = { "Content-Type": "application/json", ...(version !== undefined && { "If-Match": `"${version}"` }) };
  const answer = await ask(path, { method, headers, body: JSON.stringify({ title, description, sql, parameters, shared }) });
  return (await answer.json()) as Saved;
}

export const save = (draft: Draft) => write("POST", PATH, draft);

/** Changes one as it was read; where somebody changed it since, it is refused (`stale`). */
export const change = (id: string, version: number, draft: Draft) => write("PUT", of(id), draft, version);

export const remove = (id: string) => ask(of(id), { method: "DELETE" });
