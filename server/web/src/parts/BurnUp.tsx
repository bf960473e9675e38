/** What there is to do in a project and what of it is done, over time, and where its forecast says that the two meet. */

import { useNavigate } from "@tanstack/react-router";
import type { PointerEvent } from "react";
import { address } from "@/api/client";
import { asked, type Search } from "@/api/scope";
import type { Day, Forecast, Micros } from "@/api/types";
import type { Format } from "@/design/format";
import { t } from "@/texts/texts";
import { useAsTable } from "./arrangement";
import { Button } from "./Button";
import { BEYOND, type BurnUp as Of } from "./burn-up";
import { ofPeriod } from "./Chart";
import { axis } from "./chart-options";
import { DataTable } from "./DataTable";
import { Level, percent } from "./Dots";
import { daysWords } from "./forecast-words";
import { useGoing } from "./going";
import type { Grid } from "./grid";
import { Icon } from "./Icon";
import { useFormat } from "./Locale";
import { periodLabel, periodWords } from "./periods";

const title = () => t("What there is to do, and what is done");
const DAY = 86_400e6;
const at = (day: Day): Micros => Date.parse(`${day}T00:00:00Z`) * 1_000;

interface Props {
  of: Of;
  /** The newest forecast of all of the project, where there is one. */
  forecast: Forecast | undefined;
  now: Micros;
  search: Search;
}

export function BurnUp({ of, forecast, now, search }: Props) {
  const [asTable, turn] = useAsTable("burn-up");
  const [stage = "", other] = of.stages;
  return (
    <figure className="card flex min-w-0 flex-col rounded-lg border border-line bg-surface p-4">
      <figcaption className="flex items-start justify-between gap-3">
        <div>
          <h3 className="font-semibold">{title()}</h3>
          <p className="text-xs text-soft">
            {other === undefined
              ? t("items; done is “{stage}”", { stage })
              : t("items; done is “{stage}” and “{other}”", { stage, other })}
          </p>
        </div>
        <Button look="quiet" aria-pressed={asTable} onClick={turn} className="-mr-1">
          <Icon name={asTable ? "chart" : "table"} />
          {asTable ? t("Chart") : t("Table")}
        </Button>
      </figcaption>
      {asTable ? (
        <div className="mt-2">
          <DataTable grid={grid(of)} />
        </div>
      ) : (
        <Lines of={of} forecast={forecast} now={now} search={search} />
      )}
    </figure>
  );
}

