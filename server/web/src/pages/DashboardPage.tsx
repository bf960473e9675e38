/** A page of the dashboards API: what it says in words, its tiles, charts and tables, and what all of it rests on. */

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useDeferredValue, useState } from "react";
import { dashboard, names } from "@/api/queries";
import { cleared, dayFrom, type Search } from "@/api/scope";
import type { Dashboard } from "@/api/types";
import { part, useComing, useOneByOne, usePart } from "@/parts/later";
import { Ago, useFormat } from "@/parts/Locale";
import { Narrative } from "@/parts/Narrative";
import { Failure } from "@/parts/Notice";
import { useTitle } from "@/parts/Page";
import { Waiting } from "@/parts/Waiting";
import { PAGES, type PageName } from "@/shell/pages";
import { Limited, ScopeBar } from "@/shell/ScopeBar";
import { rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import { Figures, nothingLanded, years } from "./Figures";

const below = part(() => import("./Below"));
const firstRun = part(async () => ({ default: (await import("./FirstRun")).FirstRun }));

export function DashboardPage({ name }: { name: PageName }) {
  const search: Search = useSearch({ strict: false });
  const navigate = useNavigate();
  const { data, error, isPending, isError, isPlaceholderData, refetch, dataUpdatedAt } = useQuery(dashboard(name, search));
  const title =
    useProjectTitle(name, search, data) ?? data?.title ?? PAGES.find((page) => page.name === name)?.title ?? t("Project");
  const fixed = name === "project" ? "project" : undefined;
  const free = cleared(search, fixed);
  useTitle(title);
  useComing(isPending);
  const nothing = data !== undefined && nothingLanded(data);
  const first = usePart(firstRun, nothing, {});
  if (nothing || isPending)
    return (
      <>
        <h1 className="sr-only">{title}</h1>
        {first ?? <Waiting />}
      </>
    );
  return (
    <div className="mx-auto flex max-w-[120rem] flex-col gap-6">
      <div className="flex flex-col gap-3">
        <div className="flex flex-wrap items-baseline justify-between gap-x-4">
          <h1 className="text-sm font-semibold tracking-wide text-soft">{title}</h1>
          {data && <Stamp dashboard={data} asked={dataUpdatedAt * 1_000} />}
        </div>
        <p className="early hidden text-sm font-medium">{t("Printed before all of the page was there: print it again.")}</p>
        {data && <Narrative clauses={data.narrative} />}
        <Limited search={search} fixed={fixed} />
      </div>
      {/* It is no part of what stands above it: what stays in sight does so for as long as what it is in. */}
      <ScopeBar search={search} shown={data} fixed={fixed} />
      {isError && (
        <Failure
          error={error}
          again={() => void refetch()}
          clear={free ? () => void navigate({ to: ".", search: free }) : undefined}
        />
      )}
      {data && <All data={data} name={name} search={search} pale={isPlaceholderData} />}
    </div>
  );
}

/** Which project it is, once that is known: a window, a bookmark and a sheet of paper are found by it. */
function useProjectTitle(name: PageName, { project }: Search, data: Dashboard | undefined): string | undefined {
  const id = name === "project" ? project?.[0] : undefined;
  const told = data?.risks?.find(({ project_id }) => project_id === id)?.project;
  // What the page is limited to may leave no risk of it.
  const known = useQuery({ ...names("project"), enabled: id !== undefined && data !== undefined && !told });
  const of = id && (told ?? known.data?.find((one) => one.id === id)?.name);
  return of ? t("Project {name}", { name: of }) : undefined;
}

/** What is read first is there first: the headline is painted before the figures are made, and those before the rest is asked for. On another
 * page the rest is there, and all is shown at once: who goes back is where they were. */
function All({ pale, ...of }: { data: Dashboard; name: PageName; search: Search; pale: boolean }) {
  const { data, name, search } = of;
  // A year that is in no figure is none that was chosen.
  const survey = years(data.tiles).find((year) => year === search.survey);
  const [already] = useState(() => below.loaded() !== undefined);
  const there = useOneByOne(3, already);
  const late = useDeferredValue(data);
  const rest = usePart(below, there > 2, { ...of, data: late, already });
  return (
    <div aria-busy={pale || rest === null || late !== data} className={`flex flex-col gap-8 ${pale ? "opacity-60" : ""}`}>
      {there > 1 && name !== "forecast" && <Figures of={data} survey={survey} />}
      {rest}
    </div>
  );
}

/** Paper has no bar to read the span from, so there it stands in words. */
function Stamp({ dashboard: { as_of, from, until, grain, time_zone }, asked }: { dashboard: Dashboard; asked: number }) {
  const format = useFormat();
  const there = useOneByOne(2, false);
  const at = format.exact(as_of);
  return (
    <p className="text-xs text-soft">
      {there > 1 && (
        <span className="hidden print:inline">
          {t("{from} to {until}, by {grain}; as of {at}", {
            from: format.day(from),
            until: format.day(dayFrom(until, -1)),
            grain: { day: t("day"), week: t("week"), month: t("month") }[grain],
            // Where the zone has a name of its own, the time ends with it.
            at: at.endsWith(time_zone) ? at : `${at}, ${time_zone}`,
          })}
        </span>
      )}
      <span className="print:hidden">{rich("Updated {ago}", { ago: <Ago at={asked} every={5} /> })}</span>
    </p>
  );
}
