/** What this browser keeps of somebody's own questions: their texts, never their rows. Signing out forgets it. */

import type { Micros } from "@/api/types";

const PREFIX = "pulse.explore";
const MOST = 50;
/** A text longer than this is not kept: storage is small. */
const LONGEST = 20_000;

export interface Asked {
  sql: string;
  params?: string | undefined;
  at: Micros;
  milliseconds: number;
  /** How many rows came; `null` when it failed or was stopped. */
  rows: number | null;
}

/** Whose questions: two people at one browser, and one person in two tenants, do not see each other's. */
export type Whose = `${string}:${string}`;

export const whose = (me: { tenant: string | null; user: { id: string } } | undefined): Whose | null =>
  me?.tenant ? `${me.tenant}:${me.user.id}` : null;

export function history(of: Whose | null): Asked[] {
  if (of === null) return [];
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(`${PREFIX}.history.${of}`) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isAsked) : [];
  } catch {
    return [];
  }
}

function isAsked(one: unknown): one is Asked {
  const asked = one as Partial<Asked> | null;
  return typeof asked?.sql === "string" && typeof asked.at === "number" && typeof asked.milliseconds === "number";
}

/** Puts a question first; the same one from before goes. */
export function keep(of: Whose | null, asked: Asked): Asked[] {
  const others = history(of).filter(({ sql, params }) => sql !== asked.sql || params !== asked.params);
  const kept = asked.sql.length > LONGEST ? others : [asked, ...others].slice(0, MOST);
  if (of !== null) store(localStorage, `${PREFIX}.history.${of}`, JSON.stringify(kept));
  return kept;
}

export function clearHistory(of: Whose | null) {
  if (of !== null) remove(localStorage, `${PREFIX}.history.${of}`);
}

/** What is being written, so that it is there again when one comes back to the page in this window. */
export function draft(of: Whose | null): string {
  try {
    return of === null ? "" : (sessionStorage.getItem(`${PREFIX}.draft.${of}`) ?? "");
  } catch {
    return "";
  }
}

export function keepDraft(of: Whose | null, sql: string) {
  if (of !== null) store(sessionStorage, `${PREFIX}.draft.${of}`, sql.slice(0, LONGEST));
}

/** Forgets everything of everybody at this browser. */
export function forget() {
  for (const storage of [localStorage, sessionStorage])
    for (const name of Object.keys(storage)) if (name.startsWith(PREFIX)) remove(storage, name);
}

function store(storage: Storage, name: string, text: string) {
  try {
    storage.setItem(name, text);
  } catch {
    // Storage that is shut or full keeps nothing; the page works without.
  }
}

function remove(storage: Storage, name: string) {
  try {
    storage.removeItem(name);
  } catch {
    // Nothing was kept there then.
  }
}
