/** What of the pages about people, tenant and platform stands in their addresses. */

import type { Search } from "./scope";

export interface Place {
  /** What is looked for in a list. */
  find?: string | undefined;
  /** The one of a list that is open beside it. */
  open?: string | undefined;
  /** Of the audit trail: only what this user or token did, and only what came to this. */
  actor?: string | undefined;
  outcome?: string | undefined;
  /** Only those that stand there. */
  state?: string | undefined;
}

const NAMES = ["find", "open", "actor", "outcome", "state"] as const;
const MOST = 200;

/** Reads an address. What makes no sense in it is left out. */
export function place(raw: Record<string, unknown>): Place {
  const found: Place = {};
  for (const name of NAMES) {
    const value = raw[name];
    // What is left out is named, too: the router puts what is read over what stood there.
    found[name] = typeof value === "string" && value !== "" && value.length <= MOST ? value : undefined;
  }
  return found;
}

export type Placed = Search & Place;
