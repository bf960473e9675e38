/** Asks the REST API. Who asks is in cookies that no script can read; one that ran out is renewed once. */

import { t } from "@/texts/texts";
import { standing } from "./standing";
import type { List } from "./types";

/** A problem document (RFC 9457) of the API, or that it could not be reached. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    detail: string,
    /** Where in a statement the mistake is, of a problem that has a place. */
    readonly place: Place = {},
  ) {
    super(detail);
  }

  /** Why a value was refused, where it is the one of this field: the server names it first, "`title` should be one line". */
  refused(field: string): string | null {
    const [, named, reason] = this.code === "invalid-value" ? (/^`([^`]+)` (.+)$/s.exec(this.message) ?? []) : [];
    return named === field && reason !== undefined ? reason : null;
  }

  /** Whether the same would be refused again, as it is asked: no fault of the server or the way to it, and nothing that passes. */
  get isRefusal(): boolean {
    return this.status >= 400 && this.status < 500 && !PASSES.has(this.status);
  }
}

/** Took too long, is under way, is gone, too many at once. */
const PASSES: ReadonlySet<number> = new Set([408, 409, 410, 429]);

/** A place in a statement: line and character from 1, and the name that was probably meant. */
export interface Place {
  line?: number;
  column?: number;
  suggestion?: string;
}

export type Params = Record<string, string | readonly string[] | undefined>;

/** An address with its parameters, behind those that it has; those that are not set are left out, lists are said again and again. */
export function address(path: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    for (const one of typeof value === "string" ? [value] : (value ?? [])) query.append(name, one);
  }
  const text = query.toString();
  return text ? `${path}${path.includes("?") ? "&" : "?"}${text}` : path;
}

let renewing: Promise<boolean> | null = null;

/** Renews the session. Of several that ask at once, one does: a refresh token works once. So the answer is waited for by the browser,
 * whatever becomes of the page: a token whose successor was lost would end the session when it came back. */
export function renew(): Promise<boolean> {
  renewing ??= fetch("/api/v1/auth/refresh", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: "{}",
    keepalive: true,
  })
    .then((answer) => answer.ok)
    .catch(() => false)
    .finally(() => {
      renewing = null;
    });
  return renewing;
}

declare global {
  interface Window {
    /** What public/first.js asked for before this script was there, by its address. */
    pulseEarly?: Record<string, Promise<Response> | undefined>;
  }
}

/** So long after somebody came to the page what was asked for at first is old. */
const EARLY_MS = 10_000;

/** What was asked for early, once. */
function early(path: string, { method = "GET" }: RequestInit): Promise<Response> | undefined {
  const answer = window.pulseEarly?.[path];
  if (!answer || method !== "GET") return undefined;
  window.pulseEarly = { ...window.pulseEarly, [path]: undefined };
  return performance.now() < EARLY_MS ? answer : undefined;
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    const answer = await (early(path, init) ?? fetch(path, init));
    standing.reaches(true);
    return answer;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    standing.reaches(false);
    throw new Problem(
      0,
      "unreachable",
      t("The server cannot be reached"),
      t("Check the network; the page asks again by itself."),
    );
  }
}

/** What there is at this address, as JSON. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await ask(path, { ...(signal && { signal }) })).json() as Promise<T>;
}

/** All of a list, page by page: at most so many pages of 200, since a page shows no more. */
export async function all<T>(path: string, signal?: AbortSignal, pages = 25): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < pages; page += 1) {
    const list = await get<List<T>>(address(path, { limit: "200", cursor }), signal);
    items.push(...list.items);
    if (list.next === null) break;
    cursor = list.next;
  }
  return items;
}

/** Changes something: `version` is the one that it was read with, where it is there already. What comes back is `undefined` where nothing does. */
export async function change<T = undefined>(method: string, path: string, body?: unknown, version?: number): Promise<T> {
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (version !== undefined) headers["If-Match"] = `"${version}"`;
  const answer = await ask(path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const text = await answer.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

/** The same for what is more than read. */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (!headers.has("Accept")) headers.set("Accept", "application/json");
  let answer = await send(path, { ...init, headers });
  if (answer.status === 401 && (await renew())) answer = await send(path, { ...init, headers });
  if (answer.ok) return answer;
  if (answer.status === 401) standing.ends(true);
  const told = (await answer.json().catch(() => null)) as ({ code?: string; title?: string; detail?: string } & Place) | null;
  throw new Problem(
    answer.status,
    told?.code ?? "unknown",
    told?.title ?? t("The server did not answer as expected"),
    told?.detail ?? t("It answered with status {status}.", { status: answer.status }),
    told ?? {},
  );
}
