/** What would change, in words. */

import type { Effects, FigureEffect, TableEffect } from "@/api/mapping";
import { many, t } from "@/texts/texts";

/** How many columns are named. */
const SHOWN = 6;

/** So many rows of a facts table, as what they are: `3 work items`. */
function rowsWords(table: string, n: number, format: (n: number) => string): string {
  const count = { count: format(n) };
  switch (table) {
    case "people":
      return many(n, { one: "{count} person", other: "{count} people" }, count);
    case "changes":
      return many(n, { one: "{count} change", other: "{count} changes" }, count);
    case "deployments":
      return many(n, { one: "{count} deployment", other: "{count} deployments" }, count);
    case "incidents":
      return many(n, { one: "{count} incident", other: "{count} incidents" }, count);
    case "pull_requests":
      return many(n, { one: "{count} pull request", other: "{count} pull requests" }, count);
    case "reviews":
      return many(n, { one: "{count} review", other: "{count} reviews" }, count);
    case "work_items":
      return many(n, { one: "{count} work item", other: "{count} work items" }, count);
    case "work_item_stays":
      return many(n, { one: "{count} stay in a status", other: "{count} stays in a status" }, count);
    case "sprint_items":
      return many(n, { one: "{count} item of a sprint", other: "{count} items of sprints" }, count);
    default:
      return `${count.count} ${table.replaceAll("_", " ")}`;
  }
}

/** A column as a person would say it: `project_id` is the project, `started_at` when it was started. */
export const columnWord = (column: string): string => column.replace(/_(id|at|on|seconds)$/, "").replaceAll("_", " ");

/** `412 of 5,210 work items: stage 412, team 300; 3 work items would come`. */
export function tableWords({ table, rows, come, go, change, columns }: TableEffect, count: (n: number) => string): string {
  const named = Object.entries(columns).toSorted(([a, n], [b, m]) => m - n || a.localeCompare(b));
  const which = named.slice(0, SHOWN).map(([column, n]) => `${columnWord(column)} ${count(n)}`);
  if (named.length > SHOWN) which.push(t("{count} more", { count: count(named.length - SHOWN) }));
  const told: string[] = [];
  if (change > 0)
    told.push(
      t("{change} of {rows}: {columns}", {
        change: count(change),
        rows: rowsWords(table, rows, count),
        columns: which.join(", "),
      }),
    );
  if (come > 0) told.push(t("{rows} would come", { rows: rowsWords(table, come, count) }));
  if (go > 0) told.push(t("{rows} would go", { rows: rowsWords(table, go, count) }));
  return told.join("; ");
}

/** Less than this part of a value is the noise of adding up in another order. */
const NOISE = 1e-9;

const differ = (one: number | null, other: number | null) =>
  one === null || other === null ? one !== other : Math.abs(one - other) > NOISE * Math.max(Math.abs(one), Math.abs(other));

/** Figures that would be others, or rest on more or less. */
export const figuresThatChange = ({ figures }: Effects): FigureEffect[] =>
  figures.filter(({ value, tried_value, n, tried_n }) => differ(value, tried_value) || n !== tried_n);
