/** Numbers, times and changes as people read them, in the tenant's locale and time zone. */

import type { Comparison, Day, Micros, Point } from "@/api/types";
import { many, t } from "@/texts/texts";
import { GAP, together } from "./gap";

/** A value and what it is in, apart, since they are set apart. */
export interface Shown {
  number: string;
  unit: string;
}

/** What a change is told of. */
type Compared = Pick<Comparison, "with" | "value" | "delta" | "delta_ratio" | "better">;

export interface Change {
  way: "up" | "down" | "same";
  /** `up 12 %`. */
  text: string;
  /** The same beside an arrow: `12 %`. */
  amount: string;
  /** Whether that is good; `null` where neither way is. */
  verdict: "better" | "worse" | "met" | "missed" | null;
  /** What it is held against: `from 4.2 days`. */
  against: string;
}

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;
const DAY_LABEL = /^\d{4}-\d{2}-\d{2}$/;
/** A day by itself: none that is part of a name, a time or an address. */
const DAY_IN_WORDS = /(?<![\w/=-])\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?![\w/-])/g;
const MONTH_LABEL = /^\d{4}-\d{2}$/;

export type Format = ReturnType<typeof formatter>;

const isTime = (unit: string | null) => unit === "seconds" || unit === "working seconds";

/** `items per week` as people say it: `items a week`. */
function rate(unit: string | null): string {
  const [, what, per] = /^(.*) per (day|week|month)$/.exec(unit ?? "") ?? [];
  if (what === undefined) return unit ?? "";
  return per === "day"
    ? t("{what} a day", { what })
    : per === "week"
      ? t("{what} a week", { what })
      : t("{what} a month", { what });
}

/** How many digits behind the point a share has: one below a tenth, and where it would else be rounded to all of it. */
const shareDigits = (percent: number) => (Math.abs(percent) < 10 || (percent > 99 && percent < 100) ? 1 : 0);

const beside = (number: string, unit: string) => (unit ? number + GAP + unit : number);
/** The same where a language says what stands beside the number. */
const kept = (text: string, number: string) => text.replace(`${number} `, number + GAP);

