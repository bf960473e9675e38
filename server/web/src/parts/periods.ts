/** Periods of a chart and of its table in words. One that is not over says so. */

import type { Grain, Point } from "@/api/types";
import type { Format } from "@/design/format";
import { t } from "@/texts/texts";

/** `2026-W47, from Nov 16, not over`. */
export const periodWords = (of: Pick<Point, "label" | "from" | "partial">, format: Format): string =>
  of.partial ? t("{period}, not over", { period: format.period(of) }) : format.period(of);

/** The same in a table, where it is what is sorted by: `2026-W47 (not over)`. */
export const periodLabel = ({ label, partial }: Pick<Point, "label" | "partial">): string =>
  partial ? t("{period} (not over)", { period: label }) : label;

export const grainWord = (grain: Grain): string => ({ day: t("day"), week: t("week"), month: t("month") })[grain];
