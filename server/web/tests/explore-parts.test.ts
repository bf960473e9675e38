import {
  tableFromIPC,
  tableToIPC,
  vectorFromArray,
  Table,
  Int64,
  Float64,
  Utf8,
  TimestampMicrosecond,
  DateDay,
  Bool,
  Decimal,
} from "apache-arrow";
import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "@/api/sql";
import { formatter } from "@/design/format";
import { answerOf, ordered, type Answer } from "@/explore/answer";
import { clearHistory, draft, forget, history, keep, keepDraft, type Asked } from "@/explore/kept";
import {
  declared,
  instant,
  parametersOf,
  read,
  typedOf,
  values,
  withType,
  written,
  wrongWith,
  type Typed,
} from "@/explore/parameters";
import { drawnRows, guessed, quickOptions } from "@/explore/quick-chart";
import { found } from "@/explore/search";
import { explained, mentioned, quoted, sample, spot, unexplained } from "@/explore/statement";
import { shortType } from "@/explore/types";

const typed = (type: Typed["type"], text: string, isNull = false): Typed => ({ type, text, isNull });

describe("parameters", () => {
  it("are found where the server finds them, and nowhere else", () => {
    expect(parametersOf("SELECT $2, $1 FROM t WHERE a = '$3' AND \"$4\" = $1 -- $5\n/* $6 */ AND b$7 = 1")).toEqual(["1", "2"]);
    expect(parametersOf("SELECT $since, 'it''s $no', $team, $since, $$ $in $$")).toEqual(["since", "team"]);
    expect(parametersOf("SELECT '$open")).toEqual([]);
  });

  it("go into an array by number and into an object by name, each with its type", () => {
    const by = { 1: typed("integer", "3"), 2: typed("text", "a"), 10: typed("double", "0", true) };
    expect(values(["1", "2", "10"], by, "UTC")).toEqual([
      { type: "integer", value: 3 },
      { type: "text", value: "a" },
      { type: "double", value: null },
    ]);
    expect(values(["on", "b"], { on: typed("date", "2026-01-31"), b: typed("boolean", "false") }, "UTC")).toEqual({
      on: { type: "date", value: "2026-01-31" },
      b: { type: "boolean", value: false },
    });
    expect(values([], {}, "UTC")).toBeUndefined();
  });

  it("takes times as the tenant's clocks show them, over a change of summer time", () => {
    expect(instant("2026-01-31T09:00", "Europe/Berlin")).toBe("2026-01-31T08:00:00.000Z");
    expect(instant("2026-03-29T03:30", "Europe/Berlin")).toBe("2026-03-29T01:30:00.000Z");
    expect(instant("2026-07-01T09:00:30", "America/New_York")).toBe("2026-07-01T13:00:30.000Z");
    expect(instant("2026-01-31T09:00:00+01:00", "Asia/Tokyo")).toBe("2026-01-31T08:00:00.000Z");
  });

  it("says what is wrong with a value before it is sent", () => {
    expect(wrongWith(typed("integer", "4.5"))).toMatch(/whole number/);
    expect(wrongWith(typed("integer", "9007199254740993"))).toMatch(/whole number/);
    expect(wrongWith(typed("double", ""))).toMatch(/missing/);
    expect(wrongWith(typed("double", "", true))).toBeNull();
    expect(wrongWith(typed("text", ""))).toBeNull();
    expect(wrongWith(typed("date", "31.1."))).toMatch(/day/);
    expect(wrongWith(typed("timestamp", "soon"))).toMatch(/day and time/);
    expect(wrongWith(typed("boolean", "yes"))).toMatch(/true/);
  });

  it("are lists, a value a line, which are checked and shown line by line", () => {
    const lists = {
      n: typed("integer[]", "1\n\n 2 "),
      at: typed("timestamp[]", "2026-01-31T09:00"),
      none: typed("text[]", ""),
      unknown: typed("date[]", "", true),
    };
    expect(values(Object.keys(lists), lists, "Europe/Berlin")).toEqual({
      n: { type: "integer[]", value: [1, 2] },
      at: { type: "timestamp[]", value: ["2026-01-31T08:00:00.000Z"] },
      none: { type: "text[]", value: [] },
      unknown: { type: "date[]", value: null },
    });
    expect(wrongWith(typed("integer[]", "1\nx"))).toMatch(/“x”.*whole number/);
    expect(read(written(["n"], lists))).toEqual({ n: lists.n });
    const [n] = declared(["n"], lists, "UTC");
    expect(n).toEqual({ name: "n", type: "integer[]", default: [1, 2] });
    expect(typedOf([{ name: "at", type: "timestamp[]", default: ["2026-01-31T08:00:00Z"] }], "Europe/Berlin")).toEqual({
      at: typed("timestamp[]", "2026-01-31T09:00:00"),
    });
  });

  it("have the type that is told, that is declared, or that a plain value says", () => {
    expect(withType({ type: "date", value: null }, "text")).toEqual({ type: "date", value: null });
    expect(withType("2026-01-31", "date")).toEqual({ type: "date", value: "2026-01-31" });
    expect([7, 0.5, true, "x", null, [1, 2]].map((one) => withType(one).type)).toEqual([
      "integer",
      "double",
      "boolean",
      "text",
      "text",
      "integer[]",
    ]);
  });

  it("are read from an address as they were written there, and nonsense is left out", () => {
    const by = { since: typed("timestamp", "2026-01-01T00:00"), n: typed("integer", "", true) };
    expect(read(written(["since", "n"], by))).toEqual(by);
    expect(read('[["a","colour","x"],7,["b"]]')).toEqual({});
    expect(read("{")).toEqual({});
    expect(written(["a"], {})).toBeUndefined();
  });
});

