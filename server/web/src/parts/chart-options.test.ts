import { expect, it } from "vitest";
import { formatter } from "@/design/format";
import type { Dashboard, Point } from "@/api/types";
import { readFileSync } from "node:fs";
import { axis, chartOptions, drawn, groupName, MOST_SERIES, scaleOf } from "./chart-options";
import { plain } from "../../tests/plain";

const en = formatter("en", "UTC");
const marks = (highest: number, unit: string) => {
  const { max, interval, text } = axis(highest, unit, en);
  return Array.from({ length: Math.round(max / interval) + 1 }, (_, at) => text(at * interval));
};

it("marks an axis in steps that people count in", () => {
  expect(marks(7.3, "items")).toEqual(["0", "2", "4", "6", "8"]);
  expect(marks(38, "items per week")).toEqual(["0", "10", "20", "30", "40"]);
  expect(marks(0.9, "items")).toEqual(["0", "0.25", "0.5", "0.75", "1"]);
  expect(plain(marks(0.163, "ratio"))).toEqual(["0 %", "5 %", "10 %", "15 %", "20 %"]);
});

it("marks times in one unit", () => {
  expect(plain(marks(5.8 * 86_400, "seconds"))).toEqual(["0 d", "2 d", "4 d", "6 d"]);
  expect(plain(marks(20 * 3_600, "seconds"))).toEqual(["0 h", "6 h", "12 h", "18 h", "24 h"]);
  expect(plain(marks(60 * 3_600, "working seconds"))).toEqual(["0 h", "24 h", "48 h", "72 h"]);
  expect(plain(marks(50 * 60, "seconds"))).toEqual(["0 min", "15 min", "30 min", "45 min", "60 min"]);
});

it("has an axis where all is nothing", () => {
  expect(marks(0, "items").at(-1)).not.toBe("0");
});

it("leaves out what is too large for any scale", () => {
  const { series } = JSON.parse(readFileSync("tests/recorded/dora.json", "utf8")) as Dashboard;
  const line = series.find(({ form }) => form === "line");
  if (!line?.groups[0]) throw new Error("there is no line");
  const [group] = line.groups;
  const [first, ...others] = group.points;
  if (!first) throw new Error("there is no point");
  const huge = { ...first, figure: { ...first.figure, value: 1.5e308 } };
  const drawn = (unit: string) => {
    const typical = { ...group.typical, p10: 1, p90: Number.MAX_VALUE } as typeof group.typical;
    const options = chartOptions({ ...line, unit, groups: [{ ...group, typical, points: [huge, ...others] }] }, en, false);
    const [shown] = options.series as { data: { value: number | null }[]; markArea?: unknown }[];
    return { max: (options.yAxis as { max: number }).max, value: shown?.data[0]?.value, band: shown?.markArea };
  };
  for (const unit of ["items", "ratio", "seconds"]) {
    const { max, value, band } = drawn(unit);
    expect(Number.isFinite(max)).toBe(true);
    expect(value).toBeNull();
    expect(band).toBeUndefined();
  }
});

it("draws the way to a period that is not over pale, and no other", () => {
  const { series } = JSON.parse(readFileSync("tests/recorded/dora.json", "utf8")) as Dashboard;
  const line = series.find(({ form }) => form === "line");
  if (!line?.groups[0]) throw new Error("there is no line");
  const [group] = line.groups;
  const veiled = (points: Point[]) => {
    const drawn = chartOptions({ ...line, groups: [{ ...group, points }] }, en, false).series as { data: unknown[] }[];
    return drawn[1]?.data.filter((value) => value !== null);
  };
  expect(group.points.at(-1)?.partial).toBe(true);
  expect(veiled(group.points)).toEqual(group.points.slice(-2).map(({ figure }) => figure.value));
  expect(veiled(group.points.slice(0, -1))).toEqual([]);
});

it("grows with the page's type on very wide screens", () => {
  const [series] = (JSON.parse(readFileSync("tests/recorded/dora.json", "utf8")) as Dashboard).series;
  if (!series) throw new Error("there is no series");
  const size = () => (chartOptions(series, en, false).textStyle as { fontSize: number }).fontSize;
  expect(size()).toBe(11);
  document.documentElement.style.fontSize = "24px";
  try {
    expect(size()).toBe(16.5);
  } finally {
    document.documentElement.style.fontSize = "";
  }
});

