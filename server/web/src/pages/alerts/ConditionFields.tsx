/** What a rule looks at. */

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Condition } from "@/api/alerts";
import { Problem } from "@/api/client";
import { riskRules } from "@/api/house";
import { connections } from "@/api/queries";
import { FilterField } from "@/parts/FilterField";
import { SelectField, TextArea } from "@/parts/Form";
import { useMay } from "@/parts/Needs";
import { t } from "@/texts/texts";
import { JobFields, LEAST_LATE } from "./JobFields";
import { MetricFields } from "./MetricFields";
import { NumberField } from "./NumberField";
import { Several } from "@/parts/Several";
import { frozen, kindOf, kinds, NEEDS, type Kind } from "./words";

interface Props {
  value: Condition;
  /** Why it was refused. */
  error?: unknown;
  onChange: (value: Condition) => void;
}

/** What is proposed of each kind. */
export const PROPOSED: Record<Kind, Condition> = {
  metric: {
    metric: {
      metric: "change_lead_time",
      grain: "week",
      by: null,
      filter: {},
      running: false,
      minimum_n: 0,
      test: { above: NaN },
    },
  },
  risk: { risk: { status: "at_risk", rule: null, score: null, projects: [], teams: [] } },
  forecast: { forecast: { below: 0.5, projects: [] } },
  calibration: { calibration: { kinds: [] } },
  job: { job: { kinds: [], is: "dead" } },
  connection: { connection: { names: [], unread_hours: 24 } },
  sql: { sql: { sql: "" } },
};

/** Whether it says what it looks for. */
export function isWhole(condition: Condition): boolean {
  if ("sql" in condition) return condition.sql.sql.trim() !== "";
  // None is chosen while the rules are on their way.
  if ("risk" in condition && condition.risk.rule === "") return false;
  const is = "job" in condition ? condition.job.is : undefined;
  if (typeof is === "object" && "late_seconds" in is && is.late_seconds < LEAST_LATE) return false;
  // A number that is not typed yet is none.
  return !/:null/.test(JSON.stringify(numbers(condition)));
}

function numbers(condition: Condition): unknown {
  if ("metric" in condition) return condition.metric.test;
  if ("forecast" in condition) return { below: condition.forecast.below };
  if ("connection" in condition)
    return condition.connection.unread_hours === null ? {} : { hours: condition.connection.unread_hours };
  if ("risk" in condition) return condition.risk.score === null ? {} : { score: condition.risk.score };
  if ("job" in condition) return condition.job.is ?? {};
  return {};
}

/** What is wrong with a statement, and where in it. */
function mistake(error: unknown): string | null {
  const { line, column } = error instanceof Problem ? error.place : {};
  if (!(error instanceof Problem) || line === undefined) return null;
  const place = column === undefined ? t("Line {line}", { line }) : t("Line {line}, character {column}", { line, column });
  return `${place}: ${error.message}`;
}

export function ConditionFields({ value, error, onChange }: Props) {
  const may = useMay();
  const kind = kindOf(value);
  // What was typed of another kind is there again once somebody comes back to that: arrow keys go through all of them.
  const [left, leave] = useState<Partial<Record<Kind, Condition>>>({});
  return (
    <>
      <SelectField
        label={t("It looks at")}
        value={kind}
        of={kinds().filter(([one]) => one === kind || may(NEEDS[one]))}
        onChange={(next) => {
          leave({ ...left, [kind]: value });
          onChange(left[next] ?? PROPOSED[next]);
        }}
      />
      {"metric" in value && <MetricFields value={value.metric} onChange={(metric) => onChange({ metric })} />}
      {"risk" in value && <RiskFields value={value.risk} onChange={(risk) => onChange({ risk })} />}
      {"forecast" in value && (
        <>
          <NumberField
            label={t("Less likely than (%)")}
            unit="ratio"
            value={value.forecast.below}
            min={1}
            max={100}
            onChange={(below) => onChange({ forecast: { ...value.forecast, below } })}
            hint={t("By the newest forecast, of what is due.")}
          />
          <FilterField
            legend={t("Only of")}
            of={["project"]}
            value={{ projects: value.forecast.projects }}
            onChange={({ projects }) => onChange({ forecast: { ...value.forecast, projects: projects ?? [] } })}
          />
        </>
      )}
      {"calibration" in value && (
        <Several
          legend={t("Forecasts of which")}
          none={t("Any of them.")}
          of={frozen()}
          chosen={value.calibration.kinds}
          onChoose={(kinds) => onChange({ calibration: { kinds } })}
        />
      )}
      {"job" in value && <JobFields value={value.job} onChange={(job) => onChange({ job })} />}
      {"connection" in value && <ReadFields value={value.connection} onChange={(connection) => onChange({ connection })} />}
      {"sql" in value && (
        <TextArea
          mono
          label={t("Statement")}
          rows={8}
          required
          spellCheck={false}
          wrong={mistake(error)}
          value={value.sql.sql}
          onChange={(sql) => onChange({ sql: { sql } })}
          placeholder={t("SELECT project_id AS key, title AS name, 'nobody looks after ' || title AS sentence\nFROM …")}
          hint={t(
            "Each row is something to be told of, 1,000 at most: key tells them apart; name, value and sentence say what it is. Who did what is not there to be asked.",
          )}
        />
      )}
    </>
  );
}

