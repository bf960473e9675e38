/** What belongs to projects, and the projects that it is put into. */

import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import type { House } from "@/api/house";
import { names } from "@/api/queries";
import { slug } from "@/design/slug";
import { Button } from "@/parts/Button";
import { DataTable } from "@/parts/DataTable";
import { Fields, SelectField, TextField } from "@/parts/Form";
import { Icon } from "@/parts/Icon";
import { useFormat } from "@/parts/Locale";
import { Mark } from "@/parts/Mark";
import { Panel } from "@/parts/Page";
import { t } from "@/texts/texts";
import {
  backOf,
  decisionsOf,
  keyOfProject,
  NOWHERE,
  suggestions,
  type Choices,
  type NewProject,
  type Scoped,
  type ScopeKind,
} from "./projects";
import { Proposing } from "./Proposing";

interface Words<T> {
  title: string;
  about: string;
  /** What stands there where there are none. */
  empty: ReactNode;
  /** The name and title of the table, and the title of the column of what it is about. */
  table: { name: string; title: string; column: string };
  likely: (one: T) => string | null;
  /** What it is to take back what was decided. */
  back: string;
  /** What is told of so many decisions. */
  done: (n: number) => string;
  /** What a new project is for. */
  made: string;
}

interface Props<T> {
  kind: ScopeKind;
  of: readonly T[];
  house: House;
  words: Words<T>;
}

/** What something stays in while nothing is chosen. */
const AS_IS = "as-is";

export function Scoping<T extends Scoped>({ kind, of, house, words }: Props<T>) {
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
  return (
    <Proposing
      house={house}
      deed={
        n === 0
          ? null
          : {
              change: { decisions: decisionsOf(kind, choices, made) },
              back: { decisions: backOf(kind, choices, of) },
              done: words.done(n),
            }
      }
      onDone={() => setChoices({})}
    >
      <Panel
        title={words.title}
        about={words.about}
        actions={
          <Button disabled={Object.keys(likely).length === 0} onClick={() => setChoices((before) => ({ ...before, ...likely }))}>
            {t("Take the suggestions")}
          </Button>
        }
      >
        {of.length === 0 ? (
          words.empty
        ) : (
          <DataTable
            grid={{
              name: words.table.name,
              title: words.table.title,
              columns: [
                { name: kind, title: words.table.column, unit: null },
                { name: "projects", title: t("In"), unit: null },
                { name: "likely", title: t("Could be in"), unit: null },
                { name: "goes", title: t("Goes into"), unit: null },
              ],
              rows: of.map((one) => {
                const { id, name, projects, isDecided } = one;
                const likelihood = words.likely(one);
                return {
                  key: id,
                  cells: [
                    { value: name ?? id },
                    {
                      value: projects.map(title).join(", ") || null,
                      ...(projects.length === 0 && { show: <Mark tone="warn">{t("no project")}</Mark> }),
                    },
                    { value: likelihood, ...(likelihood === null && { show: <span /> }) },
                    {
                      value: id in choices ? title(choices[id] ?? NOWHERE) : null,
                      show: (
                        <SelectField
                          bare
                          label={t("Project of {name}", { name: name ?? id })}
                          value={choices[id] ?? AS_IS}
                          of={[
                            [AS_IS, t("as it is")] as const,
                            ...(isDecided ? [[NOWHERE, words.back] as const] : []),
                            ...options,
                          ]}
                          onChange={(to) => choose(id, to)}
                        />
                      ),
                    },
                  ],
                };
              }),
            }}
          />
        )}
      </Panel>
      <Panel title={t("A new project")} about={words.made}>
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

/** Every project that is known of here, by name as `before` has names. */
function projectsOf(
  of: readonly Scoped[],
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
