/** Incidents on a line of time: when each began and ended, and in which row it is drawn so that none lies on another. */

import type { EvidenceRow, Micros } from "@/api/types";
import { subject } from "./Evidence";

export interface Incident {
  id: string;
  name: string;
  url: string | null;
  severity: string | null;
  began: Micros;
  /** `null` for one that is not resolved, and for one whose end nobody knows: `open` tells them apart. */
  ended: Micros | null;
  open: boolean;
}

/** The incidents that were there in a span, in the order in which they began. */
export function incidentsOf(rows: readonly EvidenceRow[], from: Micros, until: Micros): Incident[] {
  return rows
    .flatMap((row): Incident[] => {
      const began = typeof row.at === "string" ? Date.parse(row.at) * 1_000 : NaN;
      if (Number.isNaN(began)) return [];
      // What was closed as a duplicate or a false alarm was none. What is left out for another reason was one of which too little is known.
      if (row.excluded === "abandoned") return [];
      const { value, title, severity, left_at: left } = row;
      // Rows of a duration say themselves whether they are open; those of a stay have no end then.
      const open = left === undefined ? row.open : left === null;
      const ended = typeof left === "string" ? Date.parse(left) * 1_000 : typeof value === "number" ? began + value * 1e6 : null;
      return [
        {
          id: row.subject_id,
          name: typeof title === "string" && title !== "" ? title : subject(row.subject_id, row.url),
          url: row.url ?? null,
          severity: typeof severity === "string" ? severity : null,
          began,
          ended: open ? null : ended,
          open,
        },
      ];
    })
    .filter(({ began, ended, open }) => began < until && (open || (ended ?? began) >= from))
    .sort((one, other) => one.began - other.began);
}

/** The row of each, in their order: the first in which the one before is over. Where all are taken it is the one that is free first, and two
 * lie on one another. */
export function rowsOf(spans: readonly (readonly [from: number, until: number])[], most: number): number[] {
  const free: number[] = [];
  return spans.map(([from, until]) => {
    let row = free.findIndex((end) => end <= from);
    if (row < 0) row = free.length < most ? free.length : free.indexOf(Math.min(...free));
    free[row] = Math.max(free[row] ?? 0, until);
    return row;
  });
}

/** The severities that there are, by name as `before` has names; those of none come last. */
export const severitiesOf = (incidents: readonly Incident[], before: (one: string, other: string) => number): (string | null)[] =>
  [...new Set(incidents.map(({ severity }) => severity))].sort((one, other) =>
    one === null ? 1 : other === null ? -1 : before(one, other),
  );

/** The periods that fit below a chart, for a span of so many days. */
export const grainOf = (days: number) => (days <= 130 ? "day" : days <= 800 ? "week" : "month");
