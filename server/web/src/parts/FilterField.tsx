/** What alone something is about: teams, projects and repositories, by their names. */

import type { Dimension, Filter } from "@/api/types";
import { t } from "@/texts/texts";
import { fieldLook } from "./Button";
import { Fields } from "./Form";
import { Chip } from "./Chip";
import { useKnown } from "./names";

const kinds = (): readonly { kind: keyof Filter; dimension: Dimension; name: string; all: string; another: string }[] => [
  { kind: "teams", dimension: "team", name: t("Teams"), all: t("All teams"), another: t("Another of the teams") },
  {
    kind: "owning_teams",
    dimension: "owning_team",
    name: t("Owning teams"),
    all: t("All owning teams"),
    another: t("Another of the owning teams"),
  },
  {
    kind: "projects",
    dimension: "project",
    name: t("Projects"),
    all: t("All projects"),
    another: t("Another of the projects"),
  },
  {
    kind: "repositories",
    dimension: "repository",
    name: t("Repositories"),
    all: t("All repositories"),
    another: t("Another of the repositories"),
  },
];

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
  const offered = kinds().filter(({ dimension }) => of?.includes(dimension) ?? true);
  const set = (kind: keyof Filter, ids: string[]) => onChange({ ...value, [kind]: ids });
  return (
    <Fields legend={legend} hint={hint}>
      <div className="grid gap-3 sm:grid-cols-[repeat(auto-fit,minmax(9rem,1fr))]">
        {offered.map(({ kind, dimension, name, all, another }) => {
          const chosen = value[kind] ?? [];
          const there = known(dimension);
          const nameOf = (id: string) => there.find((one) => one.id === id)?.name ?? id;
          return (
            <div key={kind} className="flex min-w-0 flex-col gap-1.5">
              <select
                aria-label={`${legend}: ${name}`}
                value=""
                onChange={(event) => set(kind, [...chosen, event.target.value])}
                className={`${fieldLook} w-full min-w-0`}
              >
                <option value="">{chosen.length === 0 ? all : another}</option>
                {there
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