function Lines({ of: { points }, forecast, now, search }: Props) {
  const format = useFormat();
  const navigate = useNavigate();
  const open = (index: number) => {
    const point = points[index];
    if (!point) return;
    const rows = address("/api/v1/metrics/cumulative_flow/evidence", { ...asked(search), grain: undefined, compare: undefined });
    const evidence = ofPeriod(rows, point.period.from, point.period.until, format.timeZone);
    void navigate({ to: ".", search: (before: Search) => ({ ...before, evidence }), resetScroll: false });
  };
  const { at: index, point, keys } = useGoing(points.length, open);
  const ends = points.map(({ period }) => Math.min(period.until, Math.max(now, period.from)));
  const [first, last] = [ends[0] ?? 0, ends.at(-1) ?? 1];
  const [p50, p85, due] = [forecast?.p50_on, forecast?.p85_on, forecast?.due_on].map((day) => (day ? at(day) : null));
  // What is foreseen has half as much room again as what was, and no more than it needs.
  const far = Math.max(last, ...[p50, p85, due].filter((day) => day != null));
  const until = Math.min(far, last + Math.max(28 * DAY, BEYOND * (last - first)));
  const highest = Math.max(1, ...points.map(({ scope }) => scope));
  const scale = axis(highest, "items", format);
  const x = (when: Micros) => (when - first) / Math.max(1, until - first);
  const y = (n: number) => 1 - n / scale.max;
  const [done, scope] = [points.at(-1)?.done ?? 0, points.at(-1)?.scope ?? 0];
  const path = (of: (point: Of["points"][number]) => number) =>
    points.map((point, index) => `${x(ends[index] ?? first)},${y(of(point))}`).join(" ");
  const near = (event: PointerEvent) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const meant = (event.clientX - left) / width;
    const far = ends.map((end) => Math.abs(x(end) - meant));
    return far.indexOf(Math.min(...far));
  };
  const marks = [
    due != null && { words: t("due {day}", { day: format.day(forecast?.due_on ?? "") }), when: due, dashes: undefined },
    p50 != null && { words: t("50 % by {day}", { day: format.day(forecast?.p50_on ?? "") }), when: p50, dashes: "3 3" },
    p85 != null && { words: t("85 % by {day}", { day: format.day(forecast?.p85_on ?? "") }), when: p85, dashes: "3 3" },
  ].filter((mark) => mark !== false);
  const told = says(points, index, format);
  const steps = Array.from({ length: Math.round(scale.max / scale.interval) + 1 }, (_, step) => step * scale.interval);
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => first + part * (until - first));
  return (
    <>
      <p className="mt-2 text-sm">{foreseen(forecast, points.at(-1), format)}</p>
      <p className="figures mt-1 mb-2 flex min-h-5 flex-wrap items-center gap-x-4 text-xs">
        <span>{told}</span>
        <Key name={t("to do and done")} dashes="6 3" />
        <Key name={t("done")} />
      </p>
      <div className="flex">
        <div className="flex w-11 shrink-0 flex-col">
          <div style={{ height: `${marks.length * 1.1}rem` }} />
          <div aria-hidden="true" className="figures relative h-64 text-xs leading-none text-soft">
            {steps.map((step) => (
              <span key={step} className="absolute right-2 -translate-y-1/2" style={{ top: percent(y(step)) }}>
                {format.count(step)}
              </span>
            ))}
          </div>
        </div>
        <div className="min-w-0 flex-1">
          {/* What is written at a day stays within the chart, each in a line of its own; what is beyond it has an arrow. */}
          <div aria-hidden="true" className="relative text-xs" style={{ height: `${marks.length * 1.1}rem` }}>
            {marks.map(({ words, when }, line) => {
              const place = Math.min(1, x(when));
              return (
                <span
                  key={words}
                  className="absolute whitespace-nowrap"
                  style={{ top: `${line * 1.1}rem`, left: percent(place), transform: `translateX(-${percent(place)})` }}
                >
                  {words}
                  {when > until && " →"}
                </span>
              );
            })}
          </div>
          <div
            role="slider"
            tabIndex={0}
            aria-label={t("{title}: arrow keys go from period to period, Enter opens its rows", { title: title() })}
            aria-valuemin={0}
            aria-valuemax={Math.max(0, points.length - 1)}
            aria-valuenow={index ?? 0}
            aria-valuetext={told}
            onKeyDown={keys}
            onBlur={() => point(null)}
            onPointerMove={(event) => point(near(event))}
            onPointerLeave={() => point(null)}
            onClick={(event) => open(near(event as unknown as PointerEvent))}
            className="relative h-64 cursor-pointer"
          >
            <svg width="100%" height="100%" aria-hidden="true" className="absolute inset-0">
              {steps.map((step) => (
                <Level key={step} y={1 - y(step)} stroke={step === 0 ? "var(--c-edge)" : "var(--c-line)"} />
              ))}
              {marks.map(
                ({ words, when, dashes }) =>
                  when <= until && (
                    <line
                      key={words}
                      x1={percent(x(when))}
                      x2={percent(x(when))}
                      y1="0"
                      y2="100%"
                      stroke="var(--c-edge)"
                      strokeDasharray={dashes}
                    />
                  ),
              )}
              {index !== null && (
                <line
                  x1={percent(x(ends[index] ?? first))}
                  x2={percent(x(ends[index] ?? first))}
                  y1="0"
                  y2="100%"
                  stroke="var(--c-ink)"
                />
              )}
            </svg>
            <svg
              width="100%"
              height="100%"
              viewBox="0 0 1 1"
              preserveAspectRatio="none"
              aria-hidden="true"
              className="absolute inset-0"
            >
              {p50 != null && scope > done && (
                <>
                  <polygon
                    data-part="cone"
                    points={`${x(last)},${y(done)} ${x(p50)},${y(scope)} ${x(p85 ?? 2 * until - first)},${y(scope)}`}
                    fill="var(--c-band)"
                    stroke="var(--c-edge)"
                    strokeWidth={1}
                    vectorEffect="non-scaling-stroke"
                  />
                  <line x1={x(last)} x2={1} y1={y(scope)} y2={y(scope)} stroke="var(--c-series-2)" {...PALE} />
                </>
              )}
              <polyline
                points={path(({ scope }) => scope)}
                fill="none"
                stroke="var(--c-series-2)"
                {...STROKE}
                strokeDasharray="6 3"
              />
              <polyline points={path(({ done }) => done)} fill="none" stroke="var(--c-series-1)" {...STROKE} />
            </svg>
          </div>
          <div aria-hidden="true" className="flex justify-between pt-2 text-xs text-soft">
            {ticks.map((when) => (
              <span key={when}>{format.tick({ label: "", from: when })}</span>
            ))}
          </div>
        </div>
      </div>
    </>
  );
}

