/** Stages while they are edited, and those that are suggested. */

import type { Flow, Stage } from "@/api/house";
import type { Mapping } from "@/api/mapping";
import { holder, literal } from "./patterns";

/** What a stage is called may change while it is typed, so it is told apart by a number of its own. */
export interface Edited {
  name: string;
  patterns: string[];
  active: boolean;
  at: number;
}

export interface Draft {
  stages: Edited[];
  commitment: string;
  blocked: string[];
  abandoned: string[];
}

export const draftOf = ({ stages, commitment, blocked, abandoned }: Flow): Draft => ({
  stages: stages.map(({ name, statuses, active }, at) => ({ name, patterns: statuses, active, at })),
  commitment: commitment ?? "",
  blocked,
  abandoned,
});

/** The other way; a commitment to a stage that is gone goes with it. */
export function flowOf({ stages, commitment, ...words }: Draft): Pick<Flow, keyof Draft> {
  const named: Stage[] = stages.map(({ name, patterns, active }) => ({ name: name.trim(), statuses: patterns, active }));
  return { stages: named, commitment: named.some(({ name }) => name === commitment) ? commitment : null, ...words };
}

export const another = (stages: readonly Edited[]): number => Math.max(-1, ...stages.map(({ at }) => at)) + 1;

type Suggestions = Pick<Mapping, "statuses" | "stages" | "commitment">;

/** Puts each status that is in no stage into the one that it could be. Stages that lack are made, where they would be in the order that is
 *  suggested; what somebody decided already stays as it is. */
export function suggested(draft: Draft, { statuses, stages: likely, commitment }: Suggestions): Draft {
  const place = (name: string) => likely.findIndex((stage) => alike(stage.name, name));
  let stages = draft.stages;
  for (const { status, likely: to } of statuses) {
    if (holder(stages, status)) continue;
    const stage = likely[place(to)];
    if (!stage) continue;
    if (!stages.some(({ name }) => alike(name, to))) {
      const later = stages.findIndex(({ name }) => place(name) > place(to));
      const made = { name: stage.name, patterns: [], active: stage.active, at: another(stages) };
      stages = stages.toSpliced(later < 0 ? stages.length : later, 0, made);
    }
    stages = stages.map((one) => (alike(one.name, to) ? { ...one, patterns: [...one.patterns, literal(status)] } : one));
  }
  return { ...draft, stages, commitment: draft.commitment || (commitment ?? "") };
}

const alike = (one: string, other: string) => one.trim().toLowerCase() === other.trim().toLowerCase();
