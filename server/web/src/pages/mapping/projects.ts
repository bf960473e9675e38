/** Which project each repository or board is put into. */

import type { BoardMapping, Decision, RepositoryMapping } from "@/api/mapping";

export interface NewProject {
  id: string;
  name: string;
  team: string;
}

export type ScopeKind = "repository" | "board";

/** What belongs to projects. */
export interface Scoped {
  id: string;
  name: string | null;
  /** Those that it is in. */
  projects: readonly string[];
  /** The one that deciding on it again puts it back into; `null` where taking back the decision does. */
  before: string | null;
  /** Whether there may be a decision to take back. */
  isDecided: boolean;
  likely: { id: string; name: string | null } | null;
}

export const scopedRepository = ({ id, name, projects, likely }: RepositoryMapping) =>
  ({ id, name, projects, before: projects[0] ?? null, isDecided: projects.length > 0, likely }) satisfies Scoped;

/** What a board's own source says holds again without a decision. */
export const scopedBoard = ({ id, name, project, is_decided, likely }: BoardMapping) =>
  ({
    id,
    name,
    projects: project === null ? [] : [project],
    before: is_decided ? project : null,
    isDecided: is_decided,
    likely,
  }) satisfies Scoped;

/** Where each is to go, by its id: a project, or `NOWHERE`. Those that are not named stay where they are. */
export type Choices = Readonly<Record<string, string>>;
export const NOWHERE = "";

/** What decisions a page makes at once, at most. */
const MOST = 500;

/** How something is decided to be in a project; it is in one of them by decision. */
const scope = (scope_kind: ScopeKind, scope_id: string, project_id: string): Decision => ({
  entity: "project_scopes",
  row: { scope_id, scope_kind, project_id },
});
const out = (scope_id: string): Decision => ({
  entity: "project_scopes",
  row: { id: `push:decisions:project_scopes/${scope_id}`, deleted: true },
});

/** The key that a project of one's own has everywhere. */
export const keyOfProject = (id: string) => `push:decisions:${id}`;

/** New projects first, as far as something goes into them, then what goes where. */
export function decisionsOf(kind: ScopeKind, choices: Choices, made: readonly NewProject[]): Decision[] {
  const goes = Object.entries(choices);
  const used = made.filter(({ id }) => goes.some(([, to]) => to === keyOfProject(id)));
  return [
    ...used.map(({ id, name, team }): Decision => ({ entity: "projects", row: { id, name, ...(team && { team_id: team }) } })),
    ...goes.map(([id, to]) => (to === NOWHERE ? out(id) : scope(kind, id, to))),
  ];
}

/** What takes that back: each to the project that it was in, or to none; a project that was made for it stays. */
export const backOf = (kind: ScopeKind, choices: Choices, of: readonly Scoped[]): Decision[] =>
  Object.keys(choices).map((id) => {
    const before = of.find((one) => one.id === id)?.before ?? null;
    return before === null ? out(id) : scope(kind, id, before);
  });

/** The likely project of each that is in none and about which nothing was chosen. */
export function suggestions(of: readonly Scoped[], choices: Choices): Choices {
  const found = of.flatMap(({ id, projects, likely }) =>
    projects.length === 0 && likely && !(id in choices) ? [[id, likely.id] as const] : [],
  );
  return Object.fromEntries(found.slice(0, MOST));
}
