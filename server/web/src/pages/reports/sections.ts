/** The sections of a report of the tenant's own: what one may show, how they are put in order, and what is missing in one. */

import { dayFrom } from "@/api/scope";
import type { Content, GivenValues, Period, PeriodUnit, Section, Shows } from "@/api/reports";
import type { GivenValue } from "@/api/sql";
import type { Day, Definition, Grain } from "@/api/types";
import { textOf, withType, wrongWith } from "@/explore/parameters";
import { t } from "@/texts/texts";

export const kinds = () =>
  [
    ["tiles", t("Figures: a tile each metric")],
    ["charts", t("Charts: metrics over time")],
    ["table", t("A table: metrics side by side")],
    ["pivot", t("A metric over time, in numbers")],
    ["query", t("The rows of a saved query")],
    ["text", t("Its text alone")],
    ["risks", t("The projects' risks")],
    ["forecasts", t("The newest forecasts")],
    ["coverage", t("What figures rest on")],
  ] as const;

export type Kind = ReturnType<typeof kinds>[number][0];

/** What the rows of a table may be. */
export const ROWS = ["team", "owning_team", "project", "repository"] as const;

/** The most sections that a report has, and metrics that one of them has. */
export const MOST = { sections: 40, metrics: 20 };

export function kindOf(shows: Shows): Kind {
  if (typeof shows === "string") return shows;
  return kinds().find(([kind]) => kind in shows)?.[0] ?? "text";
}

/** The metrics that a section shows, in their order. */
export function metricsOf(shows: Shows): string[] {
  if (typeof shows === "string" || "query" in shows) return [];
  if ("tiles" in shows) return shows.tiles;
  if ("coverage" in shows) return shows.coverage;
  if ("table" in shows) return shows.table.metrics;
  if ("pivot" in shows) return shows.pivot.metric ? [shows.pivot.metric] : [];
  return shows.charts.map(({ metric }) => metric);
}

/** Another kind of section of the same metrics, as far as it has any. */
export function shownAs(kind: Kind, before: Shows, known: readonly Definition[]): Shows {
  const metrics = metricsOf(before);
  if (kind === "text" || kind === "risks" || kind === "forecasts") return kind;
  if (kind === "tiles") return { tiles: metrics };
  if (kind === "coverage") return { coverage: metrics };
  if (kind === "charts") return { charts: metrics.map((metric) => ({ metric, by: null, shape: "line" })) };
  if (kind === "pivot") return { pivot: { metric: metrics[0] ?? "", by: null, cells: "values" } };
  if (kind === "query") return { query: { saved: "" } };
  return { table: { by: "team", metrics: told(metrics, "team", known) } };
}

/** Those of the metrics that can be told apart so. */
export const told = (metrics: readonly string[], by: string, known: readonly Definition[]): string[] =>
  metrics.filter((metric) => known.find(({ name }) => name === metric)?.dimensions.includes(by));

/** The same with one at another place; at a place that there is not, as it was. */
export function moved<T>(all: readonly T[], from: number, to: number): T[] {
  const one = all[from];
  if (one === undefined || to < 0 || to >= all.length) return [...all];
  return all.toSpliced(from, 1).toSpliced(to, 0, one);
}

/** What keeps a section from being one; `null` where nothing does. */
export function lacks({ title, text, shows }: Section): string | null {
  if (title.trim() === "") return t("It needs a heading.");
  const metrics = metricsOf(shows);
  if (metrics.length > MOST.metrics) return t("It may have up to {most} metrics.", { most: MOST.metrics });
  if (shows === "text") return text.trim() === "" ? t("It needs a text.") : null;
  if (typeof shows === "string") return null;
  if ("query" in shows) {
    if (shows.query.saved === "") return t("Choose a saved query.");
    const wrong = wrongOf(shows.query.params ?? {});
    return wrong === undefined ? null : t("{parameter} has no value that it takes.", { parameter: `$${wrong}` });
  }
  return metrics.length === 0 ? t("Choose a metric.") : null;
}

/** The first of the parameters that has no value that it takes. */
export const wrongOf = (params: GivenValues): string | undefined =>
  Object.entries<GivenValue>(params).find(([, given]) => {
    const { type, value } = withType(given);
    return wrongWith({ type, text: textOf(value), isNull: value === null }) !== null;
  })?.[0];

/** The saved queries that a report shows, by their keys, with the values that it first gives to their parameters. */
export function queriesOf({ sections }: Content): ReadonlyMap<string, GivenValues | undefined> {
  const queries = sections.flatMap(({ shows }) =>
    typeof shows === "object" && "query" in shows ? [[shows.query.saved, shows.query.params] as const] : [],
  );
  // Of several with one key the last would stay.
  return new Map(queries.toReversed());
}

const MONTHS: Partial<Record<PeriodUnit, number>> = { month: 1, quarter: 3, year: 12 };

/** The first day of the day, week, month, quarter or year that a day is in. */
function first(unit: PeriodUnit, day: Day): Day {
  const of = new Date(`${day}T00:00:00Z`);
  const months = MONTHS[unit];
  if (months === undefined) return unit === "day" ? day : dayFrom(day, -((of.getUTCDay() + 6) % 7));
  const month = Math.floor(of.getUTCMonth() / months) * months;
  return new Date(Date.UTC(of.getUTCFullYear(), month, 1)).toISOString().slice(0, 10);
}

/** So many of them before a first day. */
function before(unit: PeriodUnit, day: Day, count: number): Day {
  const months = MONTHS[unit];
  if (months === undefined) return dayFrom(day, -count * (unit === "day" ? 1 : 7));
  const of = new Date(`${day}T00:00:00Z`);
  return new Date(Date.UTC(of.getUTCFullYear(), of.getUTCMonth() - months * count, of.getUTCDate())).toISOString().slice(0, 10);
}

export interface Span {
  from: Day;
  until: Day;
}

/** The days that a period means today, as the server reads it. */
export function daysOf(period: Period, today: Day): Span {
  if ("days" in period) return period.days;
  if ("so_far" in period) return { from: first(period.so_far, today), until: dayFrom(today, 1) };
  const { count, unit } = "last" in period ? { count: 1, unit: period.last } : period.last_of;
  const until = first(unit, today);
  return { from: before(unit, until, count), until };
}

/** The days of the charts: so many steps that end with the period, and never fewer than it has. */
export function trendOf({ trend, grain }: { trend: number; grain: Grain }, { from, until }: Span): Span {
  const begins = before(grain, until, trend);
  return { from: begins < from ? begins : from, until };
}

/** What a report of one's own begins with: what is in the one that it was like, in words of its own. */
export const copied = (model: Content): Content => ({ ...model, sections: model.sections.map((section) => ({ ...section })) });