it("stands the first of a stack on top, as the legend is read", () => {
  const { series } = JSON.parse(readFileSync("tests/recorded/flow.json", "utf8")) as Dashboard;
  const orders = (form: string) =>
    series
      .filter((one) => one.form === form)
      .flatMap((one) => chartOptions(one, en, false).series as { stackOrder?: string }[])
      .map(({ stackOrder }) => stackOrder);
  expect(new Set(orders("stacked"))).toEqual(new Set(["seriesDesc"]));
  expect(new Set(orders("bar"))).toEqual(new Set([undefined]));
});

it("draws of many groups those with the most observations, and of a whole the others as one in their place", () => {
  const { series } = JSON.parse(readFileSync("tests/recorded/flow.json", "utf8")) as Dashboard;
  const flow = series.find(({ form }) => form === "stacked");
  const one = flow?.groups[0];
  if (!flow || !one) throw new Error("there is no stack");
  // Those with 10, 30 and 20 items are not among the five largest; with six, the one with 30 is.
  const figure = (n: number) => ({ ...one.total, value: n, n, open: 0, excluded: 0 });
  const groups = [80, 10, 30, 20, 50, 60, 70, 90].map((n, at) => ({
    ...one,
    key: `stage ${at}`,
    name: `stage ${at}`,
    total: figure(n),
    points: one.points.map((point) => ({ ...point, figure: figure(n) })),
  }));
  const names = (form: typeof flow.form) => drawn({ ...flow, form, groups }).map(({ name }) => name);
  expect(names("stacked")).toEqual(["stage 0", "3 others", "stage 4", "stage 5", "stage 6", "stage 7"]);
  expect(names("line")).toEqual(["stage 0", "stage 2", "stage 4", "stage 5", "stage 6", "stage 7"]);
  const others = drawn({ ...flow, groups })[1];
  expect([others?.total.n, others?.points.at(-1)?.figure.value]).toEqual([60, 60]);
  expect(drawn({ ...flow, groups: groups.slice(0, MOST_SERIES) })).toHaveLength(MOST_SERIES);
});

it("begins a stack's axis below what was there all along, where that is more than a third of it", () => {
  const { series } = JSON.parse(readFileSync("tests/recorded/flow.json", "utf8")) as Dashboard;
  const flow = series.find(({ kind, form }) => form === "stacked" && kind === "level");
  const one = flow?.groups[0];
  const point = one?.points[0];
  if (!flow || !one || !point) throw new Error("there is no stack of levels");
  const group = (key: string, values: (number | null)[]) => ({
    ...one,
    key,
    points: values.map((value) => ({ ...point, figure: { ...point.figure, value } })),
  });
  const scale = (done: (number | null)[]) => {
    const { min, max, interval } = scaleOf({ ...flow, groups: [group("todo", [500, 600, null]), group("done", done)] }, en);
    return [min, max, interval];
  };
  // Of 2,100 at most 1,300 were done before: what is left, 800, is divided by 200.
  expect(scale([1300, 1500, null])).toEqual([1200, 2200, 200]);
  // A mark that is reached all along is none to begin at: something of what lies below is drawn.
  expect(scale([1250, 1500, null])).toEqual([1000, 2250, 250]);
  expect(scale([200, 300, null])).toEqual([0, 1000, 250]);
  expect(scale([null, null, null])).toEqual([0, 600, 200]);
});

it("calls what is told apart by a class in the page's words, and names of the tenant's as they are", () => {
  const { series } = JSON.parse(readFileSync("tests/recorded/dora.json", "utf8")) as Dashboard;
  const group = series[0]?.groups[0];
  if (!group) throw new Error("there is no series");
  const of = (key: string | null) => ({ ...group, key, name: null });
  const all = [of("unclassified"), of(null)];
  expect(groupName(of("todo"), all, { title: "Throughput", by: "stage" })).toBe("to do");
  expect(groupName(of("todo"), all, { title: "Throughput", by: "project" })).toBe("todo");
  expect(groupName(of(null), all, { title: "Throughput", by: "class" })).toBe("none");
  expect(groupName(of(null), [of(null)], { title: "Throughput", by: null })).toBe("Throughput");
});
