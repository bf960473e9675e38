/** A page of the dashboards API: what it says in words, its tiles, charts and tables, and what all of it rests on. */

import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { dashboard } from "@/api/queries";
import { dayFrom, type Search } from "@/api/scope";
import type { Dashboard, Measure, Series, Source, Table } from "@/api/types";
import { Chart } from "@/parts/Chart";
import { DataTable } from "@/parts/DataTable";
import { Forecasts } from "@/parts/Forecasts";
import { Freshness } from "@/parts/Freshness";
import type { Grid, GridCell } from "@/parts/grid";
import { Ago, useFormat } from "@/parts/Locale";
import { Narrative } from "@/parts/Narrative";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { useTitle } from "@/parts/Page";
import { RiskHistory, Risks } from "@/parts/Risks";
import { Tile, total } from "@/parts/Tile";
import { EvidenceLink } from "@/parts/EvidenceLink";
import { FirstRun, nothingLanded } from "@/pages/FirstRun";
import { PAGES, type PageName } from "@/shell/pages";
import { ScopeBar } from "@/shell/ScopeBar";

/** A source that is late makes a figure no older than its own; only when none was read in time, all of it is stale. */
export const allStale = (sources: readonly Source[]) => sources.length > 0 && sources.every(({ state }) => state !== "fresh");

export function DashboardPage({ name }: { name: PageName }) {
  const search: Search = useSearch({ strict: false });
  const { data, error, isPending, isError, isPlaceholderData, refetch, dataUpdatedAt } = useQuery(dashboard(name, search));
  const title = data?.title ?? PAGES.find((page) => page.name === name)?.title ?? "Project";
  useTitle(title);
  if (data && nothingLanded(data))
    return (
      <>
        <h1 className="sr-only">{title}</h1>
        <FirstRun />
      </>
    );
  return (
    <div className="mx-auto flex max-w-[120rem] flex-col gap-6">
      <div className="flex flex-col gap-3">
        <div className="flex flex-wrap items-baseline justify-between gap-x-4">
          <h1 className="text-sm font-semibold tracking-wide text-soft">{title}</h1>
          {data && <Stamp dashboard={data} asked={dataUpdatedAt * 1_000} />}
        </div>
        {data && <Narrative clauses={data.narrative} />}
        {/* Its place is below what is told. */}
        {!isPending && <ScopeBar search={search} shown={data} fixed={name === "project" ? "project" : undefined} />}
      </div>
      {isPending && <Loading />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {data && (
        <div aria-busy={isPlaceholderData} className={`flex flex-col gap-8 ${isPlaceholderData ? "opacity-60" : ""}`}>
          <Content data={data} name={name} search={search} />
        </div>
      )}
    </div>
  );
}

/** Paper has no bar to read the span from, so there it stands in words. */
function Stamp({ dashboard: { as_of, from, until, grain, time_zone }, asked }: { dashboard: Dashboard; asked: number }) {
  const format = useFormat();
  return (
    <p className="text-xs text-soft">
      <span className="hidden print:inline">
        {format.day(from)} to {format.day(dayFrom(until, -1))}, by {grain}; as of {format.exact(as_of)}, {time_zone}
      </span>
      <span className="print:hidden">
        Updated <Ago at={asked} every={5} />
      </span>
    </p>
  );
}

function Loading() {
  return (
    <div className="grid gap-3 sm:grid-cols-2 xl:grid-cols-4">
      {Array.from({ length: 4 }, (_, at) => (
        <div key={at} className="rounded-lg border border-line bg-surface">
          <Skeleton label={at === 0 ? "The page is on its way" : ""} rows={4} />
        </div>
      ))}
    </div>
  );
}

const GRID = "grid grid-cols-[repeat(auto-fit,minmax(min(100%,17rem),1fr))] gap-3";
/** So many tiles fit in one row where there is room for one: none is left alone. On paper they stand in full rows, too. */
const ROWS: Record<number, string> = {
  3: "print:grid-cols-3",
  4: "print:grid-cols-4",
  5: "xl:grid-cols-5 print:grid-cols-3",
  7: "print:grid-cols-4",
  8: "print:grid-cols-4",
};
/** As many charts in a row as leave no gap at the end. */
const TWO = "print:grid-cols-2 grid-cols-[repeat(auto-fit,minmax(min(100%,27rem),1fr))]";
const THREE = "print:grid-cols-3 grid-cols-[repeat(auto-fit,minmax(min(100%,21rem),1fr))]";

function Content({ data, name, search }: { data: Dashboard; name: PageName; search: Search }) {
  const { tiles, series, tables, risks, risk_history: history, forecasts, freshness, coverage } = data;
  const stale = allStale(freshness);
  const forecastFirst = name === "forecast";
  return (
    <>
      {forecastFirst && forecasts && (
        <Section title="When it will be done">
          <Forecasts of={forecasts} />
        </Section>
      )}
      {tiles.length > 0 && (
        <section aria-label="Figures" className={`${GRID} ${ROWS[tiles.length] ?? ""}`}>
          <h2 className="sr-only">Figures</h2>
          {tiles.map((measure) => (
            <Tile key={measure.metric} measure={measure} stale={stale} />
          ))}
        </section>
      )}
      {tiles.length === 0 && series.length === 0 && (
        <EmptyState icon="plug" title="Nothing to show yet">
          Connect a source, and its figures appear here.
        </EmptyState>
      )}
      {risks && (
        <Section title={name === "project" ? "Why it stands so" : "Projects at risk first"}>
          <Risks risks={risks} open={name === "project"} />
          {history && <RiskHistory days={history} />}
        </Section>
      )}
      {[...new Set(tables.map(({ by }) => by))].map((by) => (
        <Section key={by} title={`By ${by}`}>
          {tables.map(
            (table, at) =>
              table.by === by && (
                <TableCard
                  key={at}
                  table={table}
                  id={`by_${by}${tables.findIndex((first) => first.by === by) === at ? "" : at}`}
                  search={search}
                />
              ),
          )}
        </Section>
      ))}
      {series.length > 0 && (
        <Section title="Over time">
          <p className="-mt-2 text-sm text-soft">{legend(series)}</p>
          <div className={`grid gap-3 ${series.length % 3 === 0 ? THREE : TWO}`}>
            {series.map((one) => (
              <Chart key={`${one.metric}${one.by ?? ""}`} series={one} />
            ))}
          </div>
        </Section>
      )}
      {!forecastFirst && forecasts && forecasts.forecasts.length > 0 && (
        <Section title="When it will be done">
          <Forecasts of={forecasts} />
        </Section>
      )}
      <Section title="What this rests on">
        <Freshness sources={freshness} />
        <Coverage measures={coverage} />
      </Section>
    </>
  );
}

/** What all charts share is said once. */
function legend(series: readonly Series[]): string {
  const groups = series.flatMap(({ groups }) => groups);
  return [
    groups.some(({ points }) => points.at(-1)?.partial) && "The last period is not over, and drawn pale.",
    series.some(({ form, groups }) => form === "line" && groups.length === 1 && groups[0]?.typical) &&
      "The band is what was typical in the year before.",
  ]
    .filter(Boolean)
    .join(" ");
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex min-w-0 flex-col gap-3">
      <h2 className="text-lg font-semibold">{title}</h2>
      {children}
    </section>
  );
}

