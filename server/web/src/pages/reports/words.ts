/** What is known of reports, in words. */

import type { Changes, Content, FileFormat, Language, Period, PeriodUnit, Shows } from "@/api/reports";
import { dayFrom, dimensionWords } from "@/api/scope";
import type { Grain } from "@/api/types";
import type { Format } from "@/design/format";
import { many, t } from "@/texts/texts";

export const formats = (): readonly (readonly [FileFormat, string, string])[] => [
  ["pdf", t("PDF"), t("pages, to print and to hand on")],
  ["xlsx", t("Excel"), t("a sheet a section, with charts")],
  ["html", t("HTML"), t("one page: the letter that goes out by mail")],
  ["text", t("Text"), t("plain, what stands beside that in a mail")],
  ["png", t("Picture"), t("a card with the first figures, for mails and chats")],
  ["csv", t("CSV"), t("all tables, in an archive")],
  ["parquet", t("Parquet"), t("all tables, in an archive")],
  ["json", t("JSON"), t("everything, for programs")],
];

export const formatName = (format: FileFormat): string => formats().find(([one]) => one === format)?.[1] ?? format;

/** A unit by itself, and several of it. */
export const UNITS: Record<PeriodUnit, { one: () => string; several: () => string }> = {
  day: { one: () => t("day"), several: () => t("days") },
  week: { one: () => t("week"), several: () => t("weeks") },
  month: { one: () => t("month"), several: () => t("months") },
  quarter: { one: () => t("quarter"), several: () => t("quarters") },
  year: { one: () => t("year"), several: () => t("years") },
};

const LAST: Record<PeriodUnit, () => string> = {
  day: () => t("the last whole day"),
  week: () => t("the last whole week"),
  month: () => t("the last whole month"),
  quarter: () => t("the last whole quarter"),
  year: () => t("the last whole year"),
};

const LAST_OF: Record<PeriodUnit, (count: number) => string> = {
  day: (count) => many(count, { one: "the last {count} whole day", other: "the last {count} whole days" }),
  week: (count) => many(count, { one: "the last {count} whole week", other: "the last {count} whole weeks" }),
  month: (count) => many(count, { one: "the last {count} whole month", other: "the last {count} whole months" }),
  quarter: (count) => many(count, { one: "the last {count} whole quarter", other: "the last {count} whole quarters" }),
  year: (count) => many(count, { one: "the last {count} whole year", other: "the last {count} whole years" }),
};

const SO_FAR: Record<PeriodUnit, () => string> = {
  day: () => t("this day, so far"),
  week: () => t("this week, so far"),
  month: () => t("this month, so far"),
  quarter: () => t("this quarter, so far"),
  year: () => t("this year, so far"),
};

export function periodWords(period: Period, format: Format): string {
  if ("last" in period) return LAST[period.last]();
  if ("last_of" in period) return LAST_OF[period.last_of.unit](period.last_of.count);
  if ("so_far" in period) return SO_FAR[period.so_far]();
  return t("{from} to {until}", { from: format.day(period.days.from), until: format.day(dayFrom(period.days.until, -1)) });
}

/** How long its steps are, which is how often one would make it. */
export function rhythm(period: Period): PeriodUnit {
  if ("last" in period) return period.last;
  if ("last_of" in period) return period.last_of.unit;
  return "so_far" in period ? period.so_far : "month";
}

/** When a report of such a period is worth making: just after it is over. */
export const PROPOSED: Record<PeriodUnit, string> = {
  day: "30 6 * * mon-fri",
  week: "0 7 * * mon",
  month: "0 6 1 * *",
  quarter: "0 6 1 1,4,7,10 *",
  year: "0 6 1 1,4,7,10 *",
};

/** What a section shows. `titleOf` gives a metric's title. */
export function showsWords(shows: Shows, titleOf: (metric: string) => string): string {
  const list = (metrics: readonly string[]) => metrics.map(titleOf).join(", ");
  const apart = ({ metric, by }: { metric: string; by: string | null }) =>
    by ? t("{title} by {dimension}", { title: titleOf(metric), dimension: dimensionWords(by) }) : titleOf(metric);
  if (shows === "text") return t("its text alone");
  if (shows === "risks") return t("the projects' risks, with what was found");
  if (shows === "forecasts") return t("the newest forecasts");
  if ("tiles" in shows) return t("figures: {metrics}", { metrics: list(shows.tiles) });
  if ("table" in shows) {
    const { by, metrics } = shows.table;
    return t("a row each {dimension}: {metrics}", { dimension: dimensionWords(by), metrics: list(metrics) });
  }
  if ("query" in shows) return t("the rows of a saved query");
  if ("pivot" in shows) {
    const metric = apart(shows.pivot);
    return shows.pivot.cells === "changes"
      ? t("changes over time: {metric}", { metric })
      : t("numbers over time: {metric}", { metric });
  }
  if ("coverage" in shows) return t("what the figures rest on: {metrics}", { metrics: list(shows.coverage) });
  return t("charts: {metrics}", { metrics: shows.charts.map(apart).join(", ") });
}

/** What is changed, without what says nothing: a title that is only white space, an empty list. */
export function tidied({ title, period, scope, time_zone, language, params }: Changes): Changes {
  const named = Object.fromEntries(Object.entries(scope ?? {}).filter(([, ids]) => ids.length > 0));
  return {
    ...(title?.trim() && { title: title.trim() }),
    ...(period && { period }),
    ...(Object.keys(named).length > 0 && { scope: named }),
    ...(time_zone?.trim() && { time_zone: time_zone.trim() }),
    ...(language && { language }),
    ...(params && Object.keys(params).length > 0 && { params }),
  };
}

export const languages = (): readonly (readonly [Language, string])[] => [
  ["en", t("English")],
  ["de", t("German")],
];

export const languageName = (language: Language): string => languages().find(([one]) => one === language)?.[1] ?? language;

const TREND: Record<Grain, (steps: number) => string> = {
  day: (steps) => many(steps, { one: "{count} day, up to its end", other: "{count} days, up to its end" }),
  week: (steps) => many(steps, { one: "{count} week, up to its end", other: "{count} weeks, up to its end" }),
  month: (steps) => many(steps, { one: "{count} month, up to its end", other: "{count} months, up to its end" }),
};

/** The steps of its charts. */
export const trendWords = ({ trend, grain }: Content): string => TREND[grain](trend);
