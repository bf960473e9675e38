/** What is told of forecasts in words. */

import type { Day } from "@/api/types";
import { t } from "@/texts/texts";

const kinds = (): Readonly<Record<string, readonly [one: string, several: string]>> => ({
  project: [t("project"), t("projects")],
  epic: [t("epic"), t("epics")],
  sprint: [t("sprint"), t("sprints")],
  release: [t("release"), t("releases")],
  team: [t("team"), t("teams")],
});

/** What a forecast is of: `epic`. */
export const kindWord = (kind: string): string => kinds()[kind]?.[0] ?? kind;

/** Several of them: `epics`. */
export const kindsWord = (kind: string): string => kinds()[kind]?.[1] ?? `${kind}s`;

/** The days of a forecast: `50 % by Nov 30, 2026, 85 % by Dec 7, 2026`. */
export function daysWords(p50: Day | null, p85: Day | null, day: (day: Day) => string): string {
  if (!p50) return t("no 50 % day within five years");
  return p85
    ? t("50 % by {p50}, 85 % by {p85}", { p50: day(p50), p85: day(p85) })
    : t("50 % by {p50}, no 85 % day within five years", { p50: day(p50) });
}
