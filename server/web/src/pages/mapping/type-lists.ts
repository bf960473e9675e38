/** Types of work items: what each counts as, and the lists of words that say so. */

import type { Flow } from "@/api/house";
import type { Class, Level, TypeMapping } from "@/api/mapping";
import { t } from "@/texts/texts";

/** In the order in which they decide: the first that holds a type counts. */
export const classLists = () =>
  [
    ["unplanned", "unplanned", t("Unplanned"), t("Types and labels of what came in between. Goes before the three others")],
    ["defects", "defect", t("Defects"), t("Types and labels of faults")],
    ["debt", "debt", t("Debt"), t("Types and labels of upkeep")],
    ["features", "feature", t("Features"), t("Types and labels of new things")],
  ] as const satisfies readonly (readonly [keyof Flow, Class, string, string])[];

export const levelLists = () =>
  [
    ["epics", "epic", t("Hold other items"), t("Types that are no items of their own, but hold some")],
    ["subtasks", "subtask", t("Parts of others"), t("Types that are counted with their item")],
  ] as const satisfies readonly (readonly [keyof Flow, Level, string, string])[];

export type WordList = ReturnType<typeof classLists | typeof levelLists>[number][0];

export interface TypeSummary {
  kind: string;
  items: number;
  unclassified: number;
  levels: Level[];
  /** How many items count as what, the most first. */
  classes: { name: Class; items: number }[];
}

/** One of each type, those first of which the most items have no class: an item's labels may give it another than its type does. */
export function summaries(types: readonly TypeMapping[]): TypeSummary[] {
  const found = new Map<string, TypeSummary>();
  for (const { kind, level, class: name, items } of types) {
    const before = found.get(kind) ?? { kind, items: 0, unclassified: 0, levels: [], classes: [] };
    const same = before.classes.find((one) => one.name === name)?.items ?? 0;
    found.set(kind, {
      kind,
      items: before.items + items,
      unclassified: before.unclassified + (name === "unclassified" ? items : 0),
      levels: before.levels.includes(level) ? before.levels : [...before.levels, level],
      classes: [...before.classes.filter((one) => one.name !== name), { name, items: same + items }].toSorted(
        (a, b) => b.items - a.items,
      ),
    });
  }
  return [...found.values()].toSorted((a, b) => b.unclassified - a.unclassified || b.items - a.items);
}

/** The lists of the tenant's words, to look for a type in and to move it between. */
export const listsOf = <T extends WordList>(flow: Flow, of: readonly (readonly [T, ...unknown[]])[]) =>
  of.map(([name]) => ({ name, patterns: flow[name] }));

export const wordsOf = (lists: readonly { name: WordList; patterns: readonly string[] }[]): Partial<Flow> =>
  Object.fromEntries(lists.map(({ name, patterns }) => [name, [...patterns]]));
