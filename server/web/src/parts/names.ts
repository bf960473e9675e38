/** What things are called that figures are told apart by. */

import { useQueries } from "@tanstack/react-query";
import { names } from "@/api/queries";
import { DIMENSIONS } from "@/api/scope";
import type { Dimension } from "@/api/types";

/** What there is of a dimension, as far as it is known. */
export function useKnown(): (dimension: Dimension) => readonly { id: string; name: string }[] {
  const all = useQueries({ queries: DIMENSIONS.map(names) });
  return (dimension) => all[DIMENSIONS.indexOf(dimension)]?.data ?? [];
}

/** The name of an id, where it is known. */
export function useNames(): (id: string) => string {
  const all = new Map(DIMENSIONS.flatMap(useKnown()).map(({ id, name }) => [id, name]));
  return (id) => all.get(id) ?? id;
}
