/** The answer to a question: Arrow's record batches as they came, whose columns are typed arrays, and how one value of them is read. */

import { DataType, DateUnit, Precision, TimeUnit, type RecordBatch, type Schema, type Vector } from "apache-arrow";

/** What is told of a value apart from its text: how it is aligned, sorted and drawn. */
export type Kind = "number" | "text" | "boolean" | "date" | "time" | "other";

export interface AnswerColumn {
  name: string;
  /** The type, as people say it: `integer`, `timestamp`, `text[]`. */
  type: string;
  kind: Kind;
  /** As it is sorted and drawn by: NULL is `null`; a time is nanoseconds since 1970. */
  key: (row: number) => number | bigint | string | boolean | null;
  /** As it is written to others, exactly; `null` is NULL, which is not the empty text. */
  text: (row: number) => string | null;
}

export interface Answer {
  columns: AnswerColumn[];
  rows: number;
}

type Read = (chunk: Vector, at: number) => unknown;

const UNITS: Record<TimeUnit, bigint> = {
  [TimeUnit.SECOND]: 1_000_000_000n,
  [TimeUnit.MILLISECOND]: 1_000_000n,
  [TimeUnit.MICROSECOND]: 1_000n,
  [TimeUnit.NANOSECOND]: 1n,
};
const DAY = 86_400_000;

/** A value as it lies in its typed array, before Arrow's own reading rounds it. */
const lying: Read = (chunk, at) => {
  const [data] = chunk.data;
  return (data?.values as ArrayLike<unknown> | undefined)?.[at];
};
const asArrow: Read = (chunk, at) => chunk.get(at);

interface Reading {
  type: string;
  kind: Kind;
  key: (chunk: Vector, at: number) => number | bigint | string | boolean | null;
  text: (chunk: Vector, at: number) => string;
}

const numbers = (type: string): Reading => ({
  type,
  kind: "number",
  // NaN is more than any number, as ORDER BY has it.
  key: (chunk, at) => {
    const value = asArrow(chunk, at) as number | bigint;
    return Number.isNaN(value) ? Infinity : value;
  },
  text: (chunk, at) => String(asArrow(chunk, at)),
});

function reading(type: DataType): Reading {
  if (DataType.isInt(type)) return numbers("integer");
  if (DataType.isFloat(type)) return numbers(type.precision === Precision.DOUBLE ? "double" : "float");
  if (DataType.isDecimal(type)) {
    const text = (chunk: Vector, at: number) => decimal(asArrow(chunk, at) as Uint32Array, type.scale);
    return {
      type: `decimal(${type.precision}, ${type.scale})`,
      kind: "number",
      key: (chunk, at) => Number(text(chunk, at)),
      text,
    };
  }
  if (DataType.isBool(type))
    return {
      type: "boolean",
      kind: "boolean",
      key: (chunk, at) => chunk.get(at) === true,
      text: (chunk, at) => String(chunk.get(at)),
    };
  if (DataType.isDate(type)) {
    const size = type.unit === DateUnit.DAY ? DAY : 1;
    const day = (chunk: Vector, at: number) => Number(lying(chunk, at)) * size;
    return { type: "date", kind: "date", key: day, text: (chunk, at) => new Date(day(chunk, at)).toISOString().slice(0, 10) };
  }
  if (DataType.isTimestamp(type)) {
    const nanos = (chunk: Vector, at: number) => (lying(chunk, at) as bigint) * UNITS[type.unit];
    return { type: "timestamp", kind: "time", key: nanos, text: (chunk, at) => isoTime(nanos(chunk, at)) };
  }
  const text = DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type);
  if (text || (DataType.isDictionary(type) && reading(type.dictionary as DataType).kind === "text")) {
    const read = (chunk: Vector, at: number) => asArrow(chunk, at) as string;
    return { type: "text", kind: "text", key: read, text: read };
  }
  const other = (chunk: Vector, at: number) => told(asArrow(chunk, at));
  return {
    type: DataType.isList(type)
      ? `${reading(type.valueType as DataType).type}[]`
      : String(type as { toString: () => string }).toLowerCase(),
    kind: "other",
    key: other,
    text: other,
  };
}

