/** Forecasts of what is supposed (docs/forecasting.md#what-if), which are not kept. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { ask } from "./client";
import { isDay } from "./scope";
import type { Day, Filter, Forecast } from "./types";

/** What is forecast: one thing, or all items that a filter leaves. */
export type About = { kind: Forecast["subject_kind"]; id: string; due: Day | null } | { kind: "items"; filter: Filter };

/** What is supposed to be otherwise. */
export interface Supposed {
  /** Items more, or fewer, than are open. */
  scope: number;
  /** What a day's work is multiplied by. */
  pace: number;
  /** So many people instead of those who work on it, which stands in the place of a pace; `null` is whoever does. */
  people: Staffing | null;
  /** How many items may be in progress at once; `null` is as many as there are. */
  wip_limit: number | null;
  /** The first day that is worked on it; `null` is today. */
  start: Day | null;
  /** `false`: what is open now is all. */
  growth: boolean;
  /** The day by which it is to be done; `null` is the one that it is due on. */
  due: Day | null;
  /** A day: how many will be done by its end? */
  by: Day | null;
}

/** How many people work on it, and how many would. */
export interface Staffing {
  from: number;
  to: number;
}

/** From the slowest to the fastest that can be supposed. */
export const PACES = [0.25, 2] as const;
/** So many people can be supposed at most. */
export const MOST_PEOPLE = 999;
const MOST_ITEMS = 100_000;

export const AS_IT_IS: Supposed = {
  scope: 0,
  pace: 1,
  people: null,
  wip_limit: null,
  start: null,
  growth: true,
  due: null,
  by: null,
};

const NUMBERS = { scope: "scope", pace: "pace", limit: "wip_limit" } as const;
const DAYS = ["start", "due", "by"] as const;

/** What is supposed, as it stands in an address: `scope~5~due~2027-01-01`; nothing where all is as it is. */
export function saidOf(supposed: Supposed): string {
  const numbers = Object.entries(NUMBERS).filter(([, name]) => supposed[name] !== AS_IT_IS[name]);
  const days = DAYS.filter((name) => supposed[name] !== null);
  return [
    ...numbers.flatMap(([said, name]) => [said, String(supposed[name])]),
    ...(supposed.people ? ["people", `${supposed.people.from.toString()}-${supposed.people.to.toString()}`] : []),
    ...days.flatMap((name) => [name, supposed[name] ?? ""]),
    ...(supposed.growth ? [] : ["growth", "no"]),
  ].join("~");
}

/** The other way. What makes no sense is as it is. */
export function supposedOf(said: string): Supposed {
  const parts = said.split("~");
  const of = new Map(parts.flatMap((part, at) => (at % 2 === 0 ? [[part, parts[at + 1] ?? ""] as const] : [])));
  const number = (name: string, least: number, most: number) => {
    const value = Number(of.get(name) ?? NaN);
    return value >= least && value <= most ? value : null;
  };
  const [from = NaN, to = NaN] = (of.get("people") ?? "").split("-").map(Number);
  const arePeople = [from, to].every((count) => Number.isInteger(count) && count >= 1 && count <= MOST_PEOPLE);
  const day = (name: string) => {
    const day = of.get(name) ?? "";
    return isDay(day) ? day : null;
  };
  return {
    scope: number("scope", -MOST_ITEMS, MOST_ITEMS) ?? AS_IT_IS.scope,
    pace: (arePeople ? null : number("pace", ...PACES)) ?? AS_IT_IS.pace,
    people: arePeople ? { from, to } : null,
    wip_limit: number("limit", 1, MOST_ITEMS),
    start: day("start"),
    growth: of.get("growth") !== "no",
    due: day("due"),
    by: day("by"),
  };
}

/** By what something is found in an address. */
export const keyOf = (about: About): string => (about.kind === "items" ? about.kind : `${about.kind}:${about.id}`);

export interface WhatIfAnswer {
  made_on: Day;
  remaining: number;
  /** How many items are in progress on average. */
  in_progress: number | null;
  done_on: Record<"p50" | "p70" | "p85" | "p95", Day | null> | null;
  due_on: Day | null;
  due_probability: number | null;
  /** How many items will be done, at least, by the day that was asked for. */
  done_by: Record<"p50" | "p70" | "p85" | "p95", number> | null;
  reason: string | null;
}

/** What a day's work is multiplied by: each of other people is supposed to do as much. */
export const paceOf = ({ pace, people }: Supposed) => (people ? people.to / people.from : pace);

/** A thing, by the day that it is due on. */
export const thingOf = ({ subject_kind: kind, subject_id: id, due_on: due }: Forecast): About => ({ kind, id, due });

export const whatIf = (about: About, supposed: Supposed) => {
  const due = supposed.due ?? ("due" in about ? about.due : null);
  // What is not said is as it is. People stand in the place of a pace.
  const pace = supposed.people ? null : supposed.pace;
  const said = Object.entries({ ...about, ...supposed, pace, due }).filter(([, value]) => value !== null);
  const body = Object.fromEntries(said);
  return queryOptions({
    queryKey: ["what-if", body],
    queryFn: async ({ signal }) => {
      const headers = { "Content-Type": "application/json" };
      const answer = await ask("/api/v1/forecasts/what-if", { method: "POST", headers, body: JSON.stringify(body), signal });
      return (await answer.json()) as WhatIfAnswer;
    },
    // While another is computed the one before stays: sliders are moved in steps.
    placeholderData: keepPreviousData,
    staleTime: 600_000,
  });
};
