/** Repositories and the projects that they are in. */

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { House } from "@/api/house";
import type { Mapping, RepositoryMapping } from "@/api/mapping";
import { names } from "@/api/queries";
import { slug } from "@/design/slug";
import { Button } from "@/parts/Button";
import { DataTable } from "@/parts/DataTable";
import { Fields, SelectField, TextField } from "@/parts/Form";
import { Icon } from "@/parts/Icon";
import { useFormat } from "@/parts/Locale";
import { Mark } from "@/parts/Mark";
import { EmptyState } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { many, t } from "@/texts/texts";
import { MappingPage } from "./MappingPage";
import { backOf, decisionsOf, keyOfProject, NOWHERE, suggestions, type Choices, type NewProject } from "./projects";
import { Proposing } from "./Proposing";

export const Repositories = () => (
  <MappingPage
    lead={t(
      "Which project each repository is in. Pull requests, changes and deployments count for it, and for the team that owns it.",
    )}
  >
    {({ repositories }, house) => <Editor of={repositories} house={house} />}
  </MappingPage>
);

/** What a repository stays in while nothing is chosen. */
const AS_IS = "as-is";

function Editor({ of, house }: { of: Mapping["repositories"]; house: House }) {
  const [choices, setChoices] = useState<Choices>({});
  const [made, setMade] = useState<NewProject[]>([]);
  const { data: known } = useQuery(names("project"));
  const format = useFormat();
  const options = projectsOf(of, known ?? [], made, format.order);
  const title = (id: string) => options.find(([one]) => one === id)?.[1] ?? id;
  const choose = (id: string, to: string) =>
    setChoices((before) => {
      const rest = Object.fromEntries(Object.entries(before).filter(([one]) => one !== id));
      return to === AS_IS ? rest : { ...rest, [id]: to };
    });
  const likely = suggestions(of, choices);
  const n = Object.keys(choices).length;
  const none = of.filter(({ projects }) => projects.length === 0).length;
  return (
    <Proposing
      house={house}
      deed={
        n === 0
          ? null
          : {
              change: { decisions: decisionsOf(choices, made) },
              back: { decisions: backOf(choices, of) },
              done: many(
                n,
                { one: "Decided about {count} repository", other: "Decided about {count} repositories" },
                { count: format.count(n) },
              ),
            }
      }
      onDone={() => setChoices({})}
    >
      <Panel
        title={t("Repositories")}
        about={
          none === 0
            ? t("Each is in a project.")
            : many(
                none,
                {
                  one: "One is in no project, and stands first.",
                  other: "{count} are in no project, and stand first.",
                },
                { count: format.count(none) },
              )
        }
        actions={
          <Button disabled={Object.keys(likely).length === 0} onClick={() => setChoices((before) => ({ ...before, ...likely }))}>
            {t("Take the suggestions")}
          </Button>
        }
      >
        {of.length === 0 ? (
          <EmptyState title={t("No repository yet")}>{t("Connect a source that has some, and they stand here.")}</EmptyState>
        ) : (
          <DataTable
            grid={{
              name: "repositories",
              title: t("Repositories and their projects"),
              columns: [
                { name: "repository", title: t("Repository"), unit: null },
                { name: "projects", title: t("In"), unit: null },
                { name: "likely", title: t("Could be in"), unit: null },
                { name: "goes", title: t("Goes into"), unit: null },
              ],
              rows: of.map(({ id, name, projects, likely }) => ({
                key: id,
                cells: [
                  { value: name ?? id },
                  {
                    value: projects.map(title).join(", ") || null,
                    ...(projects.length === 0 && { show: <Mark tone="warn">{t("no project")}</Mark> }),
                  },
                  { value: likely && likelyWords(likely, format.count), ...(!likely && { show: <span /> }) },
                  {
                    value: id in choices ? title(choices[id] ?? NOWHERE) : null,
                    show: (
                      <SelectField
                        bare
                        label={t("Project of {name}", { name: name ?? id })}
                        value={choices[id] ?? AS_IS}
                        of={[
                          [AS_IS, t("as it is")] as const,
                          ...(projects.length > 0 ? [[NOWHERE, t("no project: takes back what was decided")] as const] : []),
                          ...options,
                        ]}
                        onChange={(to) => choose(id, to)}
                      />
                    ),
                  },
                ],
              })),
            }}
          />
        )}
      </Panel>
      <Panel
        title={t("A new project")}
        about={t(
          "For repositories that belong to none of those that your tools know. It is made with the first that goes into it.",
        )}
      >
        <MakeProject taken={options.map(([id]) => id)} onMake={(project) => setMade((before) => [...before, project])} />
        {made.length > 0 && (
          <p className="mt-3 text-sm">
            {t("Can be chosen above: {projects}.", { projects: made.map(({ name }) => name).join(", ") })}
          </p>
        )}
      </Panel>
    </Proposing>
  );
}

type Likely = NonNullable<RepositoryMapping["likely"]>;

/** `Shop: 12 of 14 pull requests that name an item name one of it`. */
export const likelyWords = ({ id, name, pull_requests, of }: Likely, count: (n: number) => string): string =>
  t("{name}: {pull_requests} of {of} pull requests name items of it", {
    name: name ?? id,
    pull_requests: count(pull_requests),
    of: count(of),
  });

/** Every project that is known of here, by name as `before` has names. */
function projectsOf(
  of: Mapping["repositories"],
  known: readonly { id: string; name: string }[],
  made: readonly NewProject[],
  before: (one: string, other: string) => number,
) {
  const found = new Map<string, string>();
  for (const { projects, likely } of of) {
    for (const id of projects) found.set(id, id);
    if (likely) found.set(likely.id, likely.name ?? likely.id);
  }
  for (const { id, name } of known) found.set(id, name);
  for (const { id, name } of made) found.set(keyOfProject(id), name);
  return [...found].toSorted(([, a], [, b]) => before(a, b));
}

/** No form of its own: it stands in one. */
function MakeProject({ taken, onMake }: { taken: readonly string[]; onMake: (project: NewProject) => void }) {
  const [name, setName] = useState("");
  const [team, setTeam] = useState("");
  const { data: teams } = useQuery(names("team"));
  const id = slug(name);
  const wrong = taken.includes(keyOfProject(id)) ? t("There is one of that name.") : null;
  return (
    <Fields legend={t("Its name and team")}>
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <TextField label={t("Name")} value={name} onChange={setName} wrong={wrong} />
        <SelectField
          label={t("Team that owns it")}
          value={team}
          of={[["", t("none")] as const, ...(teams ?? []).map(({ id, name }) => [id, name] as const)]}
          onChange={setTeam}
        />
      </div>
      <Button
        className="self-start"
        disabled={id === "" || wrong !== null}
        onClick={() => {
          onMake({ id, name: name.trim(), team });
          setName("");
        }}
      >
        <Icon name="plus" />
        {t("Add it to the choices")}
      </Button>
    </Fields>
  );
}