export function formatter(locale: string, timeZone: string) {
  // Each of the browser's formats takes as long to make as a hundred values to write: they are made once, and when they are asked for.
  const numbers = new Map<number, Intl.NumberFormat>();
  const number = (value: number, digits: number) => {
    let format = numbers.get(digits);
    if (!format) numbers.set(digits, (format = new Intl.NumberFormat(locale, { maximumFractionDigits: digits })));
    return format.format(value);
  };
  /** Three digits that count, so that 3.46 and 346 take the same room and nobody reads what is not known. */
  const rounded = (value: number) => {
    const size = Math.abs(value);
    return number(value, size >= 100 ? 0 : size >= 10 ? 1 : 2);
  };
  let collator: Intl.Collator | undefined;
  const in_ = (options: Intl.DateTimeFormatOptions, writes = locale) => {
    let format: Intl.DateTimeFormat | undefined;
    return (at: Micros) => (format ??= new Intl.DateTimeFormat(writes, { timeZone, ...options })).format(at / 1_000);
  };
  const plain = in_({ timeZone: "UTC", day: "numeric", month: "short", year: "numeric" });
  const plainShort = in_({ timeZone: "UTC", day: "numeric", month: "short" });
  const shortDay = in_({ day: "numeric", month: "short" });
  const monthName = in_({ month: "short", year: "numeric" });
  // Swedish times are written from the year to the second.
  const clock = in_({ dateStyle: "short", timeStyle: "medium" }, "sv");
  const at = (day: Day): Micros => Date.parse(`${day}T00:00:00Z`) * 1_000;

  function duration(seconds: number, working: boolean): Shown & { text: string; short: string } {
    const size = Math.abs(seconds);
    const plain = (number: string, unit: string, short = unit) => ({ number, unit, text: beside(number, unit), short });
    if (size < MINUTE) return plain(rounded(seconds), t("s"));
    if (size < HOUR) return plain(number(seconds / MINUTE, 0), t("min"));
    // Working days differ in length between tenants, hours do not.
    if (size < 2 * DAY || working)
      return plain(number(seconds / HOUR, size < 100 * HOUR ? 1 : 0), working ? t("working h") : t("h"), t("h"));
    const [each, digits] = size < 730 * DAY ? [DAY, size < 100 * DAY ? 1 : 0] : [365.25 * DAY, 1];
    const count = number(seconds / each, digits);
    // A language may have another word for two of them than for two and a half: it goes by what is read.
    const read = Number((seconds / each).toFixed(digits));
    return each === DAY
      ? {
          number: count,
          unit: t("days"),
          text: kept(many(read, { one: "{count} day", other: "{count} days" }, { count }), count),
          short: t("d"),
        }
      : {
          number: count,
          unit: t("years"),
          text: kept(many(read, { one: "{count} year", other: "{count} years" }, { count }), count),
          short: t("y"),
        };
  }

  function shown(value: number, unit: string | null): Shown {
    if (isTime(unit)) return duration(value, unit === "working seconds");
    if (unit === "ratio") return { number: share(value * 100), unit: "%" };
    return { number: rounded(value), unit: rate(unit) };
  }

  /** A part that is not all of it is never rounded to 100 %: what is missing may be what somebody looks for. */
  function share(percent: number): string {
    const isNearlyAll = percent > 99 && percent < 100;
    return number(isNearlyAll ? Math.floor(percent * 10) / 10 : percent, shareDigits(percent));
  }

  const text = (value: number | null, unit: string | null) => {
    if (value === null) return t("none");
    if (isTime(unit)) return duration(value, unit === "working seconds").text;
    const parts = shown(value, unit);
    return beside(parts.number, parts.unit);
  };

  return {
    locale,
    timeZone,
    /** Which of two texts comes first where people of the locale sort them; `item 9` comes before `item 10`. */
    order: (one: string, other: string): number =>
      (collator ??= new Intl.Collator(locale, { numeric: true })).compare(one, other),
    number: rounded,
    count: (value: number) => number(value, 0),
    shown,
    text,
    beside,
    /** A chance, as the share of so many plays of the future: never none, and never all. */
    chance: (share: number) => (share < 0.01 ? t("less than 1 %") : share > 0.99 ? t("more than 99 %") : text(share, "ratio")),
    /** How long something took, from its milliseconds: `0.21 s`, `14 s`, `2 min`. */
    seconds: (milliseconds: number) => text(milliseconds / 1_000, "seconds"),
    /** What `brief` leaves out: it stands once above a column or a chart. */
    unit: (unit: string | null) =>
      unit === "seconds" || unit === "ratio" ? "" : unit === "working seconds" ? t("working hours") : rate(unit),
    /** For axes and cells, where the unit stands elsewhere. */
    brief: (value: number, unit: string | null) => {
      if (isTime(unit)) {
        const { number, short } = duration(value, unit === "working seconds");
        return beside(number, short);
      }
      const parts = shown(value, unit);
      return unit === "ratio" ? beside(parts.number, parts.unit) : parts.number;
    },
    day: (day: Day) => plain(at(day)),
    dayShort: (day: Day) => plainShort(at(day)),
    /** A sentence of the server with the days in it as the page writes them, and numbers that no line's end parts from their unit. */
    sentence: (text: string) => together(text).replace(DAY_IN_WORDS, (day) => plain(at(day))),
    date: in_({ day: "numeric", month: "short", year: "numeric" }),
    moment: in_({ day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" }),
    /** `2026-11-26 19:11:13`: what sorts as it reads. */
    clock,
    /** To the second, with the zone: what stands behind every time. */
    exact: in_({ dateStyle: "full", timeStyle: "long" }),
    /** The same as short as it gets: what stands in a time's place where it is wanted. */
    second: in_({ dateStyle: "medium", timeStyle: "long" }),
    /** `12 s ago`, `3 h ago`, `5 days ago`. */
    ago: (then: Micros, now: Micros) => {
      const seconds = Math.max(0, Math.round((now - then) / 1e6));
      // In whole ones: nobody counts parts of a day, and the exact time is behind it.
      if (seconds < 2) return t("just now");
      if (seconds < MINUTE) return t("{count} s ago", { count: number(seconds, 0) });
      if (seconds < HOUR) return t("{count} min ago", { count: number(Math.floor(seconds / MINUTE), 0) });
      if (seconds < 2 * DAY) return t("{count} h ago", { count: number(Math.floor(seconds / HOUR), 0) });
      const days = Math.floor(seconds / DAY);
      if (days < 730) return many(days, { one: "{count} day ago", other: "{count} days ago" }, { count: number(days, 0) });
      const years = Number((days / 365.25).toFixed(1));
      return many(years, { one: "{count} year ago", other: "{count} years ago" }, { count: number(years, 1) });
    },
    /** A period, as one would say it: `2026-W47, from Nov 16`. */
    period: ({ label, from }: Pick<Point, "label" | "from">) =>
      label.includes("W")
        ? t("{period}, from {day}", { period: label, day: shortDay(from) })
        : DAY_LABEL.test(label)
          ? plain(at(label))
          : monthName(from),
    /** The same under an axis. */
    tick: ({ label, from }: Pick<Point, "label" | "from">) => (MONTH_LABEL.test(label) ? monthName(from) : shortDay(from)),
    /** What stands beside a value of the same unit: a rate's is long, and is not said twice. */
    change: (comparison: Compared, unit: string | null): Change | null =>
      change(comparison, unit, (value, unit) => text(value, unit?.includes(" per ") ? null : unit), number),
  };
}

/** Less than this part of the other value is called no change: it would be rounded to 0 %. */
const HARDLY = 0.005;
/** From how many times as much on a change is told as that: nobody reads 4,149 % as 42 times. */
const TIMES = 10;

function change(
  { with: kind, value, delta, delta_ratio, better }: Compared,
  unit: string | null,
  text: (value: number | null, unit: string | null) => string,
  number: (value: number, digits: number) => string,
): Change | null {
  if (delta === null || value === null) return null;
  // What both are written as alike went nowhere that a reader could see: nobody believes 3.9 h that are up 2 % from 3.9 h.
  const alike = kind !== "target" && text(value, unit) === text(value + delta, unit);
  const hardly = alike || (unit === "ratio" ? Math.abs(delta) < 0.0005 : Math.abs(delta_ratio ?? delta) < HARDLY);
  const way = hardly ? "same" : delta > 0 ? "up" : "down";
  // What was below 0 is no size to be multiplied.
  const times = unit === "ratio" || delta_ratio === null || value <= 0 ? 0 : delta_ratio + 1;
  const count = number(times, 0);
  const manifold =
    times >= TIMES ? kept(many(Math.round(times), { one: "{count} time", other: "{count} times" }, { count }), count) : null;
  const part = () => {
    // A share that goes from 10 % to 12 % is up two points; up 20 % would be read as 30 %.
    if (unit === "ratio") {
      // It has as many digits as the shares that it lies between: more would tell of it what is not told of them.
      const digits = Math.max(...[value, value + delta].map((share) => shareDigits(share * 100)));
      const read = Number((Math.abs(delta) * 100).toFixed(digits));
      if (read === 0) return t("less than 1 point");
      const points = number(read, digits);
      return kept(many(read, { one: "{count} point", other: "{count} points" }, { count: points }), points);
    }
    if (delta_ratio === null) return text(Math.abs(delta), unit);
    return beside(number(Math.abs(delta_ratio) * 100, 0), "%");
  };
  const amount = manifold ?? part();
  const asMuch = manifold && many(Math.round(times), { one: "{count} time as much", other: "{count} times as much" }, { count });
  const held = text(value, unit);
  if (kind === "target") {
    const words = { up: asMuch ?? t("{amount} above", { amount }), down: t("{amount} below", { amount }), same: t("on target") };
    const verdict = way === "same" ? "met" : better === null ? null : better ? "met" : "missed";
    return { way, text: words[way], amount, verdict, against: t("target {value}", { value: held }) };
  }
  const against =
    kind === "year_ago"
      ? manifold
        ? t("as {value} a year ago", { value: held })
        : t("from {value} a year ago", { value: held })
      : manifold
        ? t("as {value}", { value: held })
        : t("from {value}", { value: held });
  if (way === "same") return { way, text: delta === 0 ? t("unchanged") : t("hardly changed"), amount, verdict: null, against };
  return {
    way,
    text: asMuch ?? (way === "up" ? t("up {amount}", { amount }) : t("down {amount}", { amount })),
    amount,
    verdict: better === null ? null : better ? "better" : "worse",
    against,
  };
}
