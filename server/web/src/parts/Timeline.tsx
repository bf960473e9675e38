/** Incidents over the deployments of the same time: each from its beginning to when it was resolved, below them how many deployments there
 * were, and further below how many of these needed intervention. */

import { useNavigate } from "@tanstack/react-router";
import type { PointerEvent } from "react";
import type { Answer } from "@/api/figures";
import type { Search } from "@/api/scope";
import type { EvidenceRow, Grain, Point } from "@/api/types";
import type { Format } from "@/design/format";
import { many, t } from "@/texts/texts";
import { useAsTable } from "./arrangement";
import { Button } from "./Button";
import { ofPeriod } from "./Chart";
import { colour, MOST_SERIES } from "./chart-options";
import { DataTable } from "./DataTable";
import { percent } from "./Dots";
import { External, isWeb } from "./External";
import { useGoing } from "./going";
import type { Grid } from "./grid";
import { Icon } from "./Icon";
import { Time, useFormat } from "./Locale";
import { EmptyState } from "./Notice";
import { grainWord, periodLabel, periodWords } from "./periods";
import { incidentsOf, rowsOf, severitiesOf, type Incident } from "./incidents";

const title = () => t("Incidents on the deployments");
/** So many rows of incidents there are at most, and so many incidents are drawn: of more the longest. */
const ROWS = 8;
const MOST = 1_000;
/** The part of the width that each takes at least: it is drawn wide enough to be seen, also on a phone. */
const LEAST = 0.02;

interface Props {
  rows: readonly EvidenceRow[];
  deployments: Answer;
  grain: Grain;
}

export function Timeline({ rows, deployments, grain }: Props) {
  const [asTable, turn] = useAsTable("incidents");
  const group = deployments.groups[0];
  const points = group?.points ?? [];
  const [from, until] = [points[0]?.from ?? 0, points.at(-1)?.until ?? 1];
  const incidents = incidentsOf(rows, from, until);
  const some = incidents.length > 0 || points.some(({ figure: { n, excluded } }) => n + excluded > 0);
  return (
    <figure className="card flex min-w-0 flex-col rounded-lg border border-line bg-surface p-4">
      <figcaption className="flex items-start justify-between gap-3">
        <div>
          <h3 className="font-semibold">{title()}</h3>
          <p className="text-xs text-soft">{t("deployments by {grain}", { grain: grainWord(grain) })}</p>
        </div>
        {some && (
          <Button look="quiet" aria-pressed={asTable} onClick={turn} className="-mr-1">
            <Icon name={asTable ? "chart" : "table"} />
            {asTable ? t("Chart") : t("Table")}
          </Button>
        )}
      </figcaption>
      {!some ? (
        <EmptyState title={t("Neither incidents nor deployments in this span")} />
      ) : asTable ? (
        <div className="mt-2 flex flex-col gap-6">
          <DataTable grid={incidentGrid(incidents)} />
          <DataTable grid={deploymentGrid(points, grain)} />
        </div>
      ) : (
        <div className="mt-2 flex flex-col gap-3">
          <Incidents all={incidents} from={from} until={until} now={deployments.as_of} />
          <Deployments points={points} evidence={group?.evidence ?? ""} grain={grain} />
        </div>
      )}
    </figure>
  );
}

/** Those that are drawn, in their order: of very many the longest. */
function drawn(all: readonly Incident[], end: (incident: Incident) => number): readonly Incident[] {
  if (all.length <= MOST) return all;
  const longest = new Set(all.toSorted((one, other) => end(other) - other.began - (end(one) - one.began)).slice(0, MOST));
  return all.filter((incident) => longest.has(incident));
}

