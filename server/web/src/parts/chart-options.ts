/** What ECharts is told, from a series. Colours are custom properties, so a change of theme, and paper, need no new drawing. */

import type { EChartsCoreOption } from "echarts/core";
import type { Figure, Group, Measure, Series } from "@/api/types";
import type { Format } from "@/design/format";
import { many, t } from "@/texts/texts";
import { valueWords } from "./things";

/** More lines than these cannot be told apart; the table has all. */
export const MOST_SERIES = 6;
const DASHES = ["solid", [6, 3], [2, 2], [9, 3, 2, 3], [4, 4], [1, 3]] as const;

/** Beyond this nothing can be put into proportion: sums and shares of it are no numbers any more. */
const LARGEST = 1e200;

/** A value as it is drawn: one that is too large for any scale is a gap. */
export const drawable = (value: number | null): number | null => (value !== null && Math.abs(value) <= LARGEST ? value : null);

/** How many times as large as at first all of the page is: it grows on very wide screens (src/design/page.css). */
export const zoom = () => (Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16) / 16;

/** What is written on a chart. */
export const writing = () => ({ color: "var(--c-soft)", fontFamily: "Inter Variable, sans-serif", fontSize: 11 * zoom() });

export const colour = (at: number) => `var(--c-series-${(at % MOST_SERIES) + 1})`;

/** The groups that are drawn: those with the most observations, in the API's order, so that colours stay when figures change. A stack is a
 * whole, so the others are in it as one, where the first of them would be. */
export function drawn({ form, groups }: Series): Group[] {
  if (groups.length <= MOST_SERIES) return groups;
  const whole = form === "stacked";
  const most = groups.toSorted((a, b) => b.total.n - a.total.n).slice(0, whole ? MOST_SERIES - 1 : MOST_SERIES);
  const [kept, others] = [true, false].map((is) => groups.filter((group) => most.includes(group) === is)) as [Group[], Group[]];
  const first = groups.findIndex((group) => others.includes(group));
  return whole ? kept.toSpliced(first, 0, together(others)) : kept;
}

function together(groups: readonly Group[]): Group {
  const sum = (figures: readonly Figure[]): Figure => ({
    value: figures.some(({ value }) => value !== null) ? figures.reduce((sum, { value }) => sum + (value ?? 0), 0) : null,
    n: figures.reduce((sum, { n }) => sum + n, 0),
    open: figures.reduce((sum, { open }) => sum + open, 0),
    excluded: figures.reduce((sum, { excluded }) => sum + excluded, 0),
    ...{ numerator: null, denominator: null, median: null, p90: null, standings: [] },
  });
  const points = (groups[0]?.points ?? []).map((point, at) => ({
    ...point,
    figure: sum(groups.flatMap(({ points }) => points[at]?.figure ?? [])),
  }));
  return {
    key: null,
    name: many(groups.length, { one: "{count} other", other: "{count} others" }),
    evidence: "",
    total: sum(groups.map(({ total }) => total)),
    points,
    ...{ since: null, share: null, comparison: null, typical: null },
  };
}

/** What a group is called: by its name, in the page's words where that is one of Pulse's own, as of a class. */
export function groupName({ name, key }: Group, groups: readonly Group[], { title, by }: Pick<Measure, "title" | "by">): string {
  const called = name ?? key;
  if (called === null) return groups.length > 1 ? t("none") : title;
  return by === null ? called : valueWords(by, called);
}

const STEPS = [1, 2, 2.5, 5, 10];
/** Times are divided as clocks and calendars are. */
const allSizes = (): readonly (readonly [number, string, readonly number[]])[] => [
  [86_400, t("d"), STEPS],
  [3_600, t("h"), [1, 2, 3, 4, 6, 8, 12, 24]],
  [60, t("min"), [1, 2, 5, 10, 15, 20, 30]],
  [1, t("s"), [1, 2, 5, 10, 15, 20, 30]],
];

/** An axis from 0 to above the highest value, in some four steps that people count in; all of its marks are in one unit. */
export function axis(
  highest: number,
  unit: string,
  format: Format,
): { max: number; interval: number; text: (value: number) => string } {
  const time = unit === "seconds" || unit === "working seconds";
  // Working days differ in length, so working time stays in hours.
  const sizes = unit === "working seconds" ? allSizes().slice(1) : allSizes();
  const [size, name, steps] = (time && sizes.find(([size]) => highest >= size * 1.5)) || [unit === "ratio" ? 0.01 : 1, "", STEPS];
  const least = (highest || size) / size / 4;
  const ten = steps === STEPS || least > Math.max(...steps) ? 10 ** Math.floor(Math.log10(least)) : 1;
  const step = steps.map((one) => one * ten).find((one) => one >= least * 0.999) ?? 10 * ten;
  const interval = step * size;
  const sign = time ? name || t("s") : unit === "ratio" ? "%" : "";
  return {
    interval,
    max: Math.ceil((highest || interval) / interval - 1e-9) * interval,
    text: (value) => format.beside(format.number(value / size), sign),
  };
}

/** The highest thing that is drawn: a value, a stack, or the end of the typical range. */
function highest({ form }: Series, groups: readonly Group[]): number {
  const alone = groups.length === 1 ? groups[0] : undefined;
  const valuesAt = (at: number) => groups.map(({ points }) => drawable(points[at]?.figure.value ?? null) ?? 0);
  const periods = groups[0]?.points.map((_, at) => valuesAt(at)) ?? [];
  const tops = periods.map((values) =>
    form === "stacked" ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values),
  );
  return Math.max(0, ...tops, (form === "line" && drawable(alone?.typical?.p90 ?? null)) || 0);
}