describe("statement", () => {
  it("finds the word at a place, in characters", () => {
    const sql = "SELECT '😀', idd\nFROM facts.deploymnts d";
    expect(sql.slice(...Object.values(spot(sql, { line: 1, column: 13 }) ?? {}))).toBe("idd");
    expect(sql.slice(...Object.values(spot(sql, { line: 2, column: 6 }) ?? {}))).toBe("facts.deploymnts");
    expect(sql.slice(...Object.values(spot(sql, { line: 2 }) ?? {}))).toBe("FROM facts.deploymnts d");
    expect(spot("SELECT", { line: 1, column: 7 })).toEqual({ from: 5, until: 6 });
    expect(spot(sql, { line: 9, column: 1 })).toBeNull();
    expect(spot(sql, {})).toBeNull();
  });

  it("knows which tables it names", () => {
    expect(mentioned("select * from Facts.Deployments d join core.teams on true where a = 'from x.y'")).toEqual(
      new Set(["facts.deployments", "core.teams", "x.y"]),
    );
  });

  it("explains once, and knows the place in what was written", () => {
    expect(explained("explain SELECT 1")).toBe("explain SELECT 1");
    expect(unexplained("SELEC 1", { line: 1, column: 9 })).toEqual({ line: 1, column: 1 });
    expect(unexplained("SELECT\nx", { line: 2, column: 1 })).toEqual({ line: 2, column: 1 });
  });

  it("writes names as they have to be written", () => {
    expect(quoted("deployments")).toBe("deployments");
    expect(quoted('A "b"')).toBe('"A ""b"""');
    expect(sample("facts", "work_items")).toBe("SELECT *\nFROM facts.work_items\nLIMIT 100");
  });

  it("calls types as people do", () => {
    expect(['Timestamp(µs, "UTC")', "Utf8", "List(Utf8, field: 'element')", "Decimal128(10, 2)"].map(shortType)).toEqual([
      "timestamp",
      "text",
      "text[]",
      "Decimal128(10, 2)",
    ]);
  });
});

it("finds tables by their names, and others by their columns", () => {
  const catalog = JSON.parse(readFileSync("tests/recorded/catalog.json", "utf8")) as Catalog;
  expect(found(catalog, "facts.depl").flatMap(({ tables }) => tables.map(({ name }) => name))).toEqual([
    "deployments",
    "changes",
  ]);
  const [facts] = found(catalog, "recovery_seconds");
  expect(facts?.tables.map(({ name, columns }) => [name, columns.length])).toEqual([["deployments", 1]]);
  expect(found(catalog, "")).toHaveLength(catalog.schemas.length);
  expect(found(undefined, "x")).toEqual([]);
});

/** The answer as it comes over the wire. */
function answer(table: Table): Answer {
  const come = tableFromIPC(tableToIPC(table, "stream"));
  return answerOf(come.schema, come.batches);
}

