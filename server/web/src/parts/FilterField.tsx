/** What alone something is about: teams, projects and repositories, by their names. */

import type { Dimension, Filter } from "@/api/types";
import { fieldLook } from "./Button";
import { Fields } from "./Form";
import { Chip } from "./Chip";
import { useKnown } from "./names";

const KINDS = [
  ["teams", "team", "Teams"],
  ["owning_teams", "owning_team", "Owning teams"],
  ["projects", "project", "Projects"],
  ["repositories", "repository", "Repositories"],
] as const satisfies readonly (readonly [keyof Filter, Dimension, string])[];

/** What is filtered by, in words: `Checkout, Payments`. */
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
  const known = useKnown();
  const set = (kind: keyof Filter, ids: string[]) => onChange({ ...value, [kind]: ids });
  return (
    <Fields legend={legend} hint={hint}>
      <div className="grid gap-3 sm:grid-cols-[repeat(auto-fit,minmax(9rem,1fr))]">
        {KINDS.filter(([, dimension]) => of?.includes(dimension) ?? true).map(([kind, dimension, words]) => {
          const chosen = value[kind] ?? [];
          const all = known(dimension);
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