function Incidents({ all, from, until, now }: { all: readonly Incident[]; from: number; until: number; now: number }) {
  const format = useFormat();
  const length = Math.max(1, until - from);
  const end = ({ began, ended, open }: Incident) => ended ?? (open ? Math.min(until, Math.max(began, now)) : began);
  const shown = drawn(all, end);
  const spans = shown.map((incident): [number, number] => {
    const left = Math.min(1 - LEAST, Math.max(0, (incident.began - from) / length));
    return [left, Math.max(left, Math.min(1, (end(incident) - from) / length))];
  });
  const rows = rowsOf(
    spans.map(([left, right]) => [left, Math.max(right, left + LEAST)]),
    ROWS,
  );
  const severities = severitiesOf(all, format.order);
  const { at, point, keys } = useGoing(shown.length, (at) => {
    const url = shown[at]?.url;
    if (isWeb(url)) window.open(url, "_blank", "noreferrer");
  });
  const meant = at === null ? undefined : shown[at];
  if (all.length === 0) return <p className="text-sm text-soft">{t("No incident in this span.")}</p>;
  return (
    <div>
      <div className="mb-2 grid min-h-10 text-sm">
        <div className={`flex flex-col gap-1 [grid-area:1/1] ${meant ? "invisible" : ""}`}>
          <p>{legend(all, shown.length, format)}</p>
          <ul className="flex flex-wrap gap-x-4 text-xs">
            {severities.map((severity, index) => (
              <li key={severity} className="inline-flex items-center gap-1.5">
                <span className="h-2 w-3.5 rounded-sm" style={{ background: colour(index) }} />
                {severity ?? t("no severity")} {format.count(all.filter((one) => one.severity === severity).length)}
              </li>
            ))}
          </ul>
        </div>
        {meant && <p className="line-clamp-2 [grid-area:1/1]">{inWords(meant, format)}</p>}
      </div>
      <div
        onPointerLeave={() => point(null)}
        className="relative isolate rounded-sm bg-sunken"
        style={{ height: `${(Math.max(0, ...rows) + 1) * 1.5}rem` }}
      >
        {/* Links lie on it, and not in it: keys have the slider's own way to open them. */}
        <div
          role="slider"
          tabIndex={0}
          aria-label={t("Incidents: arrow keys go from incident to incident, Enter opens it")}
          aria-valuemin={0}
          aria-valuemax={Math.max(0, shown.length - 1)}
          aria-valuenow={at ?? 0}
          aria-valuetext={
            meant ? inWords(meant, format) : many(all.length, { one: "{count} incident", other: "{count} incidents" })
          }
          onKeyDown={keys}
          onBlur={() => point(null)}
          className="absolute inset-0 rounded-sm"
        />
        {shown.map((incident, index) => {
          const [left, right] = spans[index] ?? [0, 0];
          const look = `absolute flex h-6 min-w-1.5 items-center ${index === at ? "z-10 rounded-sm outline-2 outline-offset-1 outline-ink" : ""}`;
          const style = { left: percent(left), width: percent(right - left), top: `${(rows[index] ?? 0) * 1.5}rem` };
          const bar = (
            <span
              // One that is not resolved has no end: it is ragged there, and says so when it is pointed at.
              className={`block h-3.5 w-full ${incident.open ? "rounded-l-sm border-r-4 border-r-ink" : "rounded-sm"}`}
              style={{ background: colour(severities.indexOf(incident.severity) % MOST_SERIES) }}
            />
          );
          const common = { className: look, style, onPointerEnter: () => point(index) };
          return isWeb(incident.url) ? (
            <a
              key={incident.id}
              {...common}
              href={incident.url}
              target="_blank"
              rel="noreferrer"
              tabIndex={-1}
              aria-label={inWords(incident, format)}
            >
              {bar}
            </a>
          ) : (
            <span key={incident.id} {...common}>
              {bar}
            </span>
          );
        })}
      </div>
    </div>
  );
}

function legend(all: readonly Incident[], shown: number, format: Format): string {
  const open = all.filter(({ open }) => open).length;
  return [
    open === 0
      ? many(
          all.length,
          { one: "{count} incident, all resolved.", other: "{count} incidents, all resolved." },
          { count: format.count(all.length) },
        )
      : many(
          all.length,
          {
            one: "{count} incident, {open} not resolved: those that end in an upright line.",
            other: "{count} incidents, {open} not resolved: those that end in an upright line.",
          },
          { count: format.count(all.length), open: format.count(open) },
        ),
    shown < all.length && t("Drawn are the {count} that took longest; the table has all.", { count: format.count(shown) }),
  ]
    .filter(Boolean)
    .join(" ");
}

function inWords({ name, severity, began, ended, open }: Incident, format: Format): string {
  const values = { name, severity: severity ?? t("no severity"), began: format.moment(began) };
  if (ended !== null)
    return t("{name}: {severity}, began {began}, {time} until it was resolved", {
      ...values,
      time: format.text((ended - began) / 1e6, "seconds"),
    });
  return open
    ? t("{name}: {severity}, began {began}, not resolved", values)
    : t("{name}: {severity}, began {began}, its end is not known", values);
}

/** What became of the deployments of a period. */
const outcome = ({ figure: { n, numerator, excluded } }: Point) => {
  const failed = numerator ?? 0;
  return { good: n - failed, failed, excluded };
};

