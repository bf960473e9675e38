/** What people type of a value, where its unit is one that only programs count in. */

import { t } from "@/texts/texts";

/** How many of the metric's unit one of what is typed is: hours for durations, per cent for shares. */
export function typedIn(unit: string): { each: number; words: string } {
  if (unit === "seconds") return { each: 3_600, words: t("hours") };
  if (unit === "working seconds") return { each: 3_600, words: t("working hours") };
  if (unit === "ratio") return { each: 0.01, words: "%" };
  return { each: 1, words: unit };
}

/** A value as it is typed, and back, without the noise of binary fractions. */
export const typed = (value: number, unit: string): string => String(tidy(value / typedIn(unit).each));
export const valueOf = (text: string, unit: string): number => tidy(Number(text) * typedIn(unit).each);

const tidy = (value: number) => Number(value.toPrecision(12));
