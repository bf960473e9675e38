/** What connections, jobs, schedules and hooks are (docs/connections.md, docs/jobs-orchestration.md), and what is told of them. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { t } from "@/texts/texts";
import { address, all, get } from "./client";
import type { Event, Job, JobState, List, Micros } from "./types";
import type { Sent, Told } from "./told";

export type Source = Told<"Connection">;

export type When = Told<"When">;
/** What a job is given is a matter of its kind, and may be nothing. */
export type Schedule = Omit<Told<"Schedule">, "input"> & { input: unknown };
export type Hook = Omit<Told<"Hook">, "input">;

/** What is told of something, by the kind of event. */
type Detail = Partial<Record<"kind" | "subject" | "run" | "reason" | "why" | "text" | "key" | "project" | "to" | "rule", string>>;

export interface Notification extends Event {
  at: Micros;
  subject: string;
  detail: Detail | null;
  read_at: Micros | null;
}

/** What there is to be done, as jobs call it, and what a person would. */
export const KINDS: Record<string, string> = {
  land: t("Read a connection"),
  map: t("Map what was read"),
  model: t("Make the facts"),
  trial: t("Try what would change"),
  forecast: t("Freeze forecasts"),
  risk: t("Freeze risks"),
  report: t("Make the report"),
  alert: t("Look at the alert rules"),
  deliver: t("Hand over a message"),
  compact: t("Tidy up tables"),
  vacuum: t("Delete old files"),
  erase: t("Erase a tenant"),
};

/** A job in a person's words, with what it is about. */
export function workWords(kind: string, subject: string): string {
  // A key is nothing that a person reads.
  const about = /^(delivery|report)_/.test(subject) ? "" : subject;
  if (kind === "land" && about) return t("Read {about}", { about });
  const work = KINDS[kind] ?? kind;
  return about ? t("{work} {about}", { work, about }) : work;
}

export const source = (name: string) =>
  queryOptions({
    queryKey: ["connections", name, "settings"],
    queryFn: ({ signal }) => get<Source>(`/api/v1/connections/${encodeURIComponent(name)}`, signal),
  });

export const schedules = queryOptions({
  queryKey: ["jobs", "schedules"],
  queryFn: ({ signal }) => get<Schedule[]>("/api/v1/schedules", signal),
});

export const hooks = queryOptions({
  queryKey: ["hooks"],
  queryFn: ({ signal }) => all<Hook>("/api/v1/hooks", signal),
});

/** The jobs that stand in a state, or all of them: the newest first, a page at a time. */
export const jobsIn = (state: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ["jobs", "in", state ?? null],
    queryFn: ({ pageParam, signal }) =>
      get<List<Job>>(address("/api/v1/jobs", { limit: "100", state, cursor: pageParam ?? undefined }), signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });

/** How a job came to where it stands, the first step first. */
export const jobSteps = (id: string) =>
  queryOptions({
    queryKey: ["jobs", "steps", id],
    queryFn: async ({ signal }) => (await get<{ steps: Told<"Step">[] }>(`/api/v1/jobs/${encodeURIComponent(id)}`, signal)).steps,
  });

/** The jobs of one chain: a reading, and what follows it. */
export const chain = (run: string) =>
  queryOptions({
    queryKey: ["jobs", "run", run],
    queryFn: async ({ signal }) => (await get<List<Job>>(`/api/v1/jobs?limit=50&run=${encodeURIComponent(run)}`, signal)).items,
  });

const OVER: readonly JobState[] = ["succeeded", "cancelled", "dead"];

/** Whether nothing more comes of a chain by itself: what follows a job is asked for in the moment in which that one is over. */
export const over = (jobs: readonly Job[]) => jobs.every(({ state }) => OVER.includes(state));

export const notifications = queryOptions({
  queryKey: ["notifications"],
  queryFn: async ({ signal }) => (await get<List<Notification>>("/api/v1/notifications?limit=100", signal)).items,
});

export type Topic = Sent<"Topic">;

/** What whoever is signed in chose not to be told. */
export const muted = queryOptions({
  queryKey: ["notifications", "muted"],
  queryFn: async ({ signal }) => (await get<Sent<"Muted">>("/api/v1/notifications/muted", signal)).topics,
});
