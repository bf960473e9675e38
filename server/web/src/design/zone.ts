/** Instants by the clocks of a time zone. */

import type { Micros } from "@/api/types";

const MINUTE_MS = 60_000;

/** How a zone's clocks stand at an instant, as if they were those of UTC. */
function clocks(at: number, timeZone: string): number {
  // Swedish times are written from the year to the second.
  const text = new Intl.DateTimeFormat("sv", { timeZone, dateStyle: "short", timeStyle: "medium" }).format(at);
  return Date.parse(`${text.replace(" ", "T")}Z`);
}

/** The instant at which clocks of the zone show this, such as `2026-03-31T22:00`; `null` of what is no such text. What a change of
 *  clocks leaves out is the instant right after it, and what it repeats its first. */
export function instant(local: string, timeZone: string): Micros | null {
  const wanted = Date.parse(`${local}Z`);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(local) || Number.isNaN(wanted)) return null;
  // The offset is one of those of the day before and the day after.
  const offsets = [-1, 1].map((days) => {
    const at = wanted + days * 1_440 * MINUTE_MS;
    return clocks(at, timeZone) - at;
  });
  const fits = offsets.map((offset) => wanted - offset).filter((at) => clocks(at, timeZone) === wanted);
  const at = fits.length > 0 ? Math.min(...fits) : wanted - Math.min(...offsets);
  return at * 1_000;
}

/** What the zone's clocks show at an instant, to the minute: what a field for it takes. */
export const local = (at: Micros, timeZone: string): string =>
  new Date(Math.floor(clocks(Math.floor(at / 1_000), timeZone) / MINUTE_MS) * MINUTE_MS).toISOString().slice(0, 16);
