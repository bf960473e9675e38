/** Who may do what (docs/access.md): people, roles, tokens, sessions, identity providers, and the audit trail. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { address, all, get } from "./client";
import type { Place } from "./place";
import type { Sent, Told } from "./told";

/** Whose rows somebody sees: all, or those of some teams and projects, by id (docs/row-policies.md). */
export type Sees = Sent<"Sees">;
/** What somebody may do. */
export type Permission = Told<"Permission">;

export type Member = Told<"Member">;
export type Allowed = Told<"Allowed">;
export type Role = Told<"Role">;
export type ApiToken = Told<"ApiToken">;
export type Session = Told<"Session">;

/** How a provider is asked. Its secret is sent, and never told. */
export type Terms = Omit<Told<"Terms">, "sees"> & { sees: Sees; client_secret?: string };
export type Provider = Omit<Told<"ProviderSetUp">, "terms"> & { terms: Terms };

/** An event of the audit trail. What is not said of it is left out. */
export interface Trailed {
  sequence: number;
  /** ISO 8601, in UTC. */
  at: string;
  action: string;
  outcome: string;
  actor?: string;
  session?: string;
  target?: string;
  address?: string;
  agent?: string;
  detail?: string;
  rows?: number;
  bytes?: number;
  query?: string;
  milliseconds?: number;
  memory_bytes?: number;
  cached?: boolean;
  plan?: string;
}

export const members = queryOptions({
  queryKey: ["users"],
  queryFn: ({ signal }) => all<Member>("/api/v1/users", signal),
});

export const permissions = queryOptions({
  queryKey: ["permissions"],
  queryFn: ({ signal }) => get<Allowed[]>("/api/v1/permissions", signal),
});

export const roles = queryOptions({
  queryKey: ["roles"],
  queryFn: ({ signal }) => get<Role[]>("/api/v1/roles", signal),
});

export const tokens = queryOptions({
  queryKey: ["tokens"],
  queryFn: ({ signal }) => all<ApiToken>("/api/v1/tokens", signal),
});

export const mySessions = queryOptions({
  queryKey: ["sessions", "mine"],
  queryFn: ({ signal }) => all<Session>("/api/v1/me/sessions", signal),
});

export const sessionsOf = (id: string) =>
  queryOptions({
    queryKey: ["sessions", id],
    queryFn: ({ signal }) => all<Session>(`/api/v1/users/${encodeURIComponent(id)}/sessions`, signal),
  });

export const providers = queryOptions({
  queryKey: ["providers"],
  queryFn: ({ signal }) => get<Provider[]>("/api/v1/identity-providers", signal),
});

/** A part of the trail, newest first. */
interface Trail {
  items: Trailed[];
  next: number | null;
}

/** One event, by its number; `null` where there is none that one may see. */
export const trailed = (sequence: string) =>
  queryOptions({
    queryKey: ["audit", "one", sequence],
    queryFn: async ({ signal }) => {
      const path = address("/api/v1/audit", { limit: "1", cursor: String(Number(sequence) + 1) });
      const { items } = await get<Trail>(path, signal);
      return items.find((one) => String(one.sequence) === sequence) ?? null;
    },
  });

/** Of the trail what somebody did, what came to this, and what has this text in it. */
export const trail = (only: Pick<Place, "actor" | "outcome" | "find">) =>
  infiniteQueryOptions({
    queryKey: ["audit", only],
    queryFn: ({ pageParam, signal }) =>
      get<Trail>(address("/api/v1/audit", { limit: "100", ...only, cursor: pageParam?.toString() }), signal),
    initialPageParam: null as number | null,
    getNextPageParam: ({ next }) => next,
  });