const STROKE = { strokeWidth: 2, vectorEffect: "non-scaling-stroke" } as const;
const PALE = { strokeWidth: 1.5, strokeDasharray: "2 4", vectorEffect: "non-scaling-stroke" } as const;

function Key({ name, dashes }: { name: string; dashes?: string }) {
  return (
    <span className="inline-flex items-center gap-1.5 text-soft">
      <svg viewBox="0 0 20 8" className="h-2 w-5" aria-hidden="true">
        <line
          x2="20"
          y1="4"
          y2="4"
          stroke={dashes ? "var(--c-series-2)" : "var(--c-series-1)"}
          strokeWidth="2"
          strokeDasharray={dashes}
        />
      </svg>
      {name}
    </span>
  );
}

/** A period's numbers, or how all of them went. */
function says(points: Of["points"], index: number | null, format: Format): string {
  const point = points[index ?? points.length - 1];
  const first = points[0];
  if (!point || !first) return "";
  const counts = {
    done: format.count(point.done),
    scope: format.count(point.scope),
    open: format.count(point.scope - point.done),
  };
  if (index !== null)
    return t("{period}: {done} done of {scope}, {open} open", { period: periodWords(point.period, format), ...counts });
  const grown = point.scope - first.scope;
  const values = { day: format.date(first.period.from), ...counts, by: format.count(Math.abs(grown)) };
  if (grown === 0) return t("Since {day}: {done} done of {scope}, {open} open; as much to do as then", values);
  return grown > 0
    ? t("Since {day}: {done} done of {scope}, {open} open; {by} more to do than then", values)
    : t("Since {day}: {done} done of {scope}, {open} open; {by} fewer to do than then", values);
}

/** What the forecast says, or why there is none. */
function foreseen(forecast: Forecast | undefined, last: Of["points"][number] | undefined, format: Format): string {
  if (!forecast && last && last.scope === last.done) return t("No forecast: nothing of it is open.");
  if (!forecast) return t("No forecast of all of the project yet: they are frozen once a day.");
  const { p50_on: p50, p85_on: p85, made_on: made, reason } = forecast;
  if (p50) return t("Forecast of {day}: {days}.", { day: format.day(made), days: daysWords(p50, p85, format.day) });
  return reason === null
    ? t("No forecast: in half of what was tried not all of it is done within five years.")
    : t("No forecast: {reason}.", { reason });
}

function grid({ points }: Of): Grid {
  return {
    name: "burn-up",
    title: title(),
    columns: [
      { name: "period", title: t("At the end of"), unit: null },
      { name: "scope", title: t("To do and done"), unit: null },
      { name: "done", title: t("Done"), unit: null },
      { name: "open", title: t("Open"), unit: null },
    ],
    rows: points.map(({ period, done, scope }) => ({
      key: period.label,
      cells: [{ value: periodLabel(period) }, { value: scope }, { value: done }, { value: scope - done }],
    })),
  };
}
