/** Deliveries (docs/deliveries.md): what is handed to people and programs, where to, and how that went. */

import { queryOptions } from "@tanstack/react-query";
import { address, all, change, get } from "./client";
import type { Micros } from "./types";

/** How something is handed over, and to whom: a member's key, an address, a destination's name, a path in the tenant's storage. */
export type Channel = { notification: string } | { mail: string } | { destination: string } | { store: string };

export type DestinationKind = "webhook" | "slack" | "teams";

export interface Destination {
  name: string;
  kind: DestinationKind;
  host: string;
  has_secret: boolean;
  set_by: string;
  set_at: Micros;
  version: number;
}

/** What is left out stays. */
export interface NewDestination {
  kind: DestinationKind;
  url?: string;
  secret?: string;
}

export const DELIVERY_STATES = ["queued", "sending", "failed", "delivered", "dead", "cancelled"] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export interface Delivery {
  id: string;
  key: string;
  channel: Channel;
  subject: string;
  state: DeliveryState;
  reason: string;
  tries: number;
  tries_left: number;
  next_at: Micros | null;
  created_by: string;
  created_at: Micros;
  changed_at: Micros;
}

export interface Attempt {
  number: number;
  began_at: Micros;
  milliseconds: number | null;
  /** `delivered`, `again`, `unknown`, `never`, `interrupted`; empty while it is under way. */
  outcome: string;
  said: string;
}

const DESTINATIONS = "/api/v1/destinations";
const DELIVERIES = "/api/v1/deliveries";
const destinationPath = (name: string) => `${DESTINATIONS}/${encodeURIComponent(name)}`;
const deliveryPath = (id: string) => `${DELIVERIES}/${encodeURIComponent(id)}`;

export const destinations = queryOptions({
  queryKey: ["destinations"],
  queryFn: ({ signal }) => get<Destination[]>(DESTINATIONS, signal),
});

/** The newest first, though the server tells the oldest first. */
export const deliveries = (state?: string) =>
  queryOptions({
    queryKey: ["deliveries", state ?? null],
    queryFn: async ({ signal }) =>
      (await all<Delivery>(address(DELIVERIES, { state }), signal)).toSorted((a, b) => b.created_at - a.created_at),
  });

export const delivery = (id: string) =>
  queryOptions({
    queryKey: ["deliveries", "one", id],
    queryFn: ({ signal }) => get<{ delivery: Delivery; attempts: Attempt[] }>(deliveryPath(id), signal),
    // Who waits for one that was just asked for sees it come to its end, events or not.
    refetchInterval: ({ state }) => (["queued", "sending"].includes(state.data?.delivery.state ?? "") ? 3_000 : false),
  });

export const setDestination = (name: string, next: NewDestination, version?: number) =>
  change<Destination>("PUT", destinationPath(name), next, version);
export const removeDestination = (name: string) => change("DELETE", destinationPath(name));
export const tryDestination = (name: string) => change<Delivery>("POST", `${destinationPath(name)}/test`);
export const retryDelivery = (id: string) => change<Delivery>("POST", `${deliveryPath(id)}/retry`);
export const cancelDelivery = (id: string) => change<Delivery>("POST", `${deliveryPath(id)}/cancel`);
