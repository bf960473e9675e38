/** What alerts and their rules say, in words. */

import type { Alert, AlertState, Condition, JobTest, Rule, Severity, Test } from "@/api/alerts";
import { dimensionWords } from "@/api/scope";
import type { Definition, Grain } from "@/api/types";
import { workWords } from "@/api/work";
import type { Format } from "@/design/format";
import { lasting } from "@/parts/Duration";
import type { Tone } from "@/parts/Mark";
import type { IconName } from "@/parts/Icon";
import { many, t } from "@/texts/texts";

export const severities = (): readonly (readonly [Severity, string])[] => [
  ["info", t("Info: good to know")],
  ["warning", t("Warning: somebody should look")],
  ["critical", t("Critical: somebody should look now")],
];

export const SEVERITY: Record<Severity, { tone: Tone; icon: IconName; words: () => string }> = {
  info: { tone: "plain", icon: "same", words: () => t("info") },
  warning: { tone: "warn", icon: "triangle", words: () => t("warning") },
  critical: { tone: "bad", icon: "diamond", words: () => t("critical") },
};

export const STATE: Record<AlertState, { tone: Tone; icon: IconName; words: () => string }> = {
  firing: { tone: "bad", icon: "alarm", words: () => t("fires") },
  acknowledged: { tone: "accent", icon: "person", words: () => t("looked after") },
  pending: { tone: "plain", icon: "clock", words: () => t("not for long enough yet") },
  cleared: { tone: "good", icon: "check", words: () => t("over") },
};

/** What a rule may look at. */
export const kinds = () =>
  [
    ["metric", t("A metric: its figures, period by period")],
    ["risk", t("Projects' risks: how projects stand, or what a risk rule found")],
    ["forecast", t("Forecasts: what is unlikely by its date")],
    ["calibration", t("Calibration: kinds of forecasts that hold less or more often than they say")],
    ["job", t("Jobs: work that fails or comes late, and schedules that are paused")],
    ["connection", t("Connections: sources that are not read")],
    ["sql", t("Rows of a statement: each row that a question in SQL returns")],
  ] as const;
export type Kind = ReturnType<typeof kinds>[number][0];

/** What forecasts are frozen of, and scored. */
export const frozen = (): readonly (readonly [string, string])[] => [
  ["project", t("projects")],
  ["epic", t("epics")],
  ["sprint", t("sprints")],
  ["release", t("releases")],
];

export const kindOf = (condition: Condition): Kind => Object.keys(condition)[0] as Kind;

/** What its owner has to be allowed to. */
export const NEEDS: Record<Kind, string> = {
  metric: "metrics:read",
  risk: "metrics:read",
  forecast: "metrics:read",
  calibration: "metrics:read",
  job: "jobs:read",
  connection: "jobs:read",
  sql: "sql:run",
};

export type TestName = "above" | "below" | "unusual" | "tier_drop" | "missing_hours";
export const testOf = (test: Test): TestName => (typeof test === "string" ? test : (Object.keys(test)[0] as TestName));

export type JobTestName = "dead" | "failing" | "late_seconds" | "paused";
export const jobTestOf = (is: JobTest): JobTestName => (typeof is === "string" ? is : (Object.keys(is)[0] as JobTestName));

/** What a rule is tried on, to tell what it would have done. */
export function tried(condition: Condition): string {
  if ("metric" in condition) return t("Tried on the last 13 weeks, on figures as they are known now.");
  if ("job" in condition && condition.job.is === "paused")
    return t("Tried on the last 89 days, by when schedules were paused and resumed, as far back as that is kept.");
  if ("job" in condition || "connection" in condition) return t("Tried on the last 89 days, by what became of the jobs.");
  if ("sql" in condition)
    return t(
      "Tried on its rows at the beginning of each day, as far back as is kept what the tables held then. That is for whoever sees everything.",
    );
  return t("Tried on the last 13 weeks, by what was known on each day.");
}

/** The unit of the values that a rule looks at. */
export function unitOf(condition: Condition | undefined, known: readonly Definition[] | undefined): string | null {
  if (!condition) return null;
  if ("metric" in condition) return known?.find(({ name }) => name === condition.metric.metric)?.unit ?? null;
  return "forecast" in condition || "calibration" in condition ? "ratio" : null;
}

interface Words {
  format: Format;
  known: readonly Definition[] | undefined;
  nameOf: (id: string) => string;
}

/** `week by week`: each period by itself. */
const STEPS: Record<Grain, () => string> = {
  day: () => t("day by day"),
  week: () => t("week by week"),
  month: () => t("month by month"),
};

