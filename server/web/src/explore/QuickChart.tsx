/** A chart of what was asked for, from columns that one chooses. The rows stand beside it, as its table. */

import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useMemo, useState, type KeyboardEvent } from "react";
import type { Search } from "@/api/scope";
import { fieldLook } from "@/parts/Button";
import { colour, MOST_SERIES } from "@/parts/chart-options";
import { useFormat } from "@/parts/Locale";
import { EmptyState, Skeleton } from "@/parts/Notice";
import { many, t } from "@/texts/texts";
import type { Answer } from "./answer";
import {
  along,
  choiceOf,
  choiceSaid,
  drawnRows,
  fits,
  FORMS,
  guessed,
  quickOptions,
  type Choice,
  type Form,
} from "./quick-chart";

const Canvas = lazy(() => import("@/parts/Canvas"));

const FORM_WORDS: Record<Form, string> = { line: t("line"), bar: t("bar"), scatter: t("scatter") };

export function QuickChart({ answer }: { answer: Answer }) {
  const { chart }: Search = useSearch({ strict: false });
  const navigate = useNavigate();
  const choice = useMemo(() => choiceOf(chart, answer) ?? guessed(answer), [chart, answer]);
  const choose = (choice: Choice) =>
    void navigate({
      to: ".",
      search: (before: Search) => ({ ...before, chart: choiceSaid(choice) }),
      replace: true,
      resetScroll: false,
    });
  if (!choice || answer.rows === 0)
    return (
      <EmptyState icon="chart" title={t("Nothing to draw")}>
        {t("A chart needs rows with a number, and something to set it against: a time, a name, or another number.")}
      </EmptyState>
    );
  return <Drawn answer={answer} choice={choice} choose={choose} />;
}

function Drawn({ answer, choice, choose }: { answer: Answer; choice: Choice; choose: (choice: Choice) => void }) {
  const format = useFormat();
  const [at, point] = useState<number | null>(null);
  const options = useCallback(() => quickOptions(answer, choice, format), [answer, choice, format]);
  const { form, x, ys } = choice;
  const rows = useMemo(() => drawnRows(answer, { form, x }), [answer, form, x]);
  const drawn = rows.length;
  const column = answer.columns[x];
  const row = (form === "scatter" || at === null ? null : rows[at]) ?? null;
  const setForm = (form: Form) => {
    const x =
      column && fits(form, column) ? choice.x : answer.columns.findIndex((one, at) => fits(form, one) && !ys.includes(at));
    if (x >= 0) choose({ ...choice, form, x });
  };
  const keys = (event: KeyboardEvent) => {
    const to = {
      ArrowRight: Math.min(drawn - 1, (at ?? -1) + 1),
      ArrowLeft: Math.max(0, (at ?? drawn) - 1),
      Home: 0,
      End: drawn - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    point(to);
  };
  const readout = ys
    .slice(0, MOST_SERIES)
    .map((y) => `${answer.columns[y]?.name ?? ""} ${row === null ? "" : (answer.columns[y]?.text(row) ?? "NULL")}`.trim());
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-2 overflow-y-auto p-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 text-sm text-soft">
        <label className="inline-flex items-center gap-1.5">
          {t("Form")}
          <select value={form} onChange={(event) => setForm(event.target.value as Form)} className={fieldLook}>
            {FORMS.map((one) => (
              <option key={one} disabled={!answer.columns.some((column) => fits(one, column))}>
                {FORM_WORDS[one]}
              </option>
            ))}
          </select>
        </label>
        <label className="inline-flex items-center gap-1.5">
          {t("Along")}
          <select
            value={x}
            onChange={(event) => {
              const x = Number(event.target.value);
              choose({ ...choice, x, ys: ys.filter((y) => y !== x) });
            }}
            className={`${fieldLook} max-w-48`}
          >
            {answer.columns.map((one, index) => (
              <option key={index} value={index} disabled={!fits(form, one)}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
        <fieldset className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <legend className="float-left mr-1.5">{t("Values")}</legend>
          {answer.columns.map(
            (one, index) =>
              one.kind === "number" &&
              index !== x && (
                <label key={index} className="inline-flex min-h-6 items-center gap-1.5 text-ink">
                  <input
                    type="checkbox"
                    className="size-4 accent-accent"
                    checked={ys.includes(index)}
                    disabled={!ys.includes(index) && ys.length >= MOST_SERIES}
                    onChange={(event) =>
                      choose({
                        ...choice,
                        ys: event.target.checked ? [...ys, index].toSorted((a, b) => a - b) : ys.filter((y) => y !== index),
                      })
                    }
                  />
                  {one.name}
                </label>
              ),
          )}
        </fieldset>
      </div>
      {ys.length === 0 ? (
        <EmptyState icon="chart" title={t("No values chosen")}>
          {t("Choose at least one column of numbers above.")}
        </EmptyState>
      ) : (
        <figure className="flex min-h-72 min-w-0 flex-1 flex-col">
          <figcaption className="figures flex min-h-5 flex-wrap gap-x-4 text-xs">
            <span className="font-medium">{row === null || !column ? t("All rows") : along(column, row, format)}</span>
            {ys.slice(0, MOST_SERIES).map((y, index) => (
              <span key={y} className="inline-flex items-center gap-1.5">
                <svg viewBox="0 0 14 8" className="h-2 w-3.5" aria-hidden="true">
                  <rect width="14" height="8" rx="2" fill={colour(index)} />
                </svg>
                {readout[index]}
              </span>
            ))}
            {answer.rows > drawn && (
              <span className="text-soft">
                {t("The first {drawn} of {rows} rows", { drawn: format.count(drawn), rows: format.count(answer.rows) })}
              </span>
            )}
          </figcaption>
          <div
            role="slider"
            tabIndex={0}
            aria-label={many(
              readout.length,
              {
                one: "Chart of {count} column along {column}: arrow keys go from row to row",
                other: "Chart of {count} columns along {column}: arrow keys go from row to row",
              },
              { column: column?.name ?? "" },
            )}
            aria-valuemin={0}
            aria-valuemax={Math.max(0, drawn - 1)}
            aria-valuenow={at ?? 0}
            aria-valuetext={
              row === null || !column
                ? many(drawn, { one: "{count} row", other: "{count} rows" }, { count: format.count(drawn) })
                : `${along(column, row, format)}: ${readout.join(", ")}`
            }
            onKeyDown={keys}
            onBlur={() => point(null)}
            className="min-h-64 flex-1"
          >
            <Suspense fallback={<Skeleton label={t("The chart is on its way")} />}>
              <Canvas options={options} at={at} onPoint={point} />
            </Suspense>
          </div>
        </figure>
      )}
    </div>
  );
}