type Of<K extends Kind> = Extract<Condition, Record<K, unknown>>[K & keyof Extract<Condition, Record<K, unknown>>];

function RiskFields({ value, onChange }: { value: Of<"risk">; onChange: (value: Of<"risk">) => void }) {
  const { data: rules } = useQuery(riskRules);
  const way = value.rule !== null ? "rule" : value.score !== null ? "score" : "status";
  return (
    <>
      <SelectField
        label={t("When")}
        value={way}
        of={[
          ["status", t("a project stands badly")],
          ["score", t("a project's risk is high")],
          ["rule", t("a risk rule finds something")],
        ]}
        onChange={(way) =>
          onChange({
            ...value,
            status: way === "status" ? "at_risk" : null,
            rule: way === "rule" ? (rules?.[0]?.name ?? "") : null,
            score: way === "score" ? 0.5 : null,
          })
        }
      />
      {way === "status" && (
        <SelectField
          label={t("How badly")}
          value={value.status ?? "at_risk"}
          of={[
            ["at_risk", t("at risk, or worse")],
            ["off_track", t("off track")],
          ]}
          onChange={(status) => onChange({ ...value, status })}
        />
      )}
      {way === "rule" && (
        <SelectField
          label={t("Which rule")}
          value={value.rule ?? ""}
          of={(rules ?? []).map(({ name, title }) => [name, title] as const)}
          onChange={(rule) => onChange({ ...value, rule })}
          hint={rules?.find(({ name }) => name === value.rule)?.description}
        />
      )}
      {way === "score" && (
        <NumberField
          label={t("From (0 to 1)")}
          unit=""
          value={value.score ?? NaN}
          min={0}
          max={1}
          onChange={(score) => onChange({ ...value, score })}
        />
      )}
      <FilterField
        legend={t("Only of")}
        // Risks are of projects, and so of the teams that own these, or of teams themselves.
        of={["owning_team", "project"]}
        value={{ projects: value.projects, owning_teams: value.teams }}
        onChange={({ projects, owning_teams }) => onChange({ ...value, projects: projects ?? [], teams: owning_teams ?? [] })}
      />
    </>
  );
}

function ReadFields({ value, onChange }: { value: Of<"connection">; onChange: (value: Of<"connection">) => void }) {
  const { data } = useQuery(connections);
  return (
    <>
      <SelectField
        label={t("When")}
        value={value.unread_hours === null ? "failed" : "unread"}
        of={[
          ["unread", t("it was not read for a while")],
          ["failed", t("its last try failed")],
        ]}
        onChange={(way) => onChange({ ...value, unread_hours: way === "failed" ? null : 24 })}
      />
      {value.unread_hours !== null && (
        <NumberField
          label={t("Hours")}
          unit=""
          value={value.unread_hours}
          min={1}
          step={1}
          onChange={(hours) => onChange({ ...value, unread_hours: hours })}
        />
      )}
      <Several
        legend={t("Which connections")}
        none={t("Any of them.")}
        of={(data?.items ?? []).map(({ name }) => [name, name] as const)}
        chosen={value.names}
        onChoose={(names) => onChange({ ...value, names })}
      />
    </>
  );
}
