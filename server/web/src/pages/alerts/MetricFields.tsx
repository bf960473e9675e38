/** What is looked for in a metric's figures. */

import { useQuery } from "@tanstack/react-query";
import type { MetricCondition, Test } from "@/api/alerts";
import { definitions } from "@/api/queries";
import { dimensionWords } from "@/api/scope";
import type { Definition, Grain } from "@/api/types";
import { typedIn } from "@/design/units";
import { FilterField } from "@/parts/FilterField";
import { Check, ListField, SelectField } from "@/parts/Form";
import { useSource } from "@/parts/source";
import { t } from "@/texts/texts";
import { NumberField } from "./NumberField";
import { testOf, type TestName } from "./words";

interface Props {
  value: MetricCondition;
  onChange: (value: MetricCondition) => void;
}

const tests = (): readonly (readonly [TestName, string])[] => [
  ["above", t("is above a value")],
  ["below", t("is below a value")],
  ["unusual", t("is beyond what is usual")],
  ["tier_drop", t("falls into a lower tier")],
  ["missing_hours", t("is not observed at all")],
];

const PERIOD: Record<Grain, () => string> = { day: () => t("day"), week: () => t("week"), month: () => t("month") };
const RUNNING: Record<Grain, () => string> = {
  day: () => t("Look at the day that runs, too"),
  week: () => t("Look at the week that runs, too"),
  month: () => t("Look at the month that runs, too"),
};

const TEST: Record<TestName, Test> = {
  above: { above: NaN },
  below: { below: NaN },
  unusual: { unusual: "either" },
  tier_drop: "tier_drop",
  missing_hours: { missing_hours: 48 },
};

/** What has labels of its own, or those of its pull requests (docs/metrics.md). */
const LABELLED = ["work_item", "pull_request", "review", "change", "deployment"];

const hasLabels = ({ subject }: Definition) => LABELLED.includes(subject ?? "");

/** The same question of another metric, as far as it knows what was asked. */
export function asked(value: MetricCondition, metric: Definition): MetricCondition {
  const knows = (dimension: string) => metric.dimensions.includes(dimension);
  const { teams, owning_teams, projects, repositories, labels } = value.filter;
  const { test } = value;
  // A limit is a value of what is looked for; what needs none of those is asked of the other, too.
  const isLimit = typeof test === "object" && ("above" in test || "below" in test);
  return {
    ...value,
    metric: metric.name,
    grain: metric.grains.includes(value.grain) ? value.grain : (metric.grains[0] ?? "week"),
    by: value.by !== null && knows(value.by) ? value.by : null,
    filter: {
      ...(teams && knows("team") && { teams }),
      ...(owning_teams && knows("owning_team") && { owning_teams }),
      ...(projects && knows("project") && { projects }),
      ...(repositories && knows("repository") && { repositories }),
      ...(labels && hasLabels(metric) && { labels }),
    },
    test: isLimit ? (metric.direction === "higher" ? TEST.below : TEST.above) : test,
  };
}

export function MetricFields({ value, onChange }: Props) {
  const { data: known } = useQuery(definitions);
  const make = useSource(value);
  const metric = known?.find(({ name }) => name === value.metric);
  const test = testOf(value.test);
  const unit = metric?.unit ?? "";
  const { words } = typedIn(unit);
  const set = (part: Partial<MetricCondition>) => onChange({ ...value, ...part });
  return (
    <>
      <SelectField
        label={t("Metric")}
        value={value.metric}
        of={(known ?? []).map(({ name, title }) => [name, title] as const)}
        onChange={(name) => {
          const next = known?.find((one) => one.name === name);
          if (next) onChange(make((source) => (source.metric === name ? source : asked(source, next))));
        }}
        hint={metric?.description}
      />
      <div className="grid gap-3 sm:grid-cols-2">
        <SelectField
          label={t("When it")}
          value={test}
          of={tests()}
          onChange={(test) => set({ test: TEST[test], ...(test === "missing_hours" && { by: null }) })}
        />
        {typeof value.test === "object" && "above" in value.test && (
          <NumberField
            key={`above ${value.metric}`}
            label={t("Above ({words})", { words })}
            unit={unit}
            value={value.test.above}
            onChange={(above) => set({ test: { above } })}
          />
        )}
        {typeof value.test === "object" && "below" in value.test && (
          <NumberField
            key={`below ${value.metric}`}
            label={t("Below ({words})", { words })}
            unit={unit}
            value={value.test.below}
            onChange={(below) => set({ test: { below } })}
          />
        )}
        {typeof value.test === "object" && "unusual" in value.test && (
          <SelectField
            label={t("On which side")}
            value={value.test.unusual}
            of={[
              ["either", t("either")],
              ["above", t("above nine tenths of the year before")],
              ["below", t("below nine tenths of the year before")],
            ]}
            onChange={(unusual) => set({ test: { unusual } })}
            hint={t("It takes eight periods of the year before.")}
          />
        )}
        {typeof value.test === "object" && "missing_hours" in value.test && (
          <NumberField
            label={t("For hours")}
            unit=""
            min={1}
            step={1}
            value={value.test.missing_hours}
            onChange={(hours) => set({ test: { missing_hours: hours } })}
          />
        )}
      </div>
      <div className="grid gap-3 sm:grid-cols-2">
        <SelectField<Grain>
          label={t("Period")}
          value={value.grain}
          of={(metric?.grains ?? [value.grain]).map((grain) => [grain, PERIOD[grain]()] as const)}
          onChange={(grain) => set({ grain })}
        />
        <SelectField
          label={t("Told apart by")}
          value={value.by ?? ""}
          disabled={test === "missing_hours"}
          of={[
            ["", t("nothing: all of it")] as const,
            ...(metric?.dimensions ?? []).map((one) => [one, dimensionWords(one)] as const),
          ]}
          onChange={(by) => set({ by: by || null })}
        />
      </div>
      <FilterField
        legend={t("Limited to")}
        value={value.filter}
        onChange={(filter) => set({ filter })}
        of={metric?.dimensions ?? []}
      />
      {metric && hasLabels(metric) && (
        <ListField
          label={t("Only with a label")}
          hint={t("Any of these, apart by commas; without any, whatever its labels are.")}
          value={value.filter.labels ?? []}
          onChange={(labels) => set({ filter: { ...value.filter, labels } })}
        />
      )}
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <Check
          label={RUNNING[value.grain]()}
          hint={t("Its value still changes; it may fire earlier, and for less.")}
          checked={value.running}
          onChange={(running) => set({ running })}
        />
        <NumberField
          label={t("At least this many observations")}
          unit=""
          min={0}
          step={1}
          value={value.minimum_n}
          onChange={(n) => set({ minimum_n: Number.isNaN(n) ? 0 : n })}
          hint={t("A period with fewer says nothing.")}
        />
      </div>
    </>
  );
}
