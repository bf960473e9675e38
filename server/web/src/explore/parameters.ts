/** The parameters of a statement: which there are, and how what is typed for them becomes a value of the request. */

import {
  PARAMETER_TYPES,
  type GivenValue,
  type ParameterType,
  type ParameterValue,
  type ParameterValues,
  type ScalarType,
} from "@/api/sql";
import type { Declared } from "@/api/saved";
import type { Scalar } from "@/api/types";
import { formatter } from "@/design/format";
import { t } from "@/texts/texts";

/** All that a value may be: one of these, or a list of them. */
export const TYPES: readonly ParameterType[] = [...PARAMETER_TYPES, ...PARAMETER_TYPES.map((type) => `${type}[]` as const)];

export const isList = (type: ParameterType): boolean => type.endsWith("[]");

/** What each value of a list is, and what one value is of itself. */
const each = (type: ParameterType) => type.replace("[]", "") as ScalarType;

/** What was typed for a list, value by value. */
const lines = (text: string) => text.split("\n").filter((line) => line.trim() !== "");

/** What somebody typed for a parameter. */
export interface Typed {
  type: ParameterType;
  /** A list has a value a line. */
  text: string;
  isNull: boolean;
}

export type TypedBy = Readonly<Record<string, Typed>>;

/** What may stand between parameters and is none of them: strings, quoted names, comments; `$` within a name is a part of it. */
const SKIPPED =
  /\$\$[\s\S]*?\$\$|'(?:[^']|'')*'?|"(?:[^"]|"")*"?|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[\p{L}_][\p{L}\p{N}_$]*|\$([\p{L}\p{N}_]+)/gu;

/** The names of the parameters of a statement, each once: those that are numbers by their number, others as they come. */
export function parametersOf(sql: string): string[] {
  const names = new Set<string>();
  for (const [, name] of sql.matchAll(SKIPPED)) if (name) names.add(name);
  const all = [...names];
  return all.every(isNumber) ? all.toSorted((one, other) => Number(one) - Number(other)) : all;
}

const isNumber = (name: string) => /^\d+$/.test(name);

export const untyped: Typed = { type: "text", text: "", isNull: false };

/** What is wrong with what was typed, in words for below its field; `null` when nothing is. */
export function wrongWith({ type, text, isNull }: Typed): string | null {
  if (isNull) return null;
  const of = each(type);
  if (!isList(type)) return wrongOne(of, text);
  const line = lines(text).find((line) => wrongOne(of, line.trim()) !== null);
  return line === undefined
    ? null
    : t("“{line}” is none of them. Each line has to be: {what}", { line, what: wrongOne(of, line.trim()) ?? "" });
}

function wrongOne(type: ScalarType, text: string): string | null {
  if (type === "text") return null;
  if (text.trim() === "") return t("A value is missing: type one, or choose NULL.");
  if (type === "integer" && !Number.isSafeInteger(Number(text))) return t("A whole number of at most 15 digits, such as 42.");
  if (type === "double" && !Number.isFinite(Number(text))) return t("A number, such as 0.5.");
  if (type === "boolean" && !["true", "false"].includes(text)) return t("true or false.");
  if (type === "date" && !/^\d{4}-\d{2}-\d{2}$/.test(text)) return t("A day, such as 2026-01-31.");
  if (type === "timestamp" && Number.isNaN(Date.parse(text))) return t("A day and time, such as 2026-01-31 09:00.");
  return null;
}

function value({ type, text, isNull }: Typed, timeZone: string): ParameterValue {
  if (isNull) return { type, value: null };
  const of = each(type);
  if (!isList(type)) return { type, value: one(of, text, timeZone) };
  return { type, value: lines(text).map((line) => one(of, of === "text" ? line : line.trim(), timeZone)) };
}

function one(type: ScalarType, text: string, timeZone: string): string | number | boolean {
  if (type === "integer" || type === "double") return Number(text);
  if (type === "boolean") return text === "true";
  return type === "timestamp" ? instant(text, timeZone) : text;
}

/** A value with its type: the one that it has, that is declared or, where nobody says, that JSON tells. */
export function withType(given: GivenValue, declared?: ParameterType): ParameterValue {
  if (typeof given === "object" && given !== null && !Array.isArray(given)) return given;
  const first = Array.isArray(given) ? given[0] : given;
  const of =
    typeof first === "boolean" ? "boolean" : typeof first !== "number" ? "text" : Number.isInteger(first) ? "integer" : "double";
  return { type: declared ?? (Array.isArray(given) ? `${of}[]` : of), value: given };
}

