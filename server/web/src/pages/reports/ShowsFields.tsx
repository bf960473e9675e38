/** What a section shows, field by field. */

import { useQuery } from "@tanstack/react-query";
import { definitions } from "@/api/queries";
import { dimensionWords } from "@/api/scope";
import type { ChartOf, Shows } from "@/api/reports";
import { savedQueries } from "@/api/saved";
import type { Definition } from "@/api/types";
import { Button } from "@/parts/Button";
import { Chip } from "@/parts/Chip";
import { SelectField } from "@/parts/Form";
import { Icon } from "@/parts/Icon";
import { Failure } from "@/parts/Notice";
import { useSource } from "@/parts/source";
import { t } from "@/texts/texts";
import { ROWS, told } from "./sections";
import { Values } from "./Values";

interface Props<T> {
  value: T;
  onChange: (value: T) => void;
}

type Of<K extends string> = Extract<Shows, Record<K, unknown>>;

const useMetrics = (): readonly Definition[] => useQuery(definitions).data ?? [];
const titles = (known: readonly Definition[]) => known.map(({ name, title }) => [name, title] as const);

export function ShowsFields({ value, onChange }: Props<Shows>) {
  if (typeof value === "string") return null;
  if ("tiles" in value) return <MetricsField value={value.tiles} onChange={(tiles) => onChange({ tiles })} />;
  if ("coverage" in value) return <MetricsField value={value.coverage} onChange={(coverage) => onChange({ coverage })} />;
  if ("charts" in value) return <ChartsFields value={value.charts} onChange={(charts) => onChange({ charts })} />;
  if ("table" in value) return <TableFields value={value} onChange={onChange} />;
  if ("pivot" in value) return <PivotFields value={value} onChange={onChange} />;
  return <QueryFields value={value} onChange={onChange} />;
}

/** Metrics in their order; `by` leaves those that can be told apart so. */
function MetricsField({ value, onChange, by }: Props<string[]> & { by?: string }) {
  const all = useMetrics();
  const known = by ? all.filter(({ dimensions }) => dimensions.includes(by)) : all;
  const titleOf = (name: string) => all.find((one) => one.name === name)?.title ?? name;
  return (
    <div className="flex flex-col gap-2">
      {value.length > 0 && (
        <ul aria-label={t("Its metrics")} className="flex flex-wrap gap-1.5">
          {value.map((name) => (
            <Chip key={name} label={titleOf(name)} onRemove={() => onChange(value.filter((other) => other !== name))} />
          ))}
        </ul>
      )}
      <SelectField
        label={t("Another metric")}
        value=""
        of={[["", t("Choose one to add it")], ...titles(known.filter(({ name }) => !value.includes(name)))]}
        onChange={(name) => name && onChange([...value, name])}
      />
    </div>
  );
}

const shapes = () =>
  [
    ["line", t("a line")],
    ["bar", t("bars")],
    ["stacked", t("bars on one another")],
    ["spread", t("groups side by side")],
  ] as const;

const apart = (dimensions: readonly string[]) => [
  ["", t("nothing: all of it")] as const,
  ...dimensions.map((one) => [one, dimensionWords(one)] as const),
];

function ChartsFields({ value, onChange }: Props<ChartOf[]>) {
  const known = useMetrics();
  const set = (at: number, part: Partial<ChartOf>) =>
    onChange(value.map((chart, other) => (other === at ? { ...chart, ...part } : chart)));
  return (
    <div className="flex flex-col gap-3">
      {value.map((chart, at) => {
        const metric = known.find(({ name }) => name === chart.metric);
        return (
          <div
            key={at}
            role="group"
            aria-label={t("Chart {number}", { number: at + 1 })}
            className="grid items-end gap-2 sm:grid-cols-[2fr_1fr_1fr_auto]"
          >
            <SelectField
              label={t("Metric")}
              value={chart.metric}
              of={titles(known)}
              onChange={(name) => {
                const next = known.find((one) => one.name === name);
                set(at, { metric: name, by: chart.by !== null && next?.dimensions.includes(chart.by) ? chart.by : null });
              }}
            />
            <SelectField
              label={t("Told apart by")}
              value={chart.by ?? ""}
              of={apart(metric?.dimensions ?? [])}
              onChange={(by) => set(at, { by: by || null })}
            />
            <SelectField label={t("As")} value={chart.shape} of={shapes()} onChange={(shape) => set(at, { shape })} />
            <Button
              look="quiet"
              aria-label={t("Leave chart {number} out", { number: at + 1 })}
              onClick={() => onChange(value.filter((_, other) => other !== at))}
            >
              <Icon name="close" />
            </Button>
          </div>
        );
      })}
      <SelectField
        label={t("Another chart of")}
        value=""
        of={[["", t("Choose a metric to add one")], ...titles(known)]}
        onChange={(metric) => metric && onChange([...value, { metric, by: null, shape: "line" }])}
      />
    </div>
  );
}

function TableFields({ value, onChange }: Props<Of<"table">>) {
  const known = useMetrics();
  const { table } = value;
  const make = useSource(value);
  return (
    <>
      <SelectField
        label={t("A row each")}
        value={table.by}
        of={ROWS.map((by) => [by, dimensionWords(by)] as const)}
        onChange={(by) =>
          onChange(
            make((source) =>
              source.table.by === by ? source : { table: { by, metrics: told(source.table.metrics, by, known) } },
            ),
          )
        }
        hint={t("Metrics that cannot be told apart so are left out.")}
      />
      <MetricsField by={table.by} value={table.metrics} onChange={(metrics) => onChange({ table: { ...table, metrics } })} />
    </>
  );
}

function PivotFields({ value: { pivot }, onChange }: Props<Of<"pivot">>) {
  const known = useMetrics();
  const dimensions = known.find(({ name }) => name === pivot.metric)?.dimensions ?? [];
  return (
    <div className="grid gap-2 sm:grid-cols-3">
      <SelectField
        label={t("Metric")}
        value={pivot.metric}
        of={[["", t("Choose one")], ...titles(known)]}
        onChange={(metric) => onChange({ pivot: { ...pivot, metric, by: null } })}
      />
      <SelectField
        label={t("A row each")}
        value={pivot.by ?? ""}
        of={apart(dimensions)}
        onChange={(by) => onChange({ pivot: { ...pivot, by: by || null } })}
      />
      <SelectField
        label={t("In its cells")}
        value={pivot.cells}
        of={[
          ["values", t("values")],
          ["changes", t("changes from step to step")],
        ]}
        onChange={(cells) => onChange({ pivot: { ...pivot, cells } })}
      />
    </div>
  );
}

function QueryFields({ value: { query }, onChange }: Props<Of<"query">>) {
  const { data, error, isError } = useQuery(savedQueries);
  const of = data?.find(({ id }) => id === query.saved);
  if (isError) return <Failure error={error} />;
  return (
    <>
      <SelectField
        label={t("Saved query")}
        value={query.saved}
        of={[["", t("Choose one")], ...(data ?? []).map(({ id, title }) => [id, title] as const)]}
        onChange={(saved) => onChange({ query: { saved } })}
        hint={
          query.saved && data && !of
            ? t("It is not among those that you see.")
            : of?.description || t("Its rows as its newest version is when the report is asked for, at most 10,000.")
        }
      />
      {of && <Values key={of.id} of={of} value={query.params} onChange={(params) => onChange({ query: { ...query, params } })} />}
    </>
  );
}
