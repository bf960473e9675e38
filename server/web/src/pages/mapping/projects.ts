/** Which project each repository is put into. */

import type { Decision, RepositoryMapping } from "@/api/mapping";

export interface NewProject {
  id: string;
  name: string;
  team: string;
}

/** Where a repository is to go, by its id: a project, or `NOWHERE`. Those that are not named stay where they are. */
export type Choices = Readonly<Record<string, string>>;
export const NOWHERE = "";

/** What decisions a page makes at once, at most. */
const MOST = 500;

/** How a repository is decided to be in a project; it is in one of them by decision. */
const scope = (scope_id: string, project_id: string): Decision => ({
  entity: "project_scopes",
  row: { scope_id, scope_kind: "repository", project_id },
});
const out = (scope_id: string): Decision => ({
  entity: "project_scopes",
  row: { id: `push:decisions:project_scopes/${scope_id}`, deleted: true },
});

/** The key that a project of one's own has everywhere. */
export const keyOfProject = (id: string) => `push:decisions:${id}`;

/** New projects first, as far as something goes into them, then what goes where. */
export function decisionsOf(choices: Choices, made: readonly NewProject[]): Decision[] {
  const goes = Object.entries(choices);
  const used = made.filter(({ id }) => goes.some(([, to]) => to === keyOfProject(id)));
  return [
    ...used.map(({ id, name, team }): Decision => ({ entity: "projects", row: { id, name, ...(team && { team_id: team }) } })),
    ...goes.map(([id, to]) => (to === NOWHERE ? out(id) : scope(id, to))),
  ];
}

/** What takes that back: each repository to the project that it was in, or to none; a project that was made for it stays. */
export const backOf = (choices: Choices, repositories: readonly RepositoryMapping[]): Decision[] =>
  Object.keys(choices).map((id) => {
    const [before] = repositories.find((one) => one.id === id)?.projects ?? [];
    return before === undefined ? out(id) : scope(id, before);
  });

/** The likely project of each repository that is in none and about which nothing was chosen. */
export function suggestions(repositories: readonly RepositoryMapping[], choices: Choices): Choices {
  const found = repositories.flatMap(({ id, projects, likely }) =>
    projects.length === 0 && likely && !(id in choices) ? [[id, likely.id] as const] : [],
  );
  return Object.fromEntries(found.slice(0, MOST));
}
