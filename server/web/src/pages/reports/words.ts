/** What is known of reports, in words. */

import type { Changes, Content, FileFormat, Language, Period, PeriodUnit, Shows } from "@/api/reports";
import { dimensionWords } from "@/api/scope";
import type { Format } from "@/design/format";

export const FORMATS: readonly (readonly [FileFormat, string, string])[] = [
  ["pdf", "PDF", "pages, to print and to hand on"],
  ["xlsx", "Excel", "a sheet a section, with charts"],
  ["html", "HTML", "one page: the letter that goes out by mail"],
  ["text", "Text", "plain, what stands beside that in a mail"],
  ["png", "Picture", "a card with the first figures, for mails and chats"],
  ["csv", "CSV", "all tables, in an archive"],
  ["parquet", "Parquet", "all tables, in an archive"],
  ["json", "JSON", "everything, for programs"],
];

export const formatName = (format: FileFormat): string => FORMATS.find(([one]) => one === format)?.[1] ?? format;

export const UNITS: readonly PeriodUnit[] = ["day", "week", "month", "quarter", "year"];

export function periodWords(period: Period, format: Format): string {
  if ("last" in period) return `the last whole ${period.last}`;
  if ("last_of" in period) return `the last ${period.last_of.count} whole ${period.last_of.unit}s`;
  if ("so_far" in period) return `this ${period.so_far}, so far`;
  return `${format.day(period.days.from)} to before ${format.day(period.days.until)}`;
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
  if (shows === "text") return "its text alone";
  if (shows === "risks") return "the projects' risks, with what was found";
  if (shows === "forecasts") return "the newest forecasts";
  if ("tiles" in shows) return `figures: ${list(shows.tiles)}`;
  if ("table" in shows) return `a row each ${dimensionWords(shows.table.by)}: ${list(shows.table.metrics)}`;
  if ("query" in shows) return "the rows of a saved query";
  if ("pivot" in shows) {
    const { metric, by, cells } = shows.pivot;
    return `${cells === "changes" ? "changes" : "numbers"} over time: ${titleOf(metric)}${by ? ` by ${dimensionWords(by)}` : ""}`;
  }
  if ("coverage" in shows) return `what the figures rest on: ${list(shows.coverage)}`;
  return `charts: ${shows.charts.map(({ metric, by }) => `${titleOf(metric)}${by ? ` by ${dimensionWords(by)}` : ""}`).join(", ")}`;
}

/** What is changed, without what says nothing: a title that is only white space, an empty list. */
export function tidied({ title, period, scope, time_zone, language }: Changes): Changes {
  const named = Object.fromEntries(Object.entries(scope ?? {}).filter(([, ids]) => ids.length > 0));
  return {
    ...(title?.trim() && { title: title.trim() }),
    ...(period && { period }),
    ...(Object.keys(named).length > 0 && { scope: named }),
    ...(time_zone?.trim() && { time_zone: time_zone.trim() }),
    ...(language && { language }),
  };
}

export const LANGUAGES: readonly (readonly [Language, string])[] = [
  ["en", "English"],
  ["de", "German"],
];

export const languageName = (language: Language): string => LANGUAGES.find(([one]) => one === language)?.[1] ?? language;

/** The steps of its charts. */
export const trendWords = ({ trend, grain }: Content): string => `${trend} ${grain}${trend === 1 ? "" : "s"}`;