const LOWER_TIER: Record<Grain, (what: string) => string> = {
  day: (what) => t("{what}: its tier is lower than that of the day before", { what }),
  week: (what) => t("{what}: its tier is lower than that of the week before", { what }),
  month: (what) => t("{what}: its tier is lower than that of the month before", { what }),
};

/** What holds while a rule's condition does. */
export function conditionWords(condition: Condition, { format, known, nameOf }: Words): string {
  const only = (what: string, ids: readonly string[]) =>
    ids.length > 0 ? t("{what}, of {names}", { what, names: ids.map(nameOf).join(", ") }) : what;
  if ("metric" in condition) {
    const { metric, grain, by, filter, test } = condition.metric;
    const title = known?.find(({ name }) => name === metric)?.title ?? metric;
    const apart = by ? t("{title} by {dimension}", { title, dimension: dimensionWords(by) }) : title;
    const what = only(apart, Object.values(filter).flat());
    const steps = STEPS[grain]();
    const value = (value: number) => format.text(value, unitOf(condition, known));
    if (test === "tier_drop") return LOWER_TIER[grain](what);
    if ("missing_hours" in test)
      return many(
        test.missing_hours,
        { one: "{what}: nothing observed for {count} hour", other: "{what}: nothing observed for {count} hours" },
        { what },
      );
    if ("unusual" in test) return UNUSUAL[test.unusual](what, steps);
    if ("above" in test) return t("{what}: above {value}, {steps}", { what, value: value(test.above), steps });
    return t("{what}: below {value}, {steps}", { what, value: value(test.below), steps });
  }
  if ("risk" in condition) {
    const { rule, score, status, projects, teams } = condition.risk;
    const found = rule
      ? t("What the risk rule {rule} finds", { rule })
      : score !== null
        ? t("The risk of a project")
        : status === "off_track"
          ? t("Projects that are off track")
          : t("Projects that are at risk or worse");
    const what = score !== null ? t("{what}, from {score} of 1", { what: found, score: format.number(score) }) : found;
    return only(what, [...projects, ...teams]);
  }
  if ("forecast" in condition) {
    const { below, projects } = condition.forecast;
    return only(t("What is less likely than {share} by its date", { share: format.text(below, "ratio") }), projects);
  }
  if ("calibration" in condition) {
    const names = condition.calibration.kinds.map((kind) => frozen().find(([one]) => one === kind)?.[1] ?? kind);
    return names.length > 0
      ? t("Forecasts of {kinds} without calibration", { kinds: names.join(", ") })
      : t("Any kind of forecasts without calibration");
  }
  if ("job" in condition) {
    const { kinds, is = "dead" } = condition.job;
    const work = kinds.length > 0 ? kinds.map((kind) => workWords(kind, "")).join(", ") : t("any work");
    if (is === "paused") return t("Its schedule is paused: {work}", { work });
    if (is !== "dead")
      return "failing" in is
        ? many(is.failing, { one: "{count} try failed: {work}", other: "{count} tries failed: {work}" }, { work })
        : t("Due for {time}, and not begun: {work}", { time: lasting(is.late_seconds), work });
    return kinds.length > 0 ? t("Waits for a person: {work}", { work }) : t("Any work that waits for a person");
  }
  if ("connection" in condition) return unreadWords(condition.connection);
  return t("Each row that a statement returns");
}

const UNUSUAL: Record<"above" | "below" | "either", (what: string, steps: string) => string> = {
  above: (what, steps) => t("{what}: above what is usual, {steps}", { what, steps }),
  below: (what, steps) => t("{what}: below what is usual, {steps}", { what, steps }),
  either: (what, steps) => t("{what}: beyond what is usual, {steps}", { what, steps }),
};

function unreadWords({ names: of, unread_hours: unread }: Extract<Condition, { connection: unknown }>["connection"]): string {
  const names = of.join(", ");
  if (unread === null)
    return of.length > 0 ? t("{names}: the last try failed", { names }) : t("Any connection: the last try failed");
  return of.length > 0
    ? many(unread, { one: "{names}: not read for {count} hour", other: "{names}: not read for {count} hours" }, { names })
    : many(unread, {
        one: "Any connection: not read for {count} hour",
        other: "Any connection: not read for {count} hours",
      });
}

/** How a rule stands, the worst first. */
export function standing(rule: Rule, open: readonly Alert[], now: number): "stopped" | "fires" | "muted" | "watches" | "well" {
  if (rule.fault !== null) return "stopped";
  if (open.some(({ rule: name, state }) => name === rule.name && state !== "pending")) return "fires";
  if (rule.muted_until !== null && rule.muted_until > now) return "muted";
  return open.some(({ rule: name }) => name === rule.name) ? "watches" : "well";
}