/** What of a stack of levels was there all along, and says nothing: items that were done before the span began, of which there are so many
 * that all else would lie flat on them. 0 where it is less than a third of what is drawn. */
function constant({ form, kind }: Series, groups: readonly Group[], highest: number): number {
  if (form !== "stacked" || kind !== "level") return 0;
  const least = Math.min(...(groups.at(-1)?.points.flatMap(({ figure: { value } }) => value ?? []) ?? []));
  return Number.isFinite(least) && least > highest / 3 ? least : 0;
}

/** The axis of a chart. One that does not begin at 0 begins below what was there all along, and the chart says so. */
export function scaleOf(series: Series, format: Format) {
  const groups = drawn(series);
  const most = highest(series, groups);
  const below = constant(series, groups, most);
  const { max, interval, text } = axis(most - below, series.unit, format);
  if (below === 0) return { min: 0, max, interval, text };
  return { min: (Math.ceil(below / interval) - 1) * interval, max: Math.ceil(most / interval) * interval, interval, text };
}

export function chartOptions(series: Series, format: Format, small: boolean): EChartsCoreOption {
  const { form } = series;
  const groups = drawn(series);
  const labels = groups[0]?.points.map((point) => format.tick(point)) ?? [];
  const alone = groups.length === 1 ? groups[0] : undefined;
  const scale = scaleOf(series, format);
  const band = [alone?.typical?.p10, alone?.typical?.p90].map((end) => drawable(end ?? null));
  const [text, times] = [writing(), zoom()];
  const lines = { lineStyle: { color: "var(--c-line)" } };

  return {
    animation: false,
    textStyle: text,
    // What is written below the last period reaches half its width beyond it.
    grid: { left: 2, right: 20 * times, top: 12, bottom: 6, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    // The readout above the chart tells the values: nothing floats over what is read.
    tooltip: { trigger: "axis", showContent: false },
    xAxis: {
      type: "category",
      data: labels,
      boundaryGap: form !== "line",
      axisLine: { lineStyle: { color: "var(--c-edge)" } },
      axisTick: { show: false },
      axisLabel: {
        ...text,
        hideOverlap: true,
        margin: 10 * times,
        interval: small ? "auto" : Math.ceil(labels.length / 9) - 1,
        showMaxLabel: null,
      },
      axisPointer: {
        type: form === "line" ? "line" : "shadow",
        label: { show: false },
        lineStyle: { color: "var(--c-edge)", type: "solid" },
        shadowStyle: { color: "var(--c-hover)", opacity: 0.9 },
      },
    },
    yAxis: {
      type: "value",
      min: scale.min,
      max: scale.max,
      interval: scale.interval,
      splitLine: lines,
      axisLabel: { ...text, formatter: scale.text },
    },
    series: [
      ...groups.map((group, at) => {
        const values = group.points.map(({ figure: { value } }) => drawable(value));
        const points = group.points.map(({ figure: { value }, partial }, at) => ({
          value: drawable(value),
          // A point that no line leads to has to be seen by itself.
          ...(values[at - 1] == null && values[at + 1] == null && { symbolSize: 8 * times }),
          // What is not over yet is drawn pale: it will grow.
          ...(partial && { itemStyle: { opacity: 0.45 } }),
        }));
        const common = { name: groupName(group, groups, series), data: points, emphasis: { disabled: true } };
        if (form === "line")
          return {
            ...common,
            type: "line",
            connectNulls: false,
            showSymbol: true,
            symbol: "circle",
            symbolSize: 4 * times,
            lineStyle: { width: 2 * times, color: colour(at), type: alone ? "solid" : DASHES[at % DASHES.length] },
            itemStyle: { color: colour(at) },
            ...(band.every((end) => end !== null) && {
              markArea: {
                silent: true,
                itemStyle: { color: "var(--c-band)", opacity: 0.55 },
                data: [band.map((end) => ({ yAxis: end }))],
              },
            }),
          };
        return {
          ...common,
          // What is nothing has no edge: it would cut the axis.
          data: points.map((point) => (point.value === 0 ? { ...point, itemStyle: { borderWidth: 0 } } : point)),
          type: "bar",
          barCategoryGap: "28%",
          itemStyle: { color: colour(at), borderColor: "var(--c-surface)", borderWidth: form === "stacked" ? 0.5 : 0 },
          // The first on top and the last on the axis, as one reads the legend: what is done lies below what there is to do.
          ...(form === "stacked" && { stack: "all", stackOrder: "seriesDesc" }),
        };
      }),
      ...(form === "line" ? groups.map(veil) : []),
    ],
  };
}

/** What lies on the way to a period that is not over, so that it is as pale as the period. */
function veil({ points }: Group) {
  const last = points.length - 1;
  return {
    type: "line",
    silent: true,
    symbol: "none",
    data: points.map(({ figure: { value } }, at) => (points[last]?.partial && at >= last - 1 ? drawable(value) : null)),
    lineStyle: { width: 2.5 * zoom(), color: "var(--c-surface)", opacity: 0.55, type: "solid" },
    emphasis: { disabled: true },
  };
}
