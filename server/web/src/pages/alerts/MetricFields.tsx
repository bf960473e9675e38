/** What is looked for in a metric's figures. */

import { useQuery } from "@tanstack/react-query";
import type { MetricCondition, Test } from "@/api/alerts";
import { definitions } from "@/api/queries";
import { dimensionWords } from "@/api/scope";
import type { Definition, Grain } from "@/api/types";
import { typedIn } from "@/design/units";
import { FilterField } from "@/parts/FilterField";
import { Check, ListField, SelectField } from "@/parts/Form";
import { NumberField } from "./NumberField";
import { testOf, type TestName } from "./words";

interface Props {
  value: MetricCondition;
  onChange: (value: MetricCondition) => void;
}

const TESTS: readonly (readonly [TestName, string])[] = [
  ["above", "is above a value"],
  ["below", "is below a value"],
  ["unusual", "is beyond what is usual"],
  ["tier_drop", "falls into a lower tier"],
  ["missing_hours", "is not observed at all"],
];

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
    test: metric.direction === "higher" ? TEST.below : TEST.above,
  };
}

export function MetricFields({ value, onChange }: Props) {
  const { data: known } = useQuery(definitions);
  const metric = known?.find(({ name }) => name === value.metric);
  const test = testOf(value.test);
  const unit = metric?.unit ?? "";
  const { words } = typedIn(unit);
  const set = (part: Partial<MetricCondition>) => onChange({ ...value, ...part });
  return (
    <>
      <SelectField
        label="Metric"
        value={value.metric}
        of={(known ?? []).map(({ name, title }) => [name, title] as const)}
        onChange={(name) => {
          const next = known?.find((one) => one.name === name);
          if (next) onChange(asked(value, next));
        }}
        hint={metric?.description}
      />
      <div className="grid gap-3 sm:grid-cols-2">
        <SelectField
          label="When it"
          value={test}
          of={TESTS}
          onChange={(test) => set({ test: TEST[test], ...(test === "missing_hours" && { by: null }) })}
        />
        {typeof value.test === "object" && "above" in value.test && (
          <NumberField
            key={`above ${value.metric}`}
            label={`Above (${words})`}
            unit={unit}
            value={value.test.above}
            onChange={(above) => set({ test: { above } })}
          />
        )}
        {typeof value.test === "object" && "below" in value.test && (
          <NumberField
            key={`below ${value.metric}`}
            label={`Below (${words})`}
            unit={unit}
            value={value.test.below}
            onChange={(below) => set({ test: { below } })}
          />
        )}
        {typeof value.test === "object" && "unusual" in value.test && (
          <SelectField
            label="On which side"
            value={value.test.unusual}
            of={[
              ["either", "either"],
              ["above", "above nine tenths of the year before"],
              ["below", "below nine tenths of the year before"],
            ]}
            onChange={(unusual) => set({ test: { unusual } })}
            hint="It takes eight periods of the year before."
          />
        )}
        {typeof value.test === "object" && "missing_hours" in value.test && (
          <NumberField
            label="For hours"
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
          label="Period"
          value={value.grain}
          of={(metric?.grains ?? [value.grain]).map((grain) => [grain, grain] as const)}
          onChange={(grain) => set({ grain })}
        />
        <SelectField
          label="Told apart by"
          value={value.by ?? ""}
          disabled={test === "missing_hours"}
          of={[
            ["", "nothing: all of it"] as const,
            ...(metric?.dimensions ?? []).map((one) => [one, dimensionWords(one)] as const),
          ]}
          onChange={(by) => set({ by: by || null })}
        />
      </div>
      <FilterField legend="Only of" value={value.filter} onChange={(filter) => set({ filter })} of={metric?.dimensions ?? []} />
      {metric && hasLabels(metric) && (
        <ListField
          label="Only with a label"
          hint="Any of these, apart by commas; without any, whatever its labels are."
          value={value.filter.labels ?? []}
          onChange={(labels) => set({ filter: { ...value.filter, labels } })}
        />
      )}
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <Check
          label={`Look at the ${value.grain} that runs, too`}
          hint="Its value still changes; it may fire earlier, and for less."
          checked={value.running}
          onChange={(running) => set({ running })}
        />
        <NumberField
          label="From so many observations on"
          unit=""
          min={0}
          step={1}
          value={value.minimum_n}
          onChange={(n) => set({ minimum_n: Number.isNaN(n) ? 0 : n })}
          hint="A period with fewer says nothing."
        />
      </div>
    </>
  );
}
