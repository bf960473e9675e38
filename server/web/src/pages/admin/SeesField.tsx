/** Whose rows somebody sees (docs/row-policies.md): everything, or some teams and projects by their names. */

import { useQuery } from "@tanstack/react-query";
import type { Sees } from "@/api/access";
import { names } from "@/api/queries";
import { Check, Fields, Ways } from "@/parts/Form";

export function SeesField({ value, onChange }: { value: Sees; onChange: (value: Sees) => void }) {
  const [teams, projects] = [useQuery(names("team")), useQuery(names("project"))];
  const only = value === "everything" ? null : value.only;
  const lists = [
    ["Teams", "teams", teams.data ?? []],
    ["Projects", "projects", projects.data ?? []],
  ] as const;
  return (
    <Fields
      legend="Whose rows they see"
      hint="Under a limit they are answered from the rows of these teams and projects alone, in figures, evidence and SQL."
    >
      <Ways
        label="Whose rows"
        value={only ? "some" : "everything"}
        of={[
          ["everything", "Everything"],
          ["some", "Some teams and projects"],
        ]}
        onChoose={(way) => onChange(way === "some" ? { only: { teams: [], projects: [] } } : "everything")}
      />
      {only && (
        <div className="grid gap-4 rounded-md border border-line p-3 sm:grid-cols-2">
          {lists.map(([title, kind, known]) => {
            const chosen = only[kind] ?? [];
            // What is named and not known here is shown by its id: it is not to be lost by a look.
            const all = [...known, ...chosen.filter((id) => !known.some((one) => one.id === id)).map((id) => ({ id, name: id }))];
            return (
              <div key={kind} role="group" aria-label={title}>
                <p className="mb-1 text-xs font-semibold text-soft">{title}</p>
                {all.length === 0 && <p className="text-sm text-soft">None is known yet.</p>}
                <div className="flex max-h-48 flex-col gap-1 overflow-y-auto">
                  {all.map(({ id, name }) => (
                    <Check
                      key={id}
                      label={name}
                      checked={chosen.includes(id)}
                      onChange={(on) =>
                        onChange({ only: { ...only, [kind]: on ? [...chosen, id] : chosen.filter((one) => one !== id) } })
                      }
                    />
                  ))}
                </div>
              </div>
            );
          })}
        </div>
      )}
      {only && (only.teams ?? []).length + (only.projects ?? []).length === 0 && (
        <p className="text-sm text-warn">Nothing is chosen: they see no rows at all.</p>
      )}
    </Fields>
  );
}

/** The same in a few words. */
export function seesWords(sees: Sees): string {
  if (sees === "everything") return "everything";
  const parts = [
    [sees.only.teams?.length ?? 0, "team"],
    [sees.only.projects?.length ?? 0, "project"],
  ] as const;
  const said = parts.filter(([n]) => n > 0).map(([n, one]) => `${n} ${one}${n === 1 ? "" : "s"}`);
  return said.join(", ") || "nothing";
}
