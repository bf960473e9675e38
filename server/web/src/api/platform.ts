/** What platform operators see to: tenants, processes, and what is on hold. Nothing of what is in a tenant is among it. */

import { queryOptions } from "@tanstack/react-query";
import { all, get } from "./client";
import type { House } from "./house";
import type { Told } from "./told";

export type Receipt = Told<"Receipt">;
export type Worker = Told<"WorkerSeen">;
export type Hold = Told<"Hold">;

export const tenants = queryOptions({
  queryKey: ["platform", "tenants"],
  queryFn: ({ signal }) => all<House>("/api/v1/tenants", signal),
});

export const workers = queryOptions({
  queryKey: ["platform", "workers"],
  queryFn: ({ signal }) => get<Worker[]>("/api/v1/platform/workers", signal),
  refetchInterval: 10_000,
});

export const platformHolds = queryOptions({
  queryKey: ["platform", "holds"],
  queryFn: ({ signal }) => get<Hold[]>("/api/v1/platform/jobs/holds", signal),
});

export const receipt = (tenant: string) =>
  queryOptions({
    queryKey: ["platform", "receipts", tenant],
    queryFn: ({ signal }) => get<Receipt>(`/api/v1/tenants/${encodeURIComponent(tenant)}/receipt`, signal),
    // While it is under way somebody looks on.
    refetchInterval: ({ state }) => (state.data?.done_at === null ? 3_000 : false),
  });
