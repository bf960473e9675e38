/** How high dots stand over nothing: on an axis that is even, or, of durations, even in how many times as long something took. */

import type { Format } from "@/design/format";
import { t } from "@/texts/texts";
import { axis } from "./chart-options";

const HOUR = 3_600;
const DAY = 86_400;
/** Each is three to ten times the one before. */
const MARKS = [60, 600, HOUR, 6 * HOUR, DAY, 3 * DAY, 10 * DAY, 30 * DAY, 100 * DAY, 300 * DAY, 1_000 * DAY, 3_000 * DAY];

export interface Heights {
  logarithmic: boolean;
  /** From the lowest to the highest. */
  marks: readonly { value: number; text: string }[];
  /** From 0, the lowest mark, to 1, the highest. */
  of: (value: number) => number;
}

/** Whether one duration is so much longer than most that on an even axis the others would lie on the floor. */
export function farApart(values: readonly number[], most: number | null): boolean {
  const longest = values.reduce((longest, value) => Math.max(longest, value), 0);
  return most !== null && most > 0 && longest > 8 * most;
}

export function heights(values: readonly number[], logarithmic: boolean, format: Format, unit = "seconds"): Heights {
  const longest = values.reduce((longest, value) => Math.max(longest, value), 0);
  return logarithmic ? byTimes(values, longest, format) : even(longest, unit, format);
}

function even(longest: number, unit: string, format: Format): Heights {
  const { max, interval, text } = axis(longest, unit, format);
  const steps = Math.round(max / interval);
  const marks = Array.from({ length: steps + 1 }, (_, at) => ({
    value: at * interval,
    text: at === 0 ? "0" : text(at * interval),
  }));
  return { logarithmic: false, marks, of: (value) => within(value / max) };
}

/** There is no 0 on such an axis: what took no time, or less than the lowest mark, stands on that. */
function byTimes(values: readonly number[], longest: number, format: Format): Heights {
  const shortest = values.reduce((shortest, value) => (value > 0 ? Math.min(shortest, value) : shortest), longest);
  const first = Math.max(
    0,
    MARKS.findLastIndex((mark) => mark <= shortest),
  );
  const above = MARKS.findIndex((mark) => mark >= longest);
  const last = Math.max(first + 1, above < 0 ? MARKS.length - 1 : above);
  const shown = MARKS.slice(first, last + 1);
  const [low, high] = [shown[0] ?? 1, Math.max(shown.at(-1) ?? 1, longest)];
  const text = (mark: number) =>
    mark < HOUR
      ? format.beside(format.count(mark / 60), t("min"))
      : mark < DAY
        ? format.beside(format.count(mark / HOUR), t("h"))
        : format.beside(format.count(mark / DAY), t("d"));
  return {
    logarithmic: true,
    marks: shown.map((value) => ({ value, text: text(value) })),
    of: (seconds) => (seconds <= low ? 0 : within(Math.log(seconds / low) / Math.log(high / low))),
  };
}

const within = (part: number) => Math.min(1, Math.max(0, part));

/** How close two dots of one column may be, as a part of its height, and how many stand beside each other. */
const CLOSE = 0.032;
const ABREAST = 11;

/** Where dots of these heights stand in a column, from -1, its left, to 1: in the middle, unless another is there. */
export function abreast(heights: readonly number[]): number[] {
  const taken: number[][] = Array.from({ length: ABREAST }, () => []);
  return heights.map((height, at) => {
    const free = taken.findIndex((others) => others.every((other) => Math.abs(other - height) >= CLOSE));
    // Where all are taken dots lie on one another, and not all in one place.
    const place = free < 0 ? at % ABREAST : free;
    taken[place]?.push(height);
    // 0, 1, -1, 2, -2 and so on.
    return ((place % 2 === 1 ? 1 : -1) * Math.ceil(place / 2)) / Math.floor(ABREAST / 2) || 0;
  });
}

/** Heights that are moved up until what is written at each can be read; they come from the lowest on. */
export function apart(heights: readonly number[], least: number): number[] {
  let before = -Infinity;
  return heights.map((height) => (before = Math.max(height, before + least)));
}
