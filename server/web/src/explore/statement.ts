/** What the page reads out of a statement's text. It is no parser: the server has one. */

import type { Place } from "@/api/client";

/** Where a problem's place is in the text, with the word that begins there. The API counts characters, JavaScript halves of some. */
export function spot(sql: string, { line, column }: Place): { from: number; until: number } | null {
  if (line === undefined) return null;
  const lines = sql.split("\n");
  const found = lines[line - 1];
  if (found === undefined) return null;
  const begin = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  const characters = Array.from(found);
  const from = begin + characters.slice(0, (column ?? 1) - 1).join("").length;
  const word = /^(?:[\p{L}\p{N}_.$]+|"[^"]*"|\S)/u.exec(sql.slice(from))?.[0] ?? "";
  // At the end of a line there is nothing to underline but what stands before.
  if (word === "") return from > 0 ? { from: from - 1, until: from } : null;
  return { from, until: column === undefined ? begin + found.length : from + word.length };
}

const TABLE = /\b(?:from|join|describe)\s+"?([a-z_][\w]*)"?\s*\.\s*"?([a-z_][\w]*)"?/gi;

/** The tables that a statement names after FROM and JOIN, as `schema.table`. */
export function mentioned(sql: string): Set<string> {
  return new Set([...sql.matchAll(TABLE)].map(([, schema, table]) => `${schema}.${table}`.toLowerCase()));
}

const EXPLAIN = "EXPLAIN ";

/** The statement whose answer is the plan of this one. */
export const explained = (sql: string): string => (/^\s*explain\b/i.test(sql) ? sql : EXPLAIN + sql);

/** A place in the explained statement, as one in the statement itself. */
export function unexplained(sql: string, place: Place): Place {
  if (explained(sql) === sql || place.line !== 1 || place.column === undefined) return place;
  return { ...place, column: Math.max(1, place.column - EXPLAIN.length) };
}

/** A name as it is written in a statement. */
export const quoted = (name: string): string => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);

/** The first rows of a table. */
export const sample = (schema: string, table: string): string => `SELECT *\nFROM ${quoted(schema)}.${quoted(table)}\nLIMIT 100`;
