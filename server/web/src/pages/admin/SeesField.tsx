/** Whose rows somebody sees (docs/row-policies.md): everything, or some teams and projects by their names. */

import { useQuery } from "@tanstack/react-query";
import type { Sees } from "@/api/access";
import { names } from "@/api/queries";
import { Check, Fields, Ways } from "@/parts/Form";
import { many, t } from "@/texts/texts";

export function SeesField({ value, onChange }: { value: Sees; onChange: (value: Sees) => void }) {
  const [teams, projects] = [useQuery(names("team")), useQuery(names("project"))];
  const only = value === "everything" ? null : value.only;
  const lists = [
    [t("Teams"), "teams", teams.data ?? []],
    [t("Projects"), "projects", projects.data ?? []],
  ] as const;
  return (
    <Fields
      legend={t("Whose rows they see")}
      hint={t("Under a limit they are answered from the rows of these teams and projects alone, in figures, evidence and SQL.")}
    >
      <Ways
        label={t("Whose rows")}
        value={only ? "some" : "everything"}
        of={[
          ["everything", t("Everything")],
          ["some", t("Some teams and projects")],
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
                {all.length === 0 && <p className="text-sm text-soft">{t("None is known yet.")}</p>}
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
        <p className="text-sm text-warn">{t("Nothing is chosen: they see no rows at all.")}</p>
      )}
    </Fields>
  );
}

/** The same in a few words. */
export function seesWords(sees: Sees): string {
  if (sees === "everything") return t("everything");
  const [teams, projects] = [sees.only.teams?.length ?? 0, sees.only.projects?.length ?? 0];
  const said = [
    teams > 0 && many(teams, { one: "{count} team", other: "{count} teams" }),
    projects > 0 && many(projects, { one: "{count} project", other: "{count} projects" }),
  ];
  return said.filter(Boolean).join(", ") || t("nothing");
}