/** Two's complement of so many words, the lowest first, with the point where the scale has it. */
function decimal(words: Uint32Array, scale: number): string {
  let whole = 0n;
  for (let at = words.length - 1; at >= 0; at -= 1) whole = (whole << 32n) | BigInt(words[at] ?? 0);
  whole = BigInt.asIntN(words.length * 32, whole);
  const digits = (whole < 0n ? -whole : whole).toString().padStart(scale + 1, "0");
  const cut = digits.length - Math.max(0, scale);
  return `${whole < 0n ? "-" : ""}${digits.slice(0, cut)}${scale > 0 ? `.${digits.slice(cut)}` : "0".repeat(-scale)}`;
}

/** Nanoseconds since 1970 by ISO 8601, with as many digits of a second as there are. */
function isoTime(nanos: bigint): string {
  const second = 1_000_000_000n;
  const rest = ((nanos % second) + second) % second;
  const at = new Date(Number((nanos - rest) / 1_000_000n));
  if (Number.isNaN(at.getTime())) return `${nanos} ns`;
  const digits = rest === 0n ? "" : `.${rest.toString().padStart(9, "0").replace(/0+$/, "")}`;
  return `${at.toISOString().slice(0, -5)}${digits}Z`;
}

/** A list, a struct or bytes in words. */
function told(value: unknown): string {
  if (value instanceof Uint8Array) return `\\x${[...value].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? Number(inner) : inner));
}

/** Puts batches together to an answer. Nothing is copied: a value is looked up in the batch that has its row. */
export function answerOf(schema: Schema, batches: readonly RecordBatch[]): Answer {
  const starts = new Float64Array(batches.length);
  let rows = 0;
  batches.forEach((batch, at) => {
    starts[at] = rows;
    rows += batch.numRows;
  });
  let last = 0;
  const batchOf = (row: number): number => {
    const isIn = (at: number) => row >= (starts[at] ?? 0) && row < (starts[at + 1] ?? rows);
    if (isIn(last)) return last;
    let [low, high] = [0, batches.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= row) low = middle;
      else high = middle - 1;
    }
    last = low;
    return low;
  };
  const columns = schema.fields.map(({ name, type }, index): AnswerColumn => {
    const of = reading(type as DataType);
    const chunks = batches.map((batch) => batch.getChildAt(index));
    const within =
      <T>(read: (chunk: Vector, at: number) => T) =>
      (row: number): T | null => {
        const batch = batchOf(row);
        const [chunk, at] = [chunks[batch], row - (starts[batch] ?? 0)];
        return chunk?.isValid(at) ? read(chunk, at) : null;
      };
    return { name, type: of.type, kind: of.kind, key: within(of.key), text: within(of.text) };
  });
  return { columns, rows };
}

/** The order of the rows by a column; NULLs are last, whichever way is up. Rows that are alike stay as they came. */
export function ordered({ rows }: Answer, column: AnswerColumn, down: boolean): Uint32Array {
  const keys = Array.from({ length: rows }, (_, row) => column.key(row));
  const filled = Uint32Array.from({ length: rows }, (_, row) => row).filter((row) => keys[row] !== null);
  const nulls = Uint32Array.from({ length: rows }, (_, row) => row).filter((row) => keys[row] === null);
  const sign = down ? -1 : 1;
  const compare =
    column.kind === "text" || column.kind === "other"
      ? // By code points, as ORDER BY does it.
        (a: number, b: number) =>
          (keys[a] as string) < (keys[b] as string) ? -sign : (keys[a] as string) > (keys[b] as string) ? sign : a - b
      : (a: number, b: number) => {
          const [one, other] = [keys[a] as number, keys[b] as number];
          return one < other ? -sign : one > other ? sign : a - b;
        };
  filled.sort(compare);
  const order = new Uint32Array(rows);
  order.set(filled);
  order.set(nulls, filled.length);
  return order;
}
