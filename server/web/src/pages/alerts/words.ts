/** What alerts and their rules say, in words. */

import type { Alert, AlertState, Condition, Rule, Severity, Test } from "@/api/alerts";
import { dimensionWords } from "@/api/scope";
import type { Definition } from "@/api/types";
import { workWords } from "@/api/work";
import type { Format } from "@/design/format";
import type { Tone } from "@/parts/Mark";
import type { IconName } from "@/parts/Icon";

export const SEVERITIES: readonly (readonly [Severity, string, string])[] = [
  ["info", "Info", "good to know"],
  ["warning", "Warning", "somebody should look"],
  ["critical", "Critical", "somebody should look now"],
];

export const SEVERITY: Record<Severity, { tone: Tone; icon: IconName; words: string }> = {
  info: { tone: "plain", icon: "same", words: "info" },
  warning: { tone: "warn", icon: "triangle", words: "warning" },
  critical: { tone: "bad", icon: "diamond", words: "critical" },
};

export const STATE: Record<AlertState, { tone: Tone; icon: IconName; words: string }> = {
  firing: { tone: "bad", icon: "alarm", words: "fires" },
  acknowledged: { tone: "accent", icon: "person", words: "looked after" },
  pending: { tone: "plain", icon: "clock", words: "not for long enough yet" },
  cleared: { tone: "good", icon: "check", words: "over" },
};

export const KINDS = [
  ["metric", "A metric", "its figures, period by period"],
  ["risk", "Projects' risks", "how projects stand, or what a risk rule found"],
  ["forecast", "Forecasts", "what is unlikely by its date"],
  ["calibration", "Calibration", "kinds of forecasts that hold less or more often than they say"],
  ["job", "Jobs", "work that waits for a person"],
  ["connection", "Connections", "sources that are not read"],
  ["sql", "Rows of a statement", "each row that a question in SQL returns"],
] as const;
export type Kind = (typeof KINDS)[number][0];

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

/** What a rule is tried on, to tell what it would have done. */
export function tried(condition: Condition): string {
  if ("metric" in condition) return "Tried on the last 13 weeks, on figures as they are known now.";
  if ("job" in condition || "connection" in condition) return "Tried on the last 89 days, by what became of the jobs.";
  if ("sql" in condition)
    return "Tried on its rows at the beginning of each day, as far back as is kept what the tables held then. That is for whoever sees everything.";
  return "Tried on the last 13 weeks, by what was known on each day.";
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

const hours = (n: number) => `${n} ${n === 1 ? "hour" : "hours"}`;

/** What holds while a rule's condition does. */
export function conditionWords(condition: Condition, { format, known, nameOf }: Words): string {
  const only = (ids: readonly string[]) => (ids.length > 0 ? `, of ${ids.map(nameOf).join(", ")}` : "");
  if ("metric" in condition) {
    const { metric, grain, by, filter, test } = condition.metric;
    const title = known?.find(({ name }) => name === metric)?.title ?? metric;
    const of = `${title}${by ? ` by ${dimensionWords(by)}` : ""}${only(Object.values(filter).flat())}`;
    const value = (value: number) => format.text(value, unitOf(condition, known));
    if (test === "tier_drop") return `${of}: its tier is lower than that of the ${grain} before`;
    if ("missing_hours" in test) return `${of}: nothing observed for ${hours(test.missing_hours)}`;
    if ("unusual" in test) return `${of}: ${UNUSUAL[test.unusual]}, ${grain} by ${grain}`;
    return `${of}: ${"above" in test ? `above ${value(test.above)}` : `below ${value(test.below)}`}, ${grain} by ${grain}`;
  }
  if ("risk" in condition) {
    const { rule, score, status, projects, teams } = condition.risk;
    const what = rule
      ? `What the risk rule ${rule} finds`
      : score !== null
        ? "The risk of a project"
        : `Projects that are ${status === "off_track" ? "off track" : "at risk or worse"}`;
    return `${what}${score !== null ? `, from ${format.number(score)} of 1` : ""}${only([...projects, ...teams])}`;
  }
  if ("forecast" in condition)
    return `What is less likely than ${format.text(condition.forecast.below, "ratio")} by its date${only(condition.forecast.projects)}`;
  if ("calibration" in condition) {
    const { kinds } = condition.calibration;
    return `${kinds.length > 0 ? `Forecasts of ${kinds.map((kind) => `${kind}s`).join(", ")}` : "Any kind of forecasts"} without calibration`;
  }
  if ("job" in condition) {
    const { kinds } = condition.job;
    return kinds.length > 0
      ? `Waits for a person: ${kinds.map((kind) => workWords(kind, "")).join(", ")}`
      : "Any work that waits for a person";
  }
  if ("connection" in condition) {
    const { names, unread_hours: unread } = condition.connection;
    const which = names.length > 0 ? names.join(", ") : "Any connection";
    return unread === null ? `${which}: the last try failed` : `${which}: not read for ${hours(unread)}`;
  }
  return "Each row that a statement returns";
}

const UNUSUAL = {
  above: "above what is usual",
  below: "below what is usual",
  either: "beyond what is usual",
} as const;

/** How a rule stands, the worst first. */
export function standing(rule: Rule, open: readonly Alert[], now: number): "stopped" | "fires" | "muted" | "watches" | "well" {
  if (rule.fault !== null) return "stopped";
  if (open.some(({ rule: name, state }) => name === rule.name && state !== "pending")) return "fires";
  if (rule.muted_until !== null && rule.muted_until > now) return "muted";
  return open.some(({ rule: name }) => name === rule.name) ? "watches" : "well";
}
