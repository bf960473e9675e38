/** What alone something is about: teams, projects and repositories, by their names. */

import { useQuery } from "@tanstack/react-query";
import { names } from "@/api/queries";
import type { Dimension, Filter } from "@/api/types";
import { fieldLook } from "./Button";
import { Fields } from "./Form";
import { Chip } from "./Chip";

const KINDS = [
  ["teams", "team", "Teams"],
  ["projects", "project", "Projects"],
  ["repositories", "repository", "Repositories"],
] as const satisfies readonly (readonly [keyof Filter, Dimension, string])[];

/** Names of what is filtered by, where they are known. */
export function useNames(): (id: string) => string {
  const all = [useQuery(names("team")), useQuery(names("project")), useQuery(names("repository"))];
  const known = new Map(all.flatMap(({ data }) => data ?? []).map(({ id, name }) => [id, name]));
  return (id) => known.get(id) ?? id;
}

/** The same in words: `Checkout, Payments`. */
export const filterWords = (filter: Filter, nameOf: (id: string) => string): string =>
  Object.values(filter).flat().map(nameOf).join(", ");

interface Props {
  legend: string;
  hint?: string;
  value: Filter;
  onChange: (value: Filter) => void;
  /** Those that there are for what is asked. */
  of?: readonly string[];
}

export function FilterField({ legend, hint, value, onChange, of }: Props) {
  const known = { team: useQuery(names("team")), project: useQuery(names("project")), repository: useQuery(names("repository")) };
  const set = (kind: keyof Filter, ids: string[]) => onChange({ ...value, [kind]: ids });
  return (
    <Fields legend={legend} hint={hint}>
      <div className="grid gap-3 sm:grid-cols-3">
        {KINDS.filter(([, dimension]) => of?.includes(dimension) ?? true).map(([kind, dimension, words]) => {
          const chosen = value[kind] ?? [];
          const all = known[dimension].data ?? [];
          const nameOf = (id: string) => all.find((one) => one.id === id)?.name ?? id;
          return (
            <div key={kind} className="flex min-w-0 flex-col gap-1.5">
              <select
                aria-label={`${legend}: ${words}`}
                value=""
                onChange={(event) => set(kind, [...chosen, event.target.value])}
                className={`${fieldLook} w-full min-w-0`}
              >
                <option value="">
                  {chosen.length === 0 ? `All ${words.toLowerCase()}` : `Another of the ${words.toLowerCase()}`}
                </option>
                {all
                  .filter(({ id }) => !chosen.includes(id))
                  .map(({ id, name }) => (
                    <option key={id} value={id}>
                      {name}
                    </option>
                  ))}
              </select>
              {chosen.length > 0 && (
                <ul className="flex flex-wrap gap-1.5">
                  {chosen.map((id) => (
                    <Chip
                      key={id}
                      label={nameOf(id)}
                      onRemove={() =>
                        set(
                          kind,
                          chosen.filter((one) => one !== id),
                        )
                      }
                    />
                  ))}
                </ul>
              )}
            </div>
          );
        })}
      </div>
    </Fields>
  );
}
