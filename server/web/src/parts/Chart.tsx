/** A chart, its readout, and the table with the same numbers. */

import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, useState } from "react";
import { dimensionsWords, dimensionWords, type Search } from "@/api/scope";
import type { Group, Measure, Series } from "@/api/types";
import type { Format } from "@/design/format";
import { t } from "@/texts/texts";
import { useAsTable } from "./arrangement";
import { Button } from "./Button";
import { chartOptions, colour, drawn, groupName, scaleOf } from "./chart-options";
import { canvas } from "./drawing";
import type { Props as Drawing } from "./Canvas";
import { DataTable, type Grid } from "./DataTable";
import { useGoing } from "./going";
import { Icon } from "./Icon";
import { onPaperAtOnce, usePart, useWhenQuiet } from "./later";
import { useFormat } from "./Locale";
import { EmptyState, Skeleton } from "./Notice";
import { periodLabel, periodWords } from "./periods";
import { PercentileBar } from "./Standing";

export function Chart({ series }: { series: Series }) {
  const format = useFormat();
  const navigate = useNavigate();
  const [asTable, turn] = useAsTable(seriesName(series));
  const options = useCallback((narrow: boolean) => chartOptions(series, format, narrow), [series, format]);
  const title = seriesTitle(series);
  const groups = drawn(series);
  const first = groups[0];
  const alone = groups.length === 1 ? first : undefined;
  const empty = !series.groups.some(({ points }) => points.some(({ figure }) => figure.value !== null));
  const { min } = scaleOf(series, format);

  const open = (index: number) => {
    const period = first?.points[index];
    if (!period) return;
    const whole = alone?.evidence ?? series.evidence;
    void navigate({
      to: ".",
      search: (before: Search) => ({ ...before, evidence: ofPeriod(whole, period.from, period.until, format.timeZone) }),
      resetScroll: false,
    });
  };
  const { at, point, keys } = useGoing(first?.points.length ?? 0, open);

  return (
    <figure className="card flex min-w-0 flex-col rounded-lg border border-line bg-surface p-4">
      <figcaption className="flex items-start justify-between gap-3">
        <div>
          <h3 className="font-semibold">{title}</h3>
          <p className="text-xs text-soft">
            {[
              format.unit(series.unit),
              series.kind === "percentile" || series.kind === "age" ? t("median") : "",
              series.unit === "ratio" ? t("share") : "",
              min > 0 && t("the axis begins at {value}", { value: format.number(min) }),
            ]
              .filter(Boolean)
              .join("; ")}
          </p>
        </div>
        {!empty && (
          <Button look="quiet" aria-pressed={asTable} onClick={turn}>
            <Icon name={asTable ? "chart" : "table"} />
            {asTable ? t("Chart") : t("Table")}
          </Button>
        )}
      </figcaption>
      {empty ? (
        <EmptyState title={t("No data in this span")} />
      ) : asTable ? (
        <div className="mt-2">
          <DataTable grid={seriesGrid(series)} />
        </div>
      ) : (
        <>
          <Readout series={series} groups={groups} at={at} />
          <div
            // Over the periods it is moved as a slider is, and tells what one with eyes reads off it.
            role="slider"
            tabIndex={0}
            aria-label={t("{title}: arrow keys go from period to period, Enter opens its rows", { title })}
            aria-valuemin={0}
            aria-valuemax={Math.max(0, (first?.points.length ?? 1) - 1)}
            aria-valuenow={at ?? 0}
            aria-valuetext={spoken(groups, at, series, format)}
            onKeyDown={keys}
            onBlur={() => point(null)}
            // On paper the type is smaller than what the chart was drawn for.
            className="h-56 print:h-auto"
          >
            <WhenNear options={options} at={at} onPoint={point} onOpen={open} />
          </div>
          {series.groups.length > groups.length && (
            <p className="mt-1 text-xs text-soft">
              {series.form === "stacked"
                ? t("The {shown} with the most observations of {all}, and the others as one; the table has all.", {
                    shown: groups.length - 1,
                    all: series.groups.length,
                  })
                : t("The {shown} with the most observations of {all}; the table has all.", {
                    shown: groups.length,
                    all: series.groups.length,
                  })}
            </p>
          )}
          {series.spread && series.spread.groups > 2 && (
            <div className="mt-3 border-t border-line pt-3">
              <PercentileBar
                spread={series.spread}
                unit={series.unit}
                of={series.by ? dimensionsWords(series.by) : t("groups")}
              />
            </div>
          )}
        </>
      )}
    </figure>
  );
}

