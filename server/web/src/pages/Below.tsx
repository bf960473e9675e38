/** What stands below the tiles of a page: risks, tables, charts, forecasts, and what all of it rests on. */

import { Link } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";
import { dimensionWords, spanOf, type Search } from "@/api/scope";
import type { Cell, Compare, Dashboard, Dimension, Measure, Series, Table } from "@/api/types";
import type { Change, Format } from "@/design/format";
import { useArrival } from "@/parts/arrival";
import { Chart } from "@/parts/Chart";
import { DataTable } from "@/parts/DataTable";
import { EvidenceLink } from "@/parts/EvidenceLink";
import { Forecasts } from "@/parts/Forecasts";
import { Freshness } from "@/parts/Freshness";
import type { Grid, GridCell } from "@/parts/grid";
import { part, useOneByOne, usePart, useSettled, type Loads, type Part } from "@/parts/later";
import { useFormat } from "@/parts/Locale";
import { OfItems } from "@/parts/OfItems";
import { RiskHistory, Risks, TeamRisks } from "@/parts/Risks";
import { Limits } from "@/parts/Standing";
import { total } from "@/parts/Tile";
import type { PageName } from "@/shell/pages";
import { rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import { Figures } from "./Figures";

/** As many charts in a row as leave no gap at the end. */
const WIDE = "grid-cols-[repeat(auto-fit,minmax(min(100%,27rem),1fr))]";
/** How charts stand beside each other, by how many columns there are on a sheet of paper. */
const CHARTS = {
  1: `print:grid-cols-1 ${WIDE}`,
  2: `print:grid-cols-2 ${WIDE}`,
  3: "print:grid-cols-3 grid-cols-[repeat(auto-fit,minmax(min(100%,21rem),1fr))]",
} as const;
const columnsFor = (charts: number) => (charts === 1 ? 1 : charts % 3 === 0 ? 3 : 2);

const items = part(() => import("./Items"));
const changed = part(() => import("./WhatChanged"));
const incidents = part(() => import("./Incidents"));
const before = part(async () => ({ default: (await import("@/parts/Plan")).Plan }));
const burnUp = part(() => import("./BurnUp"));
const beside = part(async () => ({ default: (await import("./Dora")).Beside }));
const over = part(async () => ({ default: (await import("./Dora")).Over }));
/** The pages that show work items one by one. */
const OF_ITEMS: ReadonlySet<PageName> = new Set(["flow", "project"]);

/** What risks are called: those of all projects, or others. */
function risksTitle(name: PageName): string {
  if (name === "project") return t("Why it stands so");
  return name === "teams" ? t("What teams own, at risk first") : t("Projects at risk first");
}

/** What tables by something are called, and what they say of it. */
function byWords(by: Dimension) {
  switch (by) {
    case "project":
      return {
        title: t("By project"),
        more: t("By project, continued"),
        head: t("Project"),
        none: t("No project in this span."),
        without: t("no project"),
      };
    case "team":
      return {
        title: t("By team"),
        more: t("By team, continued"),
        head: t("Team"),
        none: t("No team in this span."),
        without: t("no team"),
      };
    case "repository":
      return {
        title: t("By repository"),
        more: t("By repository, continued"),
        head: t("Repository"),
        none: t("No repository in this span."),
        without: t("no repository"),
      };
    default:
      return {
        title: t("By {by}", { by: dimensionWords(by) }),
        more: t("By {by}, continued", { by: dimensionWords(by) }),
        head: dimensionWords(by).replace(/^./, (first) => first.toUpperCase()),
        none: t("No {by} in this span.", { by: dimensionWords(by) }),
        without: t("no {by}", { by: dimensionWords(by) }),
      };
  }
}

interface Props {
  data: Dashboard;
  name: PageName;
  search: Search;
  /** Whether all of it is made at once. */
  already: boolean;
}

export default function Below({ data, name, search, already }: Props) {
  const all = sections(data, name, search);
  const there = useOneByOne(all.length, already, useSettled(all.map(({ props }) => props.needs)));
  return (
    <div aria-busy={there < all.length} className="flex flex-col gap-8">
      {all.slice(0, there)}
    </div>
  );
}

/** What there is, from top to bottom. */
function sections(data: Dashboard, name: PageName, search: Search): ReactElement<SectionProps>[] {
  const { tiles, series, tables, risks, risk_history: history, plan, forecasts, freshness, coverage } = data;
  const ofTeams = data.team_risks ?? [];
  const ahead = forecasts && (name === "forecast" || forecasts.forecasts.length > 0) && (
    <Section key="forecasts" id="forecasts" title={t("When it will be done")}>
      <Forecasts of={forecasts} />
      {name === "forecast" && <OfItems search={search} />}
    </Section>
  );
  return [
    name === "forecast" && ahead,
    name === "forecast" && <Figures key="figures" of={data} />,
    name === "overview" && (
      <Section key="changed" title={t("What changed")} needs={changed}>
        <Later of={changed} with={{ data, search }} />
      </Section>
    ),
    risks && (
      <Section key="risks" id="risks" title={risksTitle(name)}>
        <Risks risks={risks} filter={data.filter} open={name === "project"} />
        {history && <RiskHistory days={history} />}
      </Section>
    ),
    ofTeams.length > 0 && (
      <Section key="team-risks" id="team-risks" title={t("What was found of teams")}>
        <TeamRisks risks={ofTeams} />
      </Section>
    ),
    name === "project" && (
      <Section key="burn-up" title={t("How far it has come")} needs={burnUp}>
        <Later of={burnUp} with={{ data, search }} />
      </Section>
    ),
    name === "reliability" && (
      <Section key="incidents" title={t("When it failed")} needs={incidents}>
        <Later of={incidents} with={{ data, search }} />
      </Section>
    ),
    plan && (
      <Section key="plan" title={t("What it has before it")} needs={before}>
        <Later of={before} with={{ of: plan, forecasts: forecasts?.forecasts ?? [], now: data.as_of }} />
      </Section>
    ),
    OF_ITEMS.has(name) && (
      <Section key="items" title={t("Item by item")} needs={items}>
        <Later of={items} with={{ search }} />
      </Section>
    ),
    name === "dora" && (
      <Section key="surveys" title={t("Beside published surveys")} needs={beside}>
        <Later of={beside} with={{ data, search }} />
      </Section>
    ),
    name === "dora" && (
      <Section key="services" title={t("Over the repositories")} needs={over}>
        <Later of={over} with={{ data, search }} />
      </Section>
    ),
    ...[...new Set(tables.map(({ by }) => by))].map((by) => (
      <Section key={by} title={byWords(by).title}>
        {tables.map(
          (table, at) =>
            table.by === by && (
              <TableCard
                key={at}
                table={table}
                compare={data.compare}
                id={`by_${by}${tables.findIndex((first) => first.by === by) === at ? "" : at}`}
              />
            ),
        )}
      </Section>
    )),
    series.length > 0 && (
      <Section key="series" title={t("Over time")}>
        <p className="-mt-2 text-sm text-soft">{legend(series)}</p>
        <div data-columns={columnsFor(series.length)} className={`grid gap-3 ${CHARTS[columnsFor(series.length)]}`}>
          {series.map((one) => (
            <Chart key={`${one.metric}${one.by ?? ""}`} series={one} />
          ))}
        </div>
      </Section>
    ),
    name !== "forecast" && ahead,
    <Section key="basis" title={t("What this rests on")}>
      <Freshness sources={freshness} />
      <Coverage measures={coverage} />
      {/* On paper nothing opens; DORA has a section of it. */}
      {name !== "dora" && tiles.some((tile) => total(tile)?.standings[0]) && (
        <div className="hidden print:block">
          <h3 className="mb-1 text-sm font-medium">{t("What the tiers cannot say")}</h3>
          <Limits of={tiles.flatMap((tile) => total(tile)?.standings[0] ?? [])} />
        </div>
      )}
    </Section>,
  ].filter((section) => section !== false && section !== null);
}

function Later<P extends object>({ of, with: props }: { of: Part<P>; with: P }) {
  return usePart(of, true, props);
}

/** What all charts share is said once. */
function legend(series: readonly Series[]): string {
  const groups = series.flatMap(({ groups }) => groups);
  return [
    groups.some(({ points }) => points.at(-1)?.partial) && t("The last period is not over, and drawn pale."),
    series.some(({ form, groups }) => form === "line" && groups.length === 1 && groups[0]?.typical) &&
      t("The band is what was typical in the year before."),
  ]
    .filter(Boolean)
    .join(" ");
}

interface SectionProps {
  id?: string;
  title: string;
  /** The script that what is in it comes with: until then nothing stands below. */
  needs?: Loads;
  children: ReactNode;
}

function Section({ id, title, children }: SectionProps) {
  const part = useArrival(id);
  return (
    <section
      ref={part}
      id={id}
      tabIndex={id === undefined ? undefined : -1}
      aria-label={id && title}
      className="flex min-w-0 flex-col gap-3 outline-none"
    >
      <h2 className="text-lg font-semibold">{title}</h2>
      {children}
    </section>
  );
}

function TableCard({ table, compare, id }: { table: Table; compare: Compare | null; id: string }) {
  const format = useFormat();
  const grid = tableGrid(table, id, (cell, unit) => changeOf(cell, compare, unit, format));
  if (grid.rows.length === 0)
    return <p className="rounded-lg border border-dashed border-edge p-4 text-sm text-soft">{byWords(table.by).none}</p>;
  return (
    // What fits on a sheet of paper stays together there.
    <div className={`rounded-lg border border-line bg-surface p-3 ${grid.rows.length <= 12 ? "card" : ""}`}>
      <DataTable grid={grid} />
    </div>
  );
}

/** What a tile would say of how a cell changed. */
function changeOf({ value, ...cell }: Cell, compare: Compare | null, unit: string, format: Format): Change | null {
  if (compare === null || value === null || cell.delta === null) return null;
  return format.change({ ...cell, with: compare, value: value - cell.delta }, unit);
}

/** A table of the API as one of the page. */
function tableGrid({ by, columns, rows }: Table, id: string, change: (cell: Cell, unit: string) => Change | null): Grid {
  const words = byWords(by);
  const head = (key: string | null, name: string | null): GridCell => {
    const value = name ?? key ?? words.without;
    if (key === null) return { value };
    return { value, show: by === "project" ? <ProjectLink id={key} name={value} /> : <Only by={by} id={key} name={value} /> };
  };
  return {
    name: id,
    // A second one of the same things has other figures of them.
    title: id === `by_${by}` ? words.title : words.more,
    columns: [
      { name: by, title: words.head, unit: null },
      ...columns.map(({ metric, title, unit }) => ({ name: metric, title, unit })),
    ],
    rows: rows.map(({ key, name, cells }) => ({
      key,
      cells: [
        head(key, name),
        ...cells.map((cell, at): GridCell => ({
          value: cell?.value ?? null,
          n: cell?.n ?? null,
          evidence: cell?.evidence ?? null,
          change: cell && change(cell, columns[at]?.unit ?? ""),
          few: cell?.state === "not_enough",
        })),
      ],
    })),
  };
}

function ProjectLink({ id, name }: { id: string; name: string }) {
  return (
    <Link
      to="/project"
      search={(before: Search) => ({ ...spanOf(before), project: [id] })}
      className="text-accent-text hover:underline"
    >
      {name}
    </Link>
  );
}

/** The way to the same page of one team or repository alone. */
function Only({ by, id, name }: { by: Table["by"]; id: string; name: string }) {
  return (
    <Link to="." search={(before: Search) => ({ ...before, [by]: [id] })} className="text-accent-text hover:underline">
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
              {rich("{value}<b> of {n}</b>", {
                value: value === null ? t("none") : format.text(value, measure.unit),
                b: (inner) => <span className="font-normal text-soft">{inner}</span>,
                n: format.count(figure?.n ?? 0),
              })}
            </EvidenceLink>
          </li>
        );
      })}
    </ul>
  );
}
