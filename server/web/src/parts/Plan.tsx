/** What a project has before it: its milestones, and which open items wait for others. */

import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { spanOf, type Search } from "@/api/scope";
import type { Day, Forecast, LinkedItem, Micros, Milestone, Plan as Of } from "@/api/types";
import type { Format } from "@/design/format";
import { t } from "@/texts/texts";
import { Behind } from "./Behind";
import { DataTable } from "./DataTable";
import { External, isWeb } from "./External";
import type { Grid, GridCell } from "./grid";
import { useFormat } from "./Locale";
import { Mark } from "./Mark";

interface Props {
  of: Of;
  forecasts: readonly Forecast[];
  /** Of when it is. */
  now: Micros;
}

export function Plan({ of: { milestones, dependencies, dependency_count: count }, forecasts, now }: Props) {
  const format = useFormat();
  return (
    <>
      <h3 className="font-semibold">{t("Milestones")}</h3>
      {milestones.length > 0 ? (
        <Card rows={milestones.length}>
          <DataTable grid={ofMilestones(milestones, forecasts, format.clock(now).slice(0, 10), format)} />
        </Card>
      ) : (
        <None>{t("It has no version, and its repositories no milestone, that is not out or came out in this span.")}</None>
      )}
      <h3 className="mt-2 font-semibold">{t("What waits for what")}</h3>
      {dependencies.length > 0 ? (
        <Card rows={dependencies.length}>
          {count > dependencies.length && (
            <p className="mb-2 text-sm text-soft">
              {t("{shown} of {all}: those that wait for what has not moved for longest.", {
                shown: format.count(dependencies.length),
                all: format.count(count),
              })}
            </p>
          )}
          <DataTable grid={ofDependencies(dependencies, format)} />
        </Card>
      ) : (
        <None>{t("No open item of it waits for another, and none waits for one of it.")}</None>
      )}
    </>
  );
}

function None({ children }: { children: string }) {
  return <p className="rounded-lg border border-dashed border-edge p-4 text-sm text-soft">{children}</p>;
}

/** What fits on a sheet of paper stays together there. */
function Card({ rows, children }: { rows: number; children: ReactNode }) {
  return <div className={`rounded-lg border border-line bg-surface p-3 ${rows <= 12 ? "card" : ""}`}>{children}</div>;
}

function ofMilestones(milestones: readonly Milestone[], forecasts: readonly Forecast[], today: Day, format: Format): Grid {
  const columns = [
    { name: "milestone", title: t("Milestone"), unit: null },
    { name: "stands", title: t("How it stands"), unit: null },
    { name: "due", title: t("Day"), unit: null },
    { name: "half", title: t("50 % by"), unit: null },
    { name: "most", title: t("85 % by"), unit: null },
    { name: "chance", title: t("Chance of its day"), unit: "ratio" },
    { name: "done", title: t("Items done"), unit: "ratio" },
  ];
  const day = (day: Day | null): GridCell => (day === null ? { value: null } : { value: day, show: format.day(day) });
  const rows = milestones.map(({ id, name, repository, due_on: due, is_released: out, items, done, evidence }) => {
    // What is out has no need of a forecast.
    const ahead = out ? undefined : forecasts.find((of) => of.subject_kind === "release" && of.subject_id === id);
    const chance = ahead?.due_probability ?? null;
    return {
      key: id,
      cells: [
        ofOne(name, repository),
        standing(out, due !== null && due < today),
        day(due),
        day(ahead?.p50_on ?? null),
        day(ahead?.p85_on ?? null),
        chance === null ? { value: null } : { value: chance, show: format.chance(chance) },
        items === 0
          ? { value: null, show: <span className="text-soft">{t("no items")}</span> }
          : {
              value: done / items,
              show: (
                <Behind href={evidence}>{t("{done} of {all}", { done: format.count(done), all: format.count(items) })}</Behind>
              ),
            },
      ],
    };
  });
  return { name: "milestones", title: t("Milestones"), columns, rows };
}

/** Several repositories have milestones of the same names. */
function ofOne(name: string, repository: string | null): GridCell {
  if (!repository) return { value: name };
  const show = (
    <>
      {name} <span className="block text-xs text-soft">{repository}</span>
    </>
  );
  return { value: name, words: repository, show };
}

function standing(out: boolean, late: boolean): GridCell {
  const [tone, words] = out
    ? (["good", t("released")] as const)
    : late
      ? (["bad", t("overdue")] as const)
      : (["plain", t("open")] as const);
  return { value: words, show: <Mark tone={tone}>{words}</Mark> };
}

function ofDependencies(dependencies: Of["dependencies"], format: Format): Grid {
  const columns = [
    { name: "waiting", title: t("What waits"), unit: null },
    { name: "blocking", title: t("What it waits for"), unit: null },
    { name: "unmoved", title: t("In its status since"), unit: null },
  ];
  const rows = dependencies.map(({ waiting, blocking, unmoved_since: since }) => ({
    key: `${waiting.id} ${blocking.id}`,
    cells: [ofItem(waiting), ofItem(blocking), { value: format.clock(since), show: format.date(since) }],
  }));
  return { name: "dependencies", title: t("What waits for what"), columns, rows };
}

function ofItem({ key, title, url, project_id: id, project }: LinkedItem): GridCell {
  return {
    value: key,
    words: [title, project].filter(Boolean).join(" "),
    show: (
      <span className="block min-w-44 print:min-w-0">
        {isWeb(url) ? <External href={url}>{key}</External> : key} {title}
        {id !== null && (
          <Link
            to="/project"
            search={(before: Search) => ({ ...spanOf(before), project: [id] })}
            className="block text-xs text-soft hover:underline"
          >
            {project ?? id}
          </Link>
        )}
      </span>
    ),
  };
}