/** A value as somebody types it, for whoever reads a request that has it. */
export const textOf = (value: Scalar | readonly Scalar[] | undefined): string =>
  value instanceof Array ? value.map((one) => String(one ?? "")).join("\n") : String(value ?? "");

/** The values as the request takes them: in an array by number, or in an object by name; without parameters nothing. */
export function values(names: readonly string[], typed: TypedBy, timeZone: string): ParameterValues | undefined {
  if (names.length === 0) return undefined;
  const of = (name: string) => value(typed[name] ?? untyped, timeZone);
  if (names.every(isNumber)) return names.map(of);
  return Object.fromEntries(names.map((name) => [name, of(name)]));
}

/** The instant at which clocks of a zone show this (`2026-01-31T09:00`), or what the text itself says with an offset of its own. */
export function instant(text: string, timeZone: string): string {
  if (/(Z|[+-]\d{2}:?\d{2})$/.test(text)) return new Date(text).toISOString();
  const { clock } = formatter("en", timeZone);
  const asUtc = Date.parse(`${text}Z`);
  const shown = (at: number) => Date.parse(`${clock(at * 1_000).replace(" ", "T")}Z`);
  // Twice, since the zone's offset may change between the first guess and the instant.
  let at = asUtc;
  for (let round = 0; round < 2; round += 1) at += asUtc - shown(at);
  return new Date(at).toISOString();
}

/** The parameters as a saved query declares them; what is typed now is their default. */
export function declared(names: readonly string[], typed: TypedBy, timeZone: string): Declared[] {
  // Those that are numbers have no name to be declared by.
  if (names.every(isNumber)) return [];
  return names.map((name) => {
    const one = typed[name] ?? untyped;
    const known = wrongWith(one) === null && (one.isNull || one.text !== "");
    return { name, type: one.type, ...(known && { default: value(one, timeZone).value }) };
  });
}

/** Whether values of these are what a saved query takes: of the names and types that it declares, or whatever where it declares none. */
export const takes = (parameters: readonly Declared[], names: readonly string[], typed: TypedBy): boolean =>
  parameters.length === 0 ||
  (parameters.length === names.length &&
    parameters.every(({ name, type }) => names.includes(name) && (typed[name] ?? untyped).type === type));

/** What is typed at first for those that a saved query declares. */
export function typedOf(parameters: readonly Declared[], timeZone: string): TypedBy {
  const { clock } = formatter("en", timeZone);
  const shown = (type: ParameterType, value: Scalar) => {
    const at = each(type) === "timestamp" ? Date.parse(String(value)) : Number.NaN;
    return Number.isNaN(at) ? value : clock(at * 1_000).replace(" ", "T");
  };
  const text = ({ type, default: value }: Declared) =>
    textOf(Array.isArray(value) ? value.map((one) => shown(type, one)) : value == null ? value : shown(type, value));
  return Object.fromEntries(
    parameters.map((one) => [
      one.name,
      { type: TYPES.find((type) => type === one.type) ?? "text", text: text(one), isNull: one.default === null },
    ]),
  );
}

/** For the address of the page, and back. What makes no sense in an address is left out. */
export function written(names: readonly string[], typed: TypedBy): string | undefined {
  const kept = names.flatMap((name) => {
    const one = typed[name];
    return one ? [[name, one.type, one.isNull ? null : one.text]] : [];
  });
  return kept.length === 0 ? undefined : JSON.stringify(kept);
}

export function read(text: string | undefined): TypedBy {
  let found: unknown;
  try {
    found = JSON.parse(text ?? "[]");
  } catch {
    return {};
  }
  if (!Array.isArray(found)) return {};
  const typed = found.flatMap((one: unknown): [string, Typed][] => {
    if (!Array.isArray(one)) return [];
    const [name, kind, text] = one as unknown[];
    const type = TYPES.find((type) => type === kind);
    if (typeof name !== "string" || !type) return [];
    return [[name, { type, text: typeof text === "string" ? text : "", isNull: text === null }]];
  });
  return Object.fromEntries(typed);
}
