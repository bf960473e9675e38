/** Renders as the page does: with a router at an address, answers of the API, and a locale. */

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { configure, render, type RenderResult } from "@testing-library/react";
import { readFileSync } from "node:fs";
import type { ReactNode } from "react";
import { vi } from "vitest";
import { parseSearch, search, stringifySearch } from "@/api/scope";
import { routes } from "@/router";

// A machine with much to do takes its time; nothing here says how long.
configure({ asyncUtilTimeout: 30_000 });

/** A part by itself, at the address `/`. */
export const shown = async (part: ReactNode): Promise<RenderResult> => placed(part);

/** A part by itself at an address, and its router. */
export async function placed(part: ReactNode, address = "/") {
  const root = createRootRoute({ component: () => part, validateSearch: search });
  const history = createMemoryHistory({ initialEntries: [address] });
  const router = createRouter({ routeTree: root, history, parseSearch, stringifySearch });
  await router.load();
  const view = render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      {/* The router of a part has one route, that of the page many. */}
      <RouterProvider router={router as never} />
    </QueryClientProvider>,
  );
  return { ...view, router };
}

export const recorded = (name: string): string => readFileSync(`tests/recorded/${name}.json`, "utf8");

const answer = (body: string, status = 200) => new Response(body, { status, headers: { "Content-Type": "application/json" } });

/** Answers requests by their paths, or by folders of them; what is not named here is not there. */
export function answers(
  by: Record<string, string | [number, string] | ((path: string, method: string) => string | [number, string])>,
) {
  const fetched = vi.fn((asked: RequestInfo | URL, init?: RequestInit) => {
    const path = typeof asked === "string" ? asked : asked instanceof URL ? asked.href : asked.url;
    const hit = Object.entries(by).find(([name]) =>
      name.endsWith("/") ? path.startsWith(name) : path.split("?")[0] === name,
    )?.[1];
    if (hit === undefined) return Promise.resolve(answer(`{"title":"Not there","detail":"${path}","code":"not-found"}`, 404));
    const told = typeof hit === "function" ? hit(path, init?.method ?? "GET") : hit;
    return Promise.resolve(typeof told === "string" ? answer(told) : answer(told[1], told[0]));
  });
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

/** What was asked for that changes something: how, where, with what, and by which version it was read. */
export const changes = (fetched: { mock: { calls: unknown[][] } }) =>
  (fetched.mock.calls as [string, { method?: string; body?: string; headers?: Headers } | undefined][]).flatMap(([path, init]) =>
    init?.method === undefined
      ? []
      : [
          {
            method: init.method,
            path,
            body: JSON.parse(init.body ?? "null") as unknown,
            version: init.headers?.get("If-Match") ?? null,
          },
        ],
  );

/** What the API says in a tenant with data. */
export const DEMO = {
  ...Object.fromEntries(
    ["overview", "dora", "flow", "change", "reliability", "projects", "teams", "forecast"].map((page) => [
      `/api/v1/dashboards/${page}`,
      recorded(page),
    ]),
  ),
  "/api/v1/dashboards/project/": recorded("project"),
  "/api/v1/flow/cycle-times": recorded("cycle-times"),
  "/api/v1/flow/ageing": recorded("ageing"),
  "/api/v1/flow/cumulative": recorded("cumulative"),
  "/api/v1/metrics/incident_recovery_time/evidence": recorded("incidents"),
  "/api/v1/metrics/incident_recovery_time": recorded("recoveries"),
  "/api/v1/metrics/open_incidents/evidence": "[]",
  "/api/v1/metrics/batch_size": recorded("batch-size"),
  "/api/v1/metrics/batch_size/evidence": recorded("batches"),
  "/api/v1/metrics/change_fail_rate": recorded("deployments"),
  "/api/v1/metrics/change_lead_time": (path: string) =>
    path.includes("from=") ? recorded("services") : '{"groups":[{"key":"p:1","name":"Shop"},{"key":"p:2","name":"Payments"}]}',
  "/api/v1/tenant": recorded("tenant"),
  "/api/v1/me":
    '{"user":{"id":"u","email":"r@example.com","name":"Robin Vale"},"tenant":"demo","permissions":["jobs:read","jobs:manage","sql:run"],"tenants":["demo"]}',
  "/api/v1/jobs": recorded("jobs"),
  "/api/v1/connections": recorded("connections"),
  "/api/v1/connections/": recorded("health"),
  "/api/v1/metrics/change_lead_time/evidence": recorded("evidence"),
  "/api/v1/metrics/": '{"groups":[{"key":"p:1","name":"Shop"},{"key":"p:2","name":"Payments"}]}',
  "/api/v1/metrics": recorded("metrics"),
  "/api/v1/catalog": recorded("catalog"),
  "/api/v1/queries": recorded("queries"),
};

/** The whole page at an address, and its router. */
export async function visited(path: string, by: Parameters<typeof answers>[0] = DEMO) {
  const fetched = answers(by);
  vi.stubGlobal("EventSource", FollowsNothing);
  const history = createMemoryHistory({ initialEntries: [path] });
  const router = createRouter({ routeTree: routes, history, parseSearch, stringifySearch });
  await router.load();
  const view = render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Infinity } } })}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  return { ...view, router, fetched };
}

class FollowsNothing {
  static readonly CLOSED = 2;
  readonly readyState = 1;
  onerror: (() => void) | null = null;
  addEventListener() {
    // Nothing happens.
  }
  close() {
    // Nothing is open.
  }
}
