/** What is decided about people who could be one. */

import type { Decision, KnownPerson, Likeness } from "@/api/mapping";

export interface Answer {
  what: "open" | "one" | "apart";
  /** Whom the others are, where they are one. */
  kept: string;
  /** Those that are programs. */
  programs: readonly string[];
}

/** Of people who could be one, the one of whom the most is known. */
export function bestKnown(people: readonly KnownPerson[]): string {
  const known = ({ name, email, identities }: KnownPerson) =>
    (email ? 1_000 : 0) + (name ? 100 : 0) + Math.min(identities.length, 99);
  return people.toSorted((a, b) => known(b) - known(a))[0]?.id ?? "";
}

export const keyOf = ({ why, same }: Likeness) => `${why} ${same}`;

export const unanswered = ({ people }: Likeness): Answer => ({ what: "open", kept: bestKnown(people), programs: [] });

const override = (identity_id: string, person_id: string | null, is_bot: boolean): Decision => ({
  entity: "identity_overrides",
  row: { identity_id, person_id, ...(is_bot && { is_bot }) },
});

/** A decision for each identity that somebody is to be, is to be nobody else's, or is a program's. */
export function decisionsOf({ people }: Likeness, { what, kept, programs }: Answer): Decision[] {
  return people.flatMap(({ id, identities }) => {
    const is_bot = programs.includes(id);
    if (what === "one" && id !== kept) return identities.map((identity) => override(identity, kept, false));
    // Whoever goes by several names stays one person; a single one is nobody's but its own.
    if (what === "apart") return identities.map((identity) => override(identity, identities.length > 1 ? id : null, is_bot));
    if (what === "open" && is_bot) return identities.map((identity) => override(identity, id, true));
    return [];
  });
}

/** What takes these decisions back. */
export const taken = (decisions: readonly Decision[]): Decision[] =>
  decisions.map(({ entity, row }) => {
    const about = { identity_overrides: row.identity_id, project_scopes: row.scope_id, projects: null }[entity];
    const id = about == null ? (row.id ?? null) : `push:decisions:${entity}/${String(about)}`;
    return { entity, row: { id, deleted: true } };
  });
