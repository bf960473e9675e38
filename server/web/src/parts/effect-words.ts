/** What would change, in words. */

import type { Effects, FigureEffect, TableEffect } from "@/api/mapping";

/** What the rows of a facts table are, one and several. */
const ROWS: Record<string, readonly [string, string]> = {
  people: ["person", "people"],
  changes: ["change", "changes"],
  deployments: ["deployment", "deployments"],
  incidents: ["incident", "incidents"],
  pull_requests: ["pull request", "pull requests"],
  reviews: ["review", "reviews"],
  work_items: ["work item", "work items"],
  work_item_stays: ["stay in a status", "stays in a status"],
  sprint_items: ["item of a sprint", "items of sprints"],
};
/** How many columns are named. */
const SHOWN = 6;

export function rowsWord(table: string, n: number): string {
  const words = ROWS[table];
  return words ? words[n === 1 ? 0 : 1] : table.replaceAll("_", " ");
}

/** A column as a person would say it: `project_id` is the project, `started_at` when it was started. */
export const columnWord = (column: string): string => column.replace(/_(id|at|on|seconds)$/, "").replaceAll("_", " ");

/** `412 of 5,210 work items: stage 412, team 300; 3 work items would come`. */
export function tableWords({ table, rows, come, go, change, columns }: TableEffect, count: (n: number) => string): string {
  const named = Object.entries(columns).toSorted(([a, n], [b, m]) => m - n || a.localeCompare(b));
  const which = named.slice(0, SHOWN).map(([column, n]) => `${columnWord(column)} ${count(n)}`);
  if (named.length > SHOWN) which.push(`${count(named.length - SHOWN)} more`);
  const told: string[] = [];
  if (change > 0) told.push(`${count(change)} of ${count(rows)} ${rowsWord(table, rows)}: ${which.join(", ")}`);
  if (come > 0) told.push(`${count(come)} ${rowsWord(table, come)} would come`);
  if (go > 0) told.push(`${count(go)} ${rowsWord(table, go)} would go`);
  return told.join("; ");
}

/** Less than this part of a value is the noise of adding up in another order. */
const NOISE = 1e-9;

const differ = (one: number | null, other: number | null) =>
  one === null || other === null ? one !== other : Math.abs(one - other) > NOISE * Math.max(Math.abs(one), Math.abs(other));

/** Figures that would be others, or rest on more or less. */
export const figuresThatChange = ({ figures }: Effects): FigureEffect[] =>
  figures.filter(({ value, tried_value, n, tried_n }) => differ(value, tried_value) || n !== tried_n);
