/** Deliveries (docs/deliveries.md): what is handed to people and programs, where to, and how that went. */

import { queryOptions } from "@tanstack/react-query";
import { address, all, change, get } from "./client";
import type { Sent, Told } from "./told";

/** How something is handed over, and to whom: a member's key, an address, a destination's name, a path in the tenant's storage. */
export type Channel = Told<"Channel">;
export type DestinationKind = Told<"DestinationKind">;
export type Destination = Told<"Destination">;

/** What is left out stays. */
export type NewDestination = Sent<"SetDestination">;

export const DELIVERY_STATES = ["queued", "sending", "failed", "delivered", "dead", "cancelled"] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export type Delivery = Told<"Delivery">;
export type Attempt = Told<"Attempt">;

const DESTINATIONS = "/api/v1/destinations";
const DELIVERIES = "/api/v1/deliveries";
const destinationPath = (name: string) => `${DESTINATIONS}/${encodeURIComponent(name)}`;
const deliveryPath = (id: string) => `${DELIVERIES}/${encodeURIComponent(id)}`;

export const destinations = queryOptions({
  queryKey: ["destinations"],
  queryFn: ({ signal }) => get<Destination[]>(DESTINATIONS, signal),
});

/** The newest first. */
export const deliveries = (state?: string) =>
  queryOptions({
    queryKey: ["deliveries", state ?? null],
    queryFn: ({ signal }) => all<Delivery>(address(DELIVERIES, { state }), signal),
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
