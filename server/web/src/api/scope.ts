/** What a page is asked for. All of it stands in the address of the page, so that a link shows the same to whoever opens it. */

import { t } from "@/texts/texts";
import type { Params } from "./client";
import type { Compare, Day, Dimension, Filter, Grain } from "./types";

/** What a page can be limited to: `team` is of who made it, `owning_team` of who owns the project. */
export const DIMENSIONS: readonly Dimension[] = ["project", "team", "owning_team", "repository"];
export const GRAINS: readonly Grain[] = ["day", "week", "month"];
export const COMPARES: readonly Compare[] = ["previous", "year_ago", "target"];

export interface Scope {
  from?: Day | undefined;
  until?: Day | undefined;
  grain?: Grain | undefined;
  compare?: Compare | undefined;
  project?: string[] | undefined;
  team?: string[] | undefined;
  owning_team?: string[] | undefined;
  repository?: string[] | undefined;
}

export interface Search extends Scope {
  /** The evidence that is open beside the page: an address below /api/v1/metrics. */
  evidence?: string | undefined;
  /** Of tables by their names: how each is sorted, `by_team~throughput~down`, which columns are left out of it, `by_team~throughput`, and
   * what is looked for in it, `by_team~shop`. */
  sort?: string[] | undefined;
  hide?: string[] | undefined;
  rows?: string[] | undefined;
  /** The charts that are shown as tables, by their names. */
  table?: string[] | undefined;
  /** Of charts by their names: on which axis they are where somebody chose one, `cycle-times~log` or `cycle-times~even`. */
  axis?: string[] | undefined;
  /** Of forecasts that are looked at otherwise, by what they are of: what is supposed, `epic:a~scope~5~pace~1.5`; nothing, `epic:a~`. */
  suppose?: string[] | undefined;
  /** The year of the survey that figures are held against, and the metric that is shown over all repositories: on DORA. */
  survey?: string | undefined;
  services?: string | undefined;
  /** Of which items it is asked when all will be done: their class, type and label; on Forecast. */
  work?: string | undefined;
  type?: string | undefined;
  label?: string | undefined;
  /** A statement, on the page that asks one's own questions, with what was typed for its parameters. */
  sql?: string | undefined;
  params?: string | undefined;
  /** What is shown there below the statement, where that is not its rows. */
  tab?: Tab | undefined;
  /** How its rows are drawn where somebody chose that: the form, the column along the axis and those of the values, `line~0~2~3`. */
  chart?: string | undefined;
}

/** What is shown below a statement. */
export const TABS = ["rows", "chart", "plan", "history", "saved", "now"] as const;
export type Tab = (typeof TABS)[number];

const dimensionNames = (): Readonly<Record<string, readonly [one: string, several: string]>> => ({
  repository: [t("repository"), t("repositories")],
  project: [t("project"), t("projects")],
  team: [t("team"), t("teams")],
  owning_team: [t("owning team"), t("owning teams")],
  class: [t("class"), t("classes")],
  kind: [t("kind"), t("kinds")],
  label: [t("label"), t("labels")],
  severity: [t("severity"), t("severities")],
  stage: [t("stage"), t("stages")],
});

/** What people call what figures are told apart by: `owning team`. What the page does not know is called as the server calls it. */
export const dimensionWords = (dimension: string): string => dimensionNames()[dimension]?.[0] ?? dimension.replaceAll("_", " ");

/** Several of them: `repositories`. */
export const dimensionsWords = (dimension: string): string => dimensionNames()[dimension]?.[1] ?? dimension.replaceAll("_", " ");

const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** A day that there is: no calendar has a 30th of February, and the API takes none. */
export const isDay = (text: string) => DAY.test(text) && !Number.isNaN(Date.parse(text)) && dayFrom(text, 0) === text;
const YEAR = /^20\d{2}$/;
const METRIC = /^[a-z0-9_]+$/;
/** What stands in the address of tables and charts. A name of one has no `~` in it; what a column is called, or is typed, may have. */
const TABLES = {
  sort: /^[^~]+~.+~(up|down)$/s,
  hide: /^[^~]+~.+$/s,
  rows: /^[^~]+~.+$/s,
  table: /^[^~]+$/,
  axis: /^[^~]+~(log|even)$/,
  suppose:
    /^[^~]+~(((scope~-?\d{1,6}|pace~\d(\.\d\d?)?|people~\d{1,3}-\d{1,3}|limit~\d{1,5}|(start|due|by)~\d{4}-\d{2}-\d{2}|growth~no)(~(?=.)|$))*)$/,
} as const;
const CHART = /^(line|bar|scatter)~\d{1,3}(~\d{1,3}){0,6}$/;
const MOST = 300;
/** Only rows behind metrics are opened from an address: a link cannot make the page ask for anything else. */
export const EVIDENCE = /^\/api\/v1\/metrics\/([a-z0-9_.]+)\/evidence(\?.*)?$/;

