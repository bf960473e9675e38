/** Questions in SQL (docs/sql.md): what there is to ask of, asking it, and what is under way. */

import { queryOptions } from "@tanstack/react-query";
import { t } from "@/texts/texts";
import { ask, get, Problem } from "./client";
import type { Told } from "./told";

export interface CatalogColumn {
  name: string;
  type: string;
  nullable: boolean;
  about: string;
  /** Some of its values, where one table was asked for. */
  samples?: string[];
}

export interface CatalogTable {
  name: string;
  kind: "table" | "view";
  about: string;
  /** `null` of views, and for whoever sees some teams and projects only. */
  rows: number | null;
  columns: CatalogColumn[];
}

export interface CatalogSchema {
  name: string;
  about: string;
  tables: CatalogTable[];
}

export interface Catalog {
  schemas: CatalogSchema[];
}

export const PARAMETER_TYPES = ["text", "integer", "double", "boolean", "date", "timestamp"] as const;
export type ScalarType = (typeof PARAMETER_TYPES)[number];
/** One of them, or a list of it. */
export type ParameterType = ScalarType | `${ScalarType}[]`;

type One = string | number | boolean | null;

/** A value whose type is told with it. */
export interface ParameterValue {
  type: ParameterType;
  value: One | One[];
}

/** A value as requests take it: plain, or with its type. */
export type GivenValue = ParameterValue | One | One[];

/** Of `$1`, `$2`, … an array, of `$name` an object by name. */
export type ParameterValues = ParameterValue[] | Record<string, ParameterValue>;

/** A statement with its values. */
export interface Question {
  sql: string;
  params?: ParameterValues;
  /** The saved query that this is, unchanged: then it is run by its key, and the trail knows which one it was. */
  saved?: string;
}

export type QueryState = Told<"State">;

/** A query that is under way, or that was. */
export type RunningQuery = Told<"Query">;

export const catalog = queryOptions({
  queryKey: ["catalog"],
  queryFn: ({ signal }) => get<Catalog>("/api/v1/catalog", signal),
  staleTime: 600_000,
});

/** One table, with values of its columns. */
export const catalogTable = (schema: string, table: string) =>
  queryOptions({
    queryKey: ["catalog", schema, table],
    queryFn: ({ signal }) =>
      get<CatalogTable>(`/api/v1/catalog/${encodeURIComponent(schema)}/${encodeURIComponent(table)}`, signal),
    staleTime: 600_000,
  });

/** Every two seconds for as long as they are looked at. */
export const queries = queryOptions({
  queryKey: ["queries"],
  queryFn: async ({ signal }) => (await get<{ items: RunningQuery[] }>("/api/v1/queries", signal)).items,
  refetchInterval: 2_000,
});

export const FORMATS = {
  csv: "text/csv",
  parquet: "application/vnd.apache.parquet",
  arrow: "application/vnd.apache.arrow.stream",
  json: "application/json",
} as const;
export type Format = keyof typeof FORMATS;

/** Asks, for an answer in this format. It comes as it is computed. */
export function question({ sql, params, saved }: Question, format: Format, signal?: AbortSignal): Promise<Response> {
  return ask("/api/v1/sql", {
    method: "POST",
    headers: { Accept: FORMATS[format], "Content-Type": "application/json" },
    body: JSON.stringify({ ...(saved === undefined ? { sql } : { saved }), ...(params !== undefined && { params }) }),
    ...(signal && { signal }),
  });
}

/** Stops a query; one that is over is left as it is. */
export async function stop(id: string): Promise<void> {
  await ask(`/api/v1/queries/${encodeURIComponent(id)}`, { method: "DELETE" }).catch((error: unknown) => {
    if (!(error instanceof Problem && error.status === 404)) throw error;
  });
}

const ends = (): Partial<Record<QueryState, readonly [code: string, title: string, detail: string]>> => ({
  "timed-out": [
    "timed-out",
    t("It took too long"),
    t("The query reached its time limit. Ask for less, or for fewer rows at once."),
  ],
  stopped: ["stopped", t("It was stopped"), t("Somebody stopped the query.")],
  failed: [
    "invalid-question",
    t("The answer broke off"),
    t(
      "The query failed after its first rows: a row that it cannot be computed for, or more rows or bytes than an answer may have (1,000,000 rows, 1 GiB). Aggregate, or add a LIMIT.",
    ),
  ],
});

/** Why an answer broke off, as the list of queries knows it: the response itself has no place left to say so. */
export async function whyItBroke(id: string | null): Promise<Problem> {
  const known =
    id === null
      ? []
      : await get<{ items: RunningQuery[] }>("/api/v1/queries").then(
          ({ items }) => items,
          () => [],
        );
  const state = known.find((query) => query.id === id)?.state;
  const [code, title, detail] = (state && ends()[state]) ?? [
    "broken-off",
    t("The answer broke off"),
    t("The connection ended before the last row. Nothing of it is shown, since it would not be whole. Ask again."),
  ];
  return new Problem(0, code, title, detail);
}