describe("answer", () => {
  const table = new Table({
    n: vectorFromArray([3n, null, 9007199254740993n, -1n], new Int64()),
    x: vectorFromArray([0.5, NaN, null, -2], new Float64()),
    name: vectorFromArray(["b", "", null, "ä"], new Utf8()),
    at: vectorFromArray([0, 1_700_000_000_123, null, -1], new TimestampMicrosecond("UTC")),
    day: vectorFromArray([new Date("2026-01-31"), null, new Date("1969-12-31"), new Date("2000-02-29")], new DateDay()),
    ok: vectorFromArray([true, false, null, true], new Bool()),
  });
  const of = answer(table.concat(table));
  const texts = (name: string) => {
    const column = of.columns.find((column) => column.name === name);
    return [0, 1, 2, 3].map((row) => column?.text(row));
  };

  it("tells each value exactly, and NULL apart from what is empty", () => {
    expect(of.rows).toBe(8);
    expect(of.columns.map(({ type }) => type)).toEqual(["integer", "double", "text", "timestamp", "date", "boolean"]);
    expect(texts("n")).toEqual(["3", null, "9007199254740993", "-1"]);
    expect(texts("x")).toEqual(["0.5", "NaN", null, "-2"]);
    expect(texts("name")).toEqual(["b", "", null, "ä"]);
    expect(texts("at")).toEqual(["1970-01-01T00:00:00Z", "2023-11-14T22:13:20.123Z", null, "1969-12-31T23:59:59.999Z"]);
    expect(texts("day")).toEqual(["2026-01-31", null, "1969-12-31", "2000-02-29"]);
    expect(texts("ok")).toEqual(["true", "false", null, "true"]);
  });

  it("keeps the digits of decimals, and their sign", () => {
    const decimals = answer(new Table({ d: vectorFromArray([125n, -5n, 0n].map(words), new Decimal(2, 10)) }));
    expect([0, 1, 2].map((row) => decimals.columns[0]?.text(row))).toEqual(["1.25", "-0.05", "0.00"]);
  });

  it("orders by value, with NULL last whichever way, and alike rows as they came", () => {
    const order = (name: string, down: boolean) => {
      const column = of.columns.find((column) => column.name === name);
      return column ? [...ordered(of, column, down)] : [];
    };
    expect(order("n", false)).toEqual([3, 7, 0, 4, 2, 6, 1, 5]);
    expect(order("n", true)).toEqual([2, 6, 0, 4, 3, 7, 1, 5]);
    expect(order("name", false)).toEqual([1, 5, 0, 4, 3, 7, 2, 6]);
    expect(order("x", true)).toEqual([1, 5, 0, 4, 3, 7, 2, 6]);
    expect(order("at", false)).toEqual([3, 7, 0, 4, 1, 5, 2, 6]);
  });

  it("has columns also when it has no rows", () => {
    const none = answer(new Table({ n: vectorFromArray([] as bigint[], new Int64()) }));
    expect([none.rows, none.columns.map(({ name }) => name)]).toEqual([0, ["n"]]);
  });

  it("is drawn over time from left to right, with a gap for NULL", () => {
    const choice = guessed(of);
    expect(choice).toEqual({ form: "line", x: 3, ys: [0] });
    if (!choice) return;
    expect(drawnRows(of, choice)).toEqual([3, 7, 0, 4, 1, 5, 2, 6]);
    const { series } = quickOptions(of, { ...choice, ys: [1] }, formatter("en", "UTC")) as { series: { data: unknown[] }[] };
    expect(series[0]?.data).toEqual([-2, -2, 0.5, 0.5, null, null, null, null]);
    expect(guessed(answer(new Table({ name: vectorFromArray(["a"], new Utf8()) })))).toBeNull();
  });
});

/** A number as the four words of a 128-bit one. */
function words(value: bigint): Uint32Array {
  const whole = BigInt.asUintN(128, value);
  return Uint32Array.from([0n, 32n, 64n, 96n], (shift) => Number((whole >> shift) & 0xffffffffn));
}

describe("what this browser keeps", () => {
  beforeEach(forget);
  const asked = (sql: string): Asked => ({ sql, at: 1, milliseconds: 2, rows: 3 });

  it("is each person's in each tenant, the newest first and each once", () => {
    keep("demo:u1", asked("a"));
    keep("demo:u1", asked("b"));
    expect(keep("demo:u1", asked("a")).map(({ sql }) => sql)).toEqual(["a", "b"]);
    expect(history("bank:u1")).toEqual([]);
    expect(history("demo:u2")).toEqual([]);
    clearHistory("demo:u1");
    expect(history("demo:u1")).toEqual([]);
  });

  it("is forgotten with signing out, and has no end without bound", () => {
    for (let n = 0; n < 80; n += 1) keep("demo:u1", asked(`SELECT ${n}`));
    expect(history("demo:u1")).toHaveLength(50);
    keepDraft("demo:u1", "SELECT");
    expect(draft("demo:u1")).toBe("SELECT");
    forget();
    expect([history("demo:u1"), draft("demo:u1")]).toEqual([[], ""]);
  });

  it("survives what somebody else put there", () => {
    localStorage.setItem("pulse.explore.history.demo:u1", '[{"sql":1},null,"x"]');
    expect(history("demo:u1")).toEqual([]);
    localStorage.setItem("pulse.explore.history.demo:u1", "{");
    expect(history("demo:u1")).toEqual([]);
  });
});