/** Where nothing was found. The router puts what is read over what stood in the address: only what is named here is gone from there. */
const NOTHING: Readonly<Record<keyof Search, undefined>> = {
  from: undefined,
  until: undefined,
  grain: undefined,
  compare: undefined,
  project: undefined,
  team: undefined,
  owning_team: undefined,
  repository: undefined,
  evidence: undefined,
  sort: undefined,
  hide: undefined,
  rows: undefined,
  table: undefined,
  axis: undefined,
  suppose: undefined,
  survey: undefined,
  services: undefined,
  work: undefined,
  type: undefined,
  label: undefined,
  sql: undefined,
  params: undefined,
  tab: undefined,
  chart: undefined,
};

/** Reads an address. What makes no sense in it is left out. */
export function search(raw: Record<string, unknown>): Search {
  const text = (name: string) => (typeof raw[name] === "string" ? raw[name] : undefined);
  const found: Search = { ...NOTHING };
  const texts = (name: string) =>
    [raw[name]].flat().filter((value): value is string => typeof value === "string" && value !== "");
  const [from, until, evidence] = [text("from"), text("until"), text("evidence")];
  if (from && isDay(from)) found.from = from;
  if (until && isDay(until)) found.until = until;
  if (evidence && EVIDENCE.test(evidence)) found.evidence = evidence;
  for (const [name, shape] of Object.entries(TABLES)) {
    const said = texts(name).filter((one) => one.length <= MOST && shape.test(one));
    if (said.length > 0) found[name as keyof typeof TABLES] = said;
  }
  const [survey, services] = [text("survey"), text("services")];
  if (survey && YEAR.test(survey)) found.survey = survey;
  if (services && METRIC.test(services)) found.services = services;
  for (const name of ["work", "type", "label"] as const) {
    const said = text(name);
    if (said && said.length <= MOST) found[name] = said;
  }
  const [sql, params] = [text("sql"), text("params")];
  if (sql) found.sql = sql;
  if (params) found.params = params;
  const tab = TABS.find((tab) => tab === raw.tab);
  if (tab && tab !== TABS[0]) found.tab = tab;
  const chart = text("chart");
  if (chart && CHART.test(chart)) found.chart = chart;
  const grain = GRAINS.find((grain) => grain === raw.grain);
  if (grain) found.grain = grain;
  const compare = COMPARES.find((compare) => compare === raw.compare);
  if (compare) found.compare = compare;
  for (const dimension of DIMENSIONS) {
    const values = texts(dimension);
    if (values.length > 0) found[dimension] = values;
  }
  return found;
}

/** The parameters of a request, of what the address says. */
export function asked({ from, until, grain, compare, project, team, owning_team, repository }: Search): Params {
  return { from, until, grain, compare, project, team, owning_team, repository };
}

/** What stays on the way to the page of one thing: the span, and how it is looked at. */
export const spanOf = ({ from, until, grain, compare }: Search): Search => ({ from, until, grain, compare });

/** What stays from page to page: that, and what it is limited to. Open rows do not. */
export const keptOf = (search: Search): Search => ({
  ...spanOf(search),
  team: search.team,
  owning_team: search.owning_team,
  repository: search.repository,
});

/** An address without what it limits its page to and makes it by; what the page is of by itself stays. `null` where there is nothing of that. */
export function cleared(search: Search, fixed: Dimension | undefined): Search | null {
  const said = Object.entries(asked(search)).filter(([name, value]) => name !== fixed && value !== undefined);
  return said.length > 0 ? { ...search, ...Object.fromEntries(said.map(([name]) => [name, undefined])) } : null;
}

/** The same as a filter. */
export const filterOf = ({ project, team, owning_team, repository }: Search): Filter => ({
  ...(project && { projects: project }),
  ...(team && { teams: team }),
  ...(owning_team && { owning_teams: owning_team }),
  ...(repository && { repositories: repository }),
});

/** A query string as the router hands it on: what is there once is text, what is there again a list. */
export function parseSearch(query: string): Record<string, string | string[]> {
  const read: Record<string, string | string[]> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    const before = read[name];
    read[name] = before === undefined ? value : [before, value].flat();
  }
  return read;
}

/** The other way. */
export function stringifySearch(search: Record<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    for (const one of [value].flat()) if (typeof one === "string") query.append(name, one);
  }
  // It may stand there as it is, and is read more easily.
  const text = query.toString().replaceAll("%7E", "~");
  return text ? `?${text}` : "";
}

/** The day that is so many days from another. */
export function dayFrom(day: Day, days: number): Day {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}
