/** Follows what happens in the tenant, and asks anew for what it changes. */

import type { QueryClient } from "@tanstack/react-query";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { get } from "./client";
import type { Event, Me } from "./types";

export type Live = "connecting" | "live" | "away";

const KINDS = [
  ...["queued", "running", "progress", "waiting", "failed", "paused", "succeeded", "cancelled", "dead"].map(
    (state) => `job.${state}`,
  ),
  ...["pending", "firing", "acknowledged", "cleared", "stopped"].map((state) => `alert.${state}`),
  ...["queued", "sending", "failed", "delivered", "dead", "cancelled"].map((state) => `delivery.${state}`),
  "report.stopped",
  "risk.changed",
  "message.received",
  "tenant.changed",
  "branding.changed",
  "session.ended",
  "notification.read",
];

/** Kinds of jobs after which figures are others. */
const CHANGES_FIGURES = new Set(["model", "forecast", "risk"]);
const SHOWS_DATA = ["dashboards", "evidence", "risk evidence", "what-if", "names", "mapping"];
const SHOWS_JOBS = ["jobs", "connections"];
const SHOWS_NEWS = ["notifications"];
/** What else the end of a job of a kind changes. */
const SHOWS_OF: Record<string, string[]> = { report: ["reports"], alert: ["alerts"], trial: ["trials"] };
/** What else happens that is a notification. */
const IS_NEWS = new Set(["notification.read", "message.received", "report.stopped", "risk.changed"]);

/** Which answers are no longer good after this event: the first parts of their keys, or `all`. */
export function outdated(event: Event): string[] | "all" {
  if (event.kind === "hello") return event.missed ? "all" : [];
  if (event.kind === "tenant.changed" || event.kind === "session.ended") return "all";
  if (event.kind === "job.succeeded" && CHANGES_FIGURES.has(event.detail?.kind ?? "")) return [...SHOWS_DATA, ...SHOWS_JOBS];
  if (IS_NEWS.has(event.kind)) return SHOWS_NEWS;
  if (event.kind === "branding.changed") return ["branding"];
  if (event.kind === "alert.stopped") return ["alerts", ...SHOWS_NEWS];
  if (event.kind.startsWith("alert.")) return ["alerts"];
  if (event.kind.startsWith("delivery.")) return ["deliveries"];
  if (!event.kind.startsWith("job.")) return [];
  const more = event.kind === "job.progress" ? [] : (SHOWS_OF[event.detail?.kind ?? ""] ?? []);
  return [...SHOWS_JOBS, ...more, ...(event.kind === "job.dead" ? SHOWS_NEWS : [])];
}

/** Follows until it is told to stop. A connection that the browser gave up is made again, later each time up to a minute. */
export function follow(client: QueryClient, tell: (state: Live) => void): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let [last, failures, stopped] = ["", 0, false];

  const hear = (message: MessageEvent<string>) => {
    last = message.lastEventId || last;
    failures = 0;
    tell("live");
    const event = JSON.parse(message.data) as Event;
    const old = outdated(event);
    // Whoever follows anew may be somebody else meanwhile.
    if (event.kind === "hello") void client.invalidateQueries({ queryKey: ["me"] });
    if (old === "all") void client.invalidateQueries();
    else for (const key of old) void client.invalidateQueries({ queryKey: [key] });
  };

  const open = () => {
    source = new EventSource(last ? `/api/v1/events?after=${encodeURIComponent(last)}` : "/api/v1/events");
    for (const kind of ["hello", ...KINDS]) source.addEventListener(kind, hear as (event: globalThis.Event) => void);
    source.onerror = () => {
      tell("away");
      // While it is connecting the browser tries by itself; closed means that it was refused, and does not say why. Where the session
      // ran out, whoever asks for anything renews it.
      if (source?.readyState !== EventSource.CLOSED) return;
      failures += 1;
      timer = setTimeout(
        () =>
          void get<Me>("/api/v1/me")
            .catch(() => undefined)
            .finally(() => !stopped && open()),
        Math.min(60_000, 1_000 * 2 ** failures) * (0.75 + Math.random() / 2),
      );
    };
  };
  open();
  return () => {
    stopped = true;
    clearTimeout(timer);
    source?.close();
  };
}

/** What happens in a tenant; a platform operator is in none. */
export function useLive(inTenant: boolean): Live {
  const client = useQueryClient();
  const [state, tell] = useState<Live>("connecting");
  useEffect(() => (inTenant ? follow(client, tell) : undefined), [client, inTenant]);
  return state;
}
