/** The rows and columns of a table: their order, and how they are written to a file. */

import type { ReactNode } from "react";
import type { Scalar } from "@/api/types";
import type { Change } from "@/design/format";
import { plainly } from "@/design/gap";

export interface GridColumn {
  name: string;
  title: string;
  unit: string | null;
  /** What the API and SQL call it, where people who write SQL look for that. */
  raw?: string;
}

export interface GridCell {
  value: Scalar;
  n?: number | null;
  evidence?: string | null;
  /** How it changed. */
  change?: Change | null;
  /** Whether it rests on too little to be judged. */
  few?: boolean;
  /** What is shown in the value's place. The value is what is sorted by, found and taken away. */
  show?: ReactNode;
  /** That in words, where it is other than the value: it is found by these, too. */
  words?: string;
}

export interface GridRow {
  key: string | null;
  cells: GridCell[];
}

export interface Grid {
  name: string;
  title: string;
  columns: GridColumn[];
  rows: GridRow[];
}

export interface Sort {
  column: string;
  down: boolean;
}

/** The rows in which the text is found, in this order, texts as `before` has them. What has no value is last, whichever way is up. */
export function arranged(grid: Grid, sort: Sort | null, find: string, before: (one: string, other: string) => number): GridRow[] {
  const asked = plainly(find.trim().toLowerCase());
  const rows = grid.rows.filter(
    ({ cells }) =>
      asked === "" ||
      cells.some(({ value, words = "" }) =>
        plainly(`${value ?? ""}\n${words}`)
          .toLowerCase()
          .includes(asked),
      ),
  );
  const at = grid.columns.findIndex(({ name }) => name === sort?.column);
  if (!sort || at < 0) return rows;
  return rows.toSorted((one, other) => {
    const [a, b] = [one.cells[at]?.value ?? null, other.cells[at]?.value ?? null];
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    const order = typeof a === "number" && typeof b === "number" ? a - b : before(String(a), String(b));
    return sort.down ? -order : order;
  });
}

/** The table as CSV (RFC 4180), values as the API gave them, those that are words of the page with plain spaces, with how many observations each rests on. */
export function csv(grid: Grid, rows: readonly GridRow[]): string {
  const counted = grid.columns.map((_, at) => rows.some(({ cells }) => cells[at]?.n != null));
  const head = grid.columns.flatMap(({ title, unit }, at) => [
    unit ? `${title} (${unit})` : title,
    ...(counted[at] ? [`${title} (n)`] : []),
  ]);
  const lines = rows.map(({ cells }) =>
    grid.columns.flatMap((_, at) => [cells[at]?.value ?? null, ...(counted[at] ? [cells[at]?.n ?? null] : [])]),
  );
  return [head, ...lines].map((line) => line.map(quoted).join(",")).join("\r\n") + "\r\n";
}

function quoted(value: Scalar): string {
  if (value === null) return "";
  let text = plainly(String(value));
  // A spreadsheet would compute what begins like a formula; numbers are none.
  if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