function TableCard({ table, id, search }: { table: Table; id: string; search: Search }) {
  const navigate = useNavigate();
  const [place, column, way] = search.sort?.split("~") ?? [];
  const grid = tableGrid(table, id);
  if (grid.rows.length === 0)
    return <p className="rounded-lg border border-dashed border-edge p-4 text-sm text-soft">No {table.by} in this span.</p>;
  return (
    // What fits on a sheet of paper stays together there.
    <div className={`rounded-lg border border-line bg-surface p-3 ${grid.rows.length <= 12 ? "card" : ""}`}>
      <DataTable
        grid={grid}
        sort={place === id && column ? { column, down: way === "down" } : null}
        onSort={({ column, down }) =>
          void navigate({
            to: ".",
            search: (before: Search) => ({ ...before, sort: `${id}~${column}~${down ? "down" : "up"}` }),
            resetScroll: false,
          })
        }
      />
    </div>
  );
}

/** A table of the API as one of the page. */
function tableGrid({ by, columns, rows }: Table, id: string): Grid {
  const head = (key: string | null, name: string | null): GridCell => {
    const value = name ?? key ?? `no ${by}`;
    return by === "project" && key !== null ? { value, show: <ProjectLink id={key} name={value} /> } : { value };
  };
  return {
    name: id,
    // A second one of the same things has other figures of them.
    title: id === `by_${by}` ? `By ${by}` : `By ${by}, continued`,
    columns: [
      { name: by, title: `${by.slice(0, 1).toUpperCase()}${by.slice(1)}`, unit: null },
      ...columns.map(({ metric, title, unit }) => ({ name: metric, title, unit })),
    ],
    rows: rows.map(({ key, name, cells }) => ({
      key,
      cells: [
        head(key, name),
        ...cells.map((cell): GridCell => ({
          value: cell?.value ?? null,
          n: cell?.n ?? null,
          evidence: cell?.evidence ?? null,
          change: cell?.delta_ratio == null ? null : { ratio: cell.delta_ratio, better: cell.better },
        })),
      ],
    })),
  };
}

function ProjectLink({ id, name }: { id: string; name: string }) {
  return (
    <Link to="/project" search={{ project: [id] }} className="text-accent-text hover:underline">
      {name}
    </Link>
  );
}

/** How much of what there is the figures could use. */
function Coverage({ measures }: { measures: readonly Measure[] }) {
  const format = useFormat();
  if (measures.length === 0) return null;
  return (
    <ul className="grid grid-cols-[repeat(auto-fit,minmax(min(100%,17rem),1fr))] gap-x-6 gap-y-2 text-sm">
      {measures.map((measure) => {
        const figure = total(measure);
        const value = figure?.value ?? null;
        return (
          <li key={measure.metric} className="flex items-baseline justify-between gap-3 border-b border-line pb-1.5">
            <span className="text-soft">{measure.title}</span>
            <EvidenceLink href={measure.evidence} className="figures font-medium whitespace-nowrap hover:underline">
              {value === null ? "none" : format.text(value, measure.unit)}
              <span className="font-normal text-soft"> of {format.count(figure?.n ?? 0)}</span>
            </EvidenceLink>
          </li>
        );
      })}
    </ul>
  );
}
