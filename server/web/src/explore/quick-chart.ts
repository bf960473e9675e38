/** A chart of columns of an answer, as ECharts is told it. */

import type { EChartsCoreOption } from "echarts/core";
import type { Format } from "@/design/format";
import { axis, colour, drawable, MOST_SERIES, writing, zoom } from "@/parts/chart-options";
import { ordered, type Answer, type AnswerColumn } from "./answer";

export const FORMS = ["line", "bar", "scatter"] as const;
export type Form = (typeof FORMS)[number];

/** More points than these cannot be told apart on a screen. */
export const MOST_POINTS: Record<Form, number> = { line: 5_000, bar: 500, scatter: 5_000 };

export interface Choice {
  form: Form;
  /** The column along the horizontal axis, by its place. */
  x: number;
  ys: readonly number[];
}

const isNumber = ({ kind }: AnswerColumn) => kind === "number";

/** What is drawn when nobody chose: a time or a name along the axis, and the first numbers. */
export function guessed({ columns }: Answer): Choice | null {
  const numbers = columns.flatMap((column, at) => (isNumber(column) ? [at] : []));
  const along = columns.findIndex(({ kind }) => kind === "time" || kind === "date");
  const named = columns.findIndex(({ kind }) => kind === "text" || kind === "boolean");
  const x = along >= 0 ? along : named >= 0 ? named : (numbers[0] ?? -1);
  const ys = numbers.filter((at) => at !== x).slice(0, 1);
  if (x < 0 || ys.length === 0) return null;
  return { form: along >= 0 ? "line" : named >= 0 ? "bar" : "scatter", x, ys };
}

/** How a choice stands in an address. */
export const choiceSaid = ({ form, x, ys }: Choice): string => [form, x, ...ys].join("~");

/** The other way; `null` where the answer has no such columns, as another one than the link was made of. */
export function choiceOf(said: string | undefined, { columns }: Answer): Choice | null {
  const [name, ...places] = said?.split("~") ?? [];
  const form = FORMS.find((form) => form === name);
  const [x, ...ys] = places.map(Number);
  const along = x === undefined ? undefined : columns[x];
  if (form === undefined || x === undefined || along === undefined || !fits(form, along)) return null;
  return ys.every((y) => y !== x && columns[y]?.kind === "number") && ys.length <= MOST_SERIES ? { form, x, ys } : null;
}

/** What may stand along the axis of a form: a scatter needs amounts. */
export const fits = (form: Form, { kind }: AnswerColumn): boolean =>
  kind !== "other" && (form !== "scatter" || kind === "number" || kind === "time" || kind === "date");

/** A value as a chart takes it: times in milliseconds, and a gap for what no scale has room for. */
export function amount(column: AnswerColumn | undefined, row: number): number | null {
  const key = column?.key(row) ?? null;
  if (key === null || typeof key === "string" || typeof key === "boolean") return null;
  const value = column?.kind === "time" ? Number((key as bigint) / 1_000_000n) : Number(key);
  return drawable(value);
}

/** How a value along the axis is written. */
export function along(column: AnswerColumn, row: number, format: Format): string {
  if (column.kind !== "time") return column.text(row) ?? "NULL";
  const at = amount(column, row);
  return at === null ? "NULL" : format.clock(at * 1_000).replace(/ 00:00:00$/, "");
}

/** The rows that are drawn, from left to right: those of a time by it, others as they came. */
export function drawnRows(answer: Answer, { form, x }: Pick<Choice, "form" | "x">): number[] {
  const rows = Math.min(answer.rows, MOST_POINTS[form]);
  const every = Array.from({ length: rows }, (_, row) => row);
  const column = answer.columns[x];
  if (form === "scatter" || (column?.kind !== "time" && column?.kind !== "date")) return every;
  return [...ordered({ ...answer, rows }, column, false)];
}

export function quickOptions(answer: Answer, { form, x, ys }: Choice, format: Format): EChartsCoreOption {
  const at = answer.columns[x];
  const every = drawnRows(answer, { form, x });
  const series = ys.slice(0, MOST_SERIES).map((y) => every.map((row) => amount(answer.columns[y], row)));
  const values = series.flat().filter((value) => value !== null);
  const [low, high] = values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [0, 0]);
  const scale = axis(high, "", format);
  const [text, times] = [writing(), zoom()];
  const isDay = at?.kind === "time" || at?.kind === "date";
  const lines = { lineStyle: { color: "var(--c-line)" } };
  return {
    animation: false,
    textStyle: text,
    grid: { left: 2, right: 20, top: 12, bottom: 6, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    tooltip: { trigger: "axis", showContent: false },
    xAxis:
      form === "scatter"
        ? {
            type: "value",
            scale: true,
            axisLine: { lineStyle: { color: "var(--c-edge)" } },
            splitLine: lines,
            axisLabel: { ...text, hideOverlap: true, ...(isDay && { formatter: (ms: number) => format.date(ms * 1_000) }) },
          }
        : {
            type: "category",
            data: at ? every.map((row) => along(at, row, format)) : [],
            boundaryGap: form === "bar",
            axisLine: { lineStyle: { color: "var(--c-edge)" } },
            axisTick: { show: false },
            axisLabel: { ...text, hideOverlap: true, margin: 10 * times },
            axisPointer: {
              type: form === "line" ? "line" : "shadow",
              label: { show: false },
              lineStyle: { color: "var(--c-edge)", type: "solid" },
              shadowStyle: { color: "var(--c-hover)", opacity: 0.9 },
            },
          },
    yAxis: {
      type: "value",
      // Amounts stand on nothing; where some are below it, the library finds the marks.
      ...(low < 0 ? {} : { min: 0, max: scale.max, interval: scale.interval }),
      splitLine: lines,
      axisLabel: { ...text, formatter: low < 0 ? (value: number) => format.number(value) : scale.text },
    },
    series: series.map((data, index) => {
      const look = {
        name: answer.columns[ys[index] ?? 0]?.name,
        emphasis: { disabled: true },
        itemStyle: { color: colour(index) },
      };
      if (form === "scatter")
        return {
          ...look,
          type: "scatter",
          symbolSize: 6 * times,
          data: every.flatMap((row) => {
            const [along, value] = [amount(at, row), data[row]];
            return along === null || value == null ? [] : [[along, value]];
          }),
        };
      if (form === "bar") return { ...look, type: "bar", barCategoryGap: "28%", data };
      return {
        ...look,
        type: "line",
        connectNulls: false,
        symbolSize: 4 * times,
        showSymbol: every.length < 100,
        lineStyle: { width: 2 * times, color: colour(index) },
        data,
      };
    }),
  };
}
