/** The questions that pages ask, with the keys that their answers are kept under. */

import { keepPreviousData, QueryClient, queryOptions } from "@tanstack/react-query";
import { address, get, Problem } from "./client";
import { asked, type Search } from "./scope";
import { standing } from "./standing";
import type {
  Connection,
  Dashboard,
  Definition,
  Dimension,
  EvidenceRow,
  Group,
  Health,
  ItemsBehind,
  Job,
  List,
  Me,
  Shown,
  Tenant,
} from "./types";

export function queryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 60_000,
        // What was refused stays refused; what did not get through, or found no room in the queue, is asked again.
        retry: (failures, error) =>
          failures < 3 && error instanceof Problem && (error.status === 0 || error.status === 429 || error.status >= 502),
        refetchOnWindowFocus: true,
      },
    },
  });
}

export const me = queryOptions({
  queryKey: ["me"],
  queryFn: async ({ signal }) => {
    const person = await get<Me>("/api/v1/me", signal);
    // Somebody signed in again, perhaps in another window.
    standing.ends(false);
    return person;
  },
});

export const tenant = queryOptions({
  queryKey: ["tenant"],
  queryFn: ({ signal }) => get<Tenant>("/api/v1/tenant", signal),
});

export const definitions = queryOptions({
  queryKey: ["definitions"],
  queryFn: async ({ signal }) => (await get<{ metrics: Definition[] }>("/api/v1/metrics", signal)).metrics,
  staleTime: Infinity,
});

/** Where a page is asked for: that of one project has it in its address, and is of no other. */
export function dashboardAt(page: string, search: Search): string {
  const [id] = search.project ?? [];
  return page === "project" && id !== undefined
    ? address(`/api/v1/dashboards/project/${encodeURIComponent(id)}`, asked({ ...search, project: undefined }))
    : address(`/api/v1/dashboards/${page}`, asked(search));
}

export const dashboard = (page: string, search: Search) =>
  queryOptions({
    queryKey: ["dashboards", page, asked(search)],
    queryFn: ({ signal }) => get<Dashboard>(dashboardAt(page, search), signal),
    // While another span is on its way the one before stays, dimmed: a page that goes blank loses its reader.
    placeholderData: keepPreviousData,
  });

export const evidence = (href: string) =>
  queryOptions({
    queryKey: ["evidence", href],
    queryFn: ({ signal }) => get<EvidenceRow[]>(href, signal),
  });

/** The items behind a number of a forecast or a milestone. */
export const itemsBehind = (href: string) =>
  queryOptions({
    queryKey: ["evidence", href],
    queryFn: ({ signal }) => get<ItemsBehind>(href, signal),
  });

/** The rows that show what a rule found; what is found of a team counts to no project. */
export const riskEvidence = (rule: string, subject: string, project: string | null) => {
  const of = new URLSearchParams({ rule, subject });
  if (project !== null) of.set("project", project);
  return queryOptions({
    queryKey: ["risk evidence", rule, subject, project],
    queryFn: async ({ signal }) => (await get<{ rows: Shown[] }>(`/api/v1/risks/evidence?${of.toString()}`, signal)).rows,
  });
};

/** A metric that everything of a dimension has: who is there is read from its groups. */
const NAMING: Record<Dimension | "kind", string> = {
  project: "throughput",
  team: "change_lead_time",
  owning_team: "throughput",
  repository: "deployment_frequency",
  kind: "throughput",
};

/** What a page can be limited to, and the types of work items. */
export const names = (dimension: Dimension | "kind") =>
  queryOptions({
    queryKey: ["names", dimension],
    queryFn: async ({ signal }) => {
      const path = address(`/api/v1/metrics/${NAMING[dimension]}`, { by: dimension, grain: "month" });
      const { groups } = await get<{ groups: Group[] }>(path, signal);
      return groups.flatMap(({ key, name }) => (key === null ? [] : [{ id: key, name: name ?? key }]));
    },
    staleTime: 600_000,
  });

export const jobs = queryOptions({
  queryKey: ["jobs"],
  queryFn: ({ signal }) => get<List<Job>>("/api/v1/jobs?limit=200", signal),
});

export const connections = queryOptions({
  queryKey: ["connections"],
  queryFn: ({ signal }) => get<List<Connection>>("/api/v1/connections?limit=200", signal),
});

export const health = (name: string) =>
  queryOptions({
    queryKey: ["connections", name],
    queryFn: ({ signal }) => get<Health>(`/api/v1/connections/${encodeURIComponent(name)}/health`, signal),
  });