/** Drawn when it is about to be seen: a page has many, of which a phone shows none at first. Paper has all of them. */
function WhenNear(drawing: Drawing) {
  const place = useRef<HTMLDivElement>(null);
  const [near, comeNear] = useState(false);
  const drawn = usePart(canvas, near, drawing);
  useWhenQuiet(canvas.load);
  useEffect(() => {
    if (near || !place.current) return;
    const seen = new IntersectionObserver((entries) => entries.some(({ isIntersecting }) => isIntersecting) && comeNear(true), {
      rootMargin: "50% 0px",
    });
    seen.observe(place.current);
    const off = onPaperAtOnce(() => comeNear(true));
    return () => {
      seen.disconnect();
      off();
    };
  }, [near]);
  return (
    <div ref={place} className="h-full">
      {drawn ?? (near && <Skeleton label={t("The chart is on its way")} />)}
    </div>
  );
}

/** The values of a period, or of the whole span, as one says them. */
function spoken(groups: readonly Group[], at: number | null, measure: Measure, format: Format): string {
  const period = at === null ? undefined : groups[0]?.points[at];
  const values = groups.map((group) => {
    const figure = at === null ? group.total : group.points[at]?.figure;
    const value = format.text(figure?.value ?? null, measure.unit);
    return groups.length > 1 ? `${groupName(group, groups, measure)} ${value}` : value;
  });
  return `${period ? format.period(period) : t("Whole span")}: ${values.join(", ")}`;
}

/** The legend, which tells the values of the period that is pointed at, or of the whole span. */
function Readout({ series, groups, at }: { series: Series; groups: readonly Group[]; at: number | null }) {
  const format = useFormat();
  const period = at === null ? undefined : groups[0]?.points[at];
  return (
    <div className="figures mt-2 mb-1 flex min-h-5 flex-wrap items-center gap-x-4 gap-y-0.5 text-xs">
      <span className="font-medium">{period ? periodWords(period, format) : t("Whole span")}</span>
      {groups.map((group, index) => {
        const figure = period ? group.points[at ?? 0]?.figure : group.total;
        return (
          <span key={group.key ?? index} className="inline-flex items-center gap-1.5">
            {groups.length > 1 && (
              <>
                <svg viewBox="0 0 14 8" className="h-2 w-3.5" aria-hidden="true">
                  <rect width="14" height="8" rx="2" fill={colour(index)} />
                </svg>
                <span className="text-soft">{groupName(group, groups, series)}</span>
              </>
            )}
            <span>{figure?.value == null ? t("none") : format.brief(figure.value, series.unit)}</span>
            {groups.length === 1 && figure && <span className="text-soft">n = {format.count(figure.n)}</span>}
          </span>
        );
      })}
    </div>
  );
}

/** The address of the rows behind one period of a span. */
export function ofPeriod(evidence: string, from: number, until: number, timeZone: string): string {
  const [path, query] = evidence.split("?");
  // Swedish days are written as the API takes them.
  const day = new Intl.DateTimeFormat("sv", { timeZone });
  const params = new URLSearchParams(query);
  params.set("from", day.format(from / 1_000));
  params.set("until", day.format(until / 1_000));
  return `${path}?${params.toString()}`;
}

/** What a chart is called: its metric, and by what it is told apart. */
export const seriesTitle = ({ title, by }: Measure) => (by ? t("{title} by {by}", { title, by: dimensionWords(by) }) : title);

/** What its table is called where people do not read it. */
const seriesName = ({ metric, by }: Series) => (by ? `${metric}-by-${by}` : metric);

/** The numbers of a chart: a row for each period. */
export function seriesGrid(series: Series): Grid {
  const { groups, title, unit, by } = series;
  return {
    name: seriesName(series),
    title: seriesTitle(series),
    columns: [
      { name: "period", title: t("Period"), unit: null },
      ...groups.map((group, at) => ({
        name: group.key ?? `none${at}`,
        title: by ? groupName({ ...group, key: group.key ?? t("none") }, groups, series) : title,
        unit,
      })),
    ],
    rows: (groups[0]?.points ?? []).map((period, at) => ({
      key: period.label,
      cells: [
        { value: periodLabel(period) },
        ...groups.map(({ points }) => ({ value: points[at]?.figure.value ?? null, n: points[at]?.figure.n ?? null })),
      ],
    })),
  };
}