function Deployments({ points, evidence, grain }: { points: readonly Point[]; evidence: string; grain: Grain }) {
  const format = useFormat();
  const navigate = useNavigate();
  const all = points.map(outcome);
  const open = (at: number) => {
    const point = points[at];
    if (!point) return;
    void navigate({
      to: ".",
      search: (before: Search) => ({ ...before, evidence: ofPeriod(evidence, point.from, point.until, format.timeZone) }),
      resetScroll: false,
    });
  };
  const { at, point, keys } = useGoing(points.length, open);
  const place = (event: PointerEvent) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    return Math.min(points.length - 1, Math.max(0, Math.floor(((event.clientX - left) / width) * points.length)));
  };
  const up = Math.max(1, ...all.map(({ good }) => good));
  const down = Math.max(1, ...all.map(({ failed }) => failed));
  const zero = up / (up + down);
  const told = (at: number | null) => {
    const period = at === null ? undefined : points[at];
    const { good, failed, excluded } = (at === null ? undefined : all[at]) ?? sum(all);
    return [
      many(
        good + failed,
        { one: "{period}: {count} deployment", other: "{period}: {count} deployments" },
        { period: period ? periodWords(period, format) : t("Whole span"), count: format.count(good + failed) },
      ),
      t("{count} needed intervention", { count: format.count(failed) }),
      excluded > 0 && t("{count} more left out", { count: format.count(excluded) }),
    ]
      .filter(Boolean)
      .join(", ");
  };
  const width = 1 / Math.max(1, points.length);
  const bar = (index: number, from: number, height: number, fill: string, pale: boolean) =>
    height > 0 && (
      <rect
        key={index}
        x={percent((index + 0.14) * width)}
        width={percent(0.72 * width)}
        y={percent(from)}
        height={percent(height)}
        fill={fill}
        opacity={pale ? 0.45 : 1}
      />
    );
  return (
    <div>
      <p className="figures mb-1 min-h-5 text-xs">{told(at)}</p>
      <div
        role="slider"
        tabIndex={0}
        aria-label={t("Deployments by {grain}: arrow keys go from {grain} to {grain}, Enter opens its rows", {
          grain: grainWord(grain),
        })}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, points.length - 1)}
        aria-valuenow={at ?? 0}
        aria-valuetext={told(at)}
        onKeyDown={keys}
        onBlur={() => point(null)}
        onPointerMove={(event) => point(place(event))}
        onPointerLeave={() => point(null)}
        onClick={(event) => open(place(event as unknown as PointerEvent))}
        className="h-32 cursor-pointer"
      >
        <svg width="100%" height="100%" aria-hidden="true" className="block">
          {at !== null && <rect x={percent(at * width)} width={percent(width)} height="100%" fill="var(--c-hover)" />}
          {all.map(({ good }, index) =>
            bar(index, zero * (1 - good / up), (zero * good) / up, "var(--c-series-1)", points[index]?.partial ?? false),
          )}
          {all.map(({ failed }, index) =>
            bar(index, zero, ((1 - zero) * failed) / down, "var(--c-bad)", points[index]?.partial ?? false),
          )}
          <line x1="0" x2="100%" y1={percent(zero)} y2={percent(zero)} stroke="var(--c-edge)" />
        </svg>
      </div>
      <div aria-hidden="true" className="flex justify-between pt-1 text-xs text-soft">
        {[0, 0.25, 0.5, 0.75, 1].map((part) => {
          const period = points[Math.round(part * (points.length - 1))];
          return <span key={part}>{period && format.tick(period)}</span>;
        })}
      </div>
      <p className="mt-1 text-xs text-soft">
        {t("Above the line those that needed no intervention, {up} at most; below it those that did, {down} at most.", {
          up: format.count(up),
          down: format.count(down),
        })}
      </p>
    </div>
  );
}

const sum = (all: readonly ReturnType<typeof outcome>[]) =>
  all.reduce(
    (sum, { good, failed, excluded }) => ({
      good: sum.good + good,
      failed: sum.failed + failed,
      excluded: sum.excluded + excluded,
    }),
    { good: 0, failed: 0, excluded: 0 },
  );

function incidentGrid(incidents: readonly Incident[]): Grid {
  const time = (at: number) => ({ value: new Date(at / 1_000).toISOString(), show: <Time at={at} /> });
  return {
    name: "incidents",
    title: t("Incidents"),
    columns: [
      { name: "incident", title: t("Incident"), unit: null },
      { name: "severity", title: t("Severity"), unit: null },
      { name: "began", title: t("Began"), unit: null },
      { name: "resolved", title: t("Resolved"), unit: null },
      { name: "took", title: t("Took"), unit: "seconds" },
    ],
    rows: incidents.toReversed().map(({ id, name, url, severity, began, ended, open }) => ({
      key: id,
      cells: [
        { value: name, ...(isWeb(url) && { show: <External href={url}>{name}</External> }) },
        { value: severity },
        time(began),
        ended === null ? { value: open ? t("not resolved") : null } : time(ended),
        { value: ended === null ? null : (ended - began) / 1e6 },
      ],
    })),
  };
}

function deploymentGrid(points: readonly Point[], grain: Grain): Grid {
  return {
    name: `deployments-by-${grain}`,
    title: t("Deployments by {grain}", { grain: grainWord(grain) }),
    columns: [
      { name: "period", title: t("Period"), unit: null },
      { name: "good", title: t("Needed no intervention"), unit: null },
      { name: "failed", title: t("Needed intervention"), unit: null },
      { name: "excluded", title: t("Left out"), unit: null },
    ],
    rows: points.map((point) => {
      const { good, failed, excluded } = outcome(point);
      return {
        key: point.label,
        cells: [{ value: periodLabel(point) }, { value: good }, { value: failed }, { value: excluded }],
      };
    }),
  };
}
