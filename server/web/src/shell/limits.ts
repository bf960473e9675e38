/** What a page is limited to, and how that is said. */

import { useQueries } from "@tanstack/react-query";
import { names } from "@/api/queries";
import { DIMENSIONS, dimensionsWords, dimensionWords, type Search } from "@/api/scope";
import type { Compare, Dimension, Grain } from "@/api/types";
import { t } from "@/texts/texts";

export const grainWords = (grain: Grain): string => ({ day: t("day"), week: t("week"), month: t("month") })[grain];

export const compareWords = (compare: Compare): string =>
  ({ previous: t("span before"), year_ago: t("a year ago"), target: t("target") })[compare];

/** What a page can be limited to, but for what it is of by itself. */
export const limitable = (fixed: Dimension | undefined): readonly Dimension[] =>
  DIMENSIONS.filter((dimension) => dimension !== fixed);

export interface Limit {
  dimension: Dimension;
  /** What it is called, as fits how many there are. */
  words: string;
  names: readonly string[];
  /** Whether the names are on their way. */
  waits: boolean;
}

export function useLimits(search: Search, fixed: Dimension | undefined): Limit[] {
  const limits = limitable(fixed).filter((dimension) => search[dimension]);
  const known = useQueries({ queries: limits.map(names) });
  return limits.map((dimension, at) => {
    const called = (search[dimension] ?? []).map((id) => known[at]?.data?.find((one) => one.id === id)?.name ?? id);
    return {
      dimension,
      words: called.length > 1 ? dimensionsWords(dimension) : dimensionWords(dimension),
      names: called,
      waits: known[at]?.isPending ?? false,
    };
  });
}
