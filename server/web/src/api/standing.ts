/** How this browser stands with the server: whether it is reached, and whether its session is over. */

import { useSyncExternalStore } from "react";
import type { Micros } from "./types";

export interface Standing {
  /** Since when requests do not get through. */
  away: Micros | null;
  /** Nobody is signed in here any more. */
  over: boolean;
}

let present: Standing = { away: null, over: false };
const listeners = new Set<() => void>();

function set(next: Standing) {
  if (next.away === present.away && next.over === present.over) return;
  present = next;
  for (const listener of listeners) listener();
}

export const standing = {
  get: (): Standing => present,
  /** A request got through, or did not. */
  reaches: (got: boolean) => set({ ...present, away: got ? null : (present.away ?? Date.now() * 1_000) }),
  /** Whether somebody is signed in. */
  ends: (over: boolean) => set({ ...present, over }),
};

// The browser knows at once that it has no network; that it has one says nothing of the server yet.
globalThis.addEventListener("offline", () => standing.reaches(false));

export function useStanding(): Standing {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, standing.get);
}
