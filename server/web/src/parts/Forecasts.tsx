/** When things will be done: ranges on one scale, with how earlier forecasts have done beside them. */

import { lazy, Suspense } from "react";
import { dayFrom } from "@/api/scope";
import { keyOf, thingOf } from "@/api/what-if";
import type { Day, Forecast, Forecasts as All } from "@/api/types";
import type { Format } from "@/design/format";
import { many, t } from "@/texts/texts";
import { useSuppose } from "./arrangement";
import { Behind } from "./Behind";
import { Button } from "./Button";
import { daysWords, kindWord } from "./forecast-words";
import { Icon } from "./Icon";
import { useFormat } from "./Locale";
import { EmptyState, Skeleton } from "./Notice";
import { TrackRecord } from "./TrackRecord";

const WhatIf = lazy(() => import("./WhatIf"));

/** Days since 1970. */
export const days = (day: Day) => Date.parse(`${day}T00:00:00Z`) / 86_400_000;
const FAR = 730;
/** So many times as long as the middle one needs it the scale may be that all forecasts share. */
const SQUEEZE = 2.5;

/** Where the scale ends: the latest day that is told, up to two years ahead. One that ends much later than the others does not squeeze them:
 * it goes on beyond, and says until when. */
export function scale(forecasts: readonly Forecast[], from: Day): Day {
  const ends = forecasts
    .map((of) =>
      Math.max(
        28,
        ...[of.p50_on, of.p85_on, of.due_on, of.p95_on].flatMap((day) => (day === null ? [] : [days(day) - days(from)])),
      ),
    )
    .sort((one, other) => one - other);
  const middle = ends[Math.floor((ends.length - 1) / 2)] ?? 28;
  const end = Math.max(...ends.filter((end) => end <= middle * SQUEEZE), middle);
  return dayFrom(from, Math.round(Math.min(FAR, end) * 1.05));
}

export function Forecasts({ of: { forecasts, calibration } }: { of: All }) {
  const format = useFormat();
  const made = forecasts.filter(({ p50_on }) => p50_on !== null);
  const silent = forecasts.filter(({ p50_on }) => p50_on === null);
  const from = forecasts[0]?.made_on;
  if (!from)
    return (
      <EmptyState title={t("No forecast yet")}>
        {t("Forecasts are frozen once a day, when there is something open with a history.")}
      </EmptyState>
    );
  const until = scale(made, from);
  return (
    <div className="flex flex-col gap-3">
      {made.length > 0 && (
        // On paper each has a frame of its own: one around all of them would be cut where a sheet ends.
        <ul className="divide-y divide-line rounded-lg border border-line bg-surface print:flex print:flex-col print:gap-3 print:divide-y-0 print:border-0">
          {made.map((forecast) => (
            <li key={forecast.id} className="card border-line p-4 print:rounded-lg print:border">
              <Range forecast={forecast} from={from} until={until} />
            </li>
          ))}
        </ul>
      )}
      {silent.length > 0 && (
        <details className="card rounded-lg border border-dashed border-edge p-4 text-sm" open={made.length === 0}>
          <summary className="min-h-6 font-medium">
            {many(silent.length, { one: "{count} has no forecast: why not", other: "{count} have no forecast: why not" })}
          </summary>
          <ul className="mt-2 flex flex-col gap-1.5">
            {silent.map((forecast) => (
              <li key={forecast.id}>
                <Name of={forecast} />
                {/* One without a reason was tried: half of what was tried takes longer than is looked ahead. */}
                <span className="text-soft">
                  {[`: ${format.sentence(forecast.reason ?? daysWords(null, null, format.day))}`, lateWords(forecast, format)]
                    .filter((said) => said !== null)
                    .join(". ")}
                </span>
              </li>
            ))}
          </ul>
        </details>
      )}
      <TrackRecord of={calibration} />
    </div>
  );
}

function Name({ of: { subject_name: name, subject_id: id, subject_kind: kind } }: { of: Forecast }) {
  return (
    <>
      <span className="font-medium">{name ?? id}</span> <span className="text-xs text-soft">{kindWord(kind)}</span>
    </>
  );
}

function Range({ forecast, from, until }: { forecast: Forecast; from: Day; until: Day }) {
  const format = useFormat();
  const about = thingOf(forecast);
  const [supposed, suppose] = useSuppose(keyOf(about));
  const supposing = supposed !== null;
  const { p50_on, p85_on, remaining } = forecast;
  return (
    <div className="grid gap-x-6 gap-y-2 md:grid-cols-[minmax(12rem,22rem)_1fr]">
      <div>
        <h3>
          <Name of={forecast} />
        </h3>
        <p className="mt-0.5 text-sm">{daysWords(p50_on, p85_on, format.day)}</p>
        <p className="text-sm text-soft">{dueWords(forecast, format)}</p>
        {remaining !== null && (
          <div className="text-sm">
            <Behind href={forecast.evidence}>{t("{count} open", { count: format.count(remaining) })}</Behind>
          </div>
        )}
      </div>
      <Cone of={forecast} from={from} until={until} />
      <div className="text-sm md:col-span-2 print:hidden">
        <Button look="quiet" aria-expanded={supposing} onClick={() => suppose(supposing ? null : "")} className="-ml-2.5">
          {t("What if?")}
          <Icon name="chevron" className={`size-3.5 ${supposing ? "rotate-180" : ""}`} />
        </Button>
        {supposing && (
          <Suspense fallback={<Skeleton label={t("What can be supposed is on its way")} />}>
            <WhatIf about={about} said={supposed} onSay={suppose} frozen={forecast} until={until} />
          </Suspense>
        )}
      </div>
    </div>
  );
}

/** That the day is over on which it was due, and it is open: no chance is left. */
function lateWords({ due_on, made_on }: Forecast, format: Format): string | null {
  return due_on !== null && due_on < made_on ? t("Was due {day}, and is not done", { day: format.day(due_on) }) : null;
}

/** How likely the day is on which it is due, or why nobody says. */
function dueWords(forecast: Forecast, format: Format): string | null {
  const { due_on, due_probability, reason } = forecast;
  if (due_on === null) return null;
  const late = lateWords(forecast, format);
  if (late !== null) return late;
  const day = format.day(due_on);
  if (due_probability !== null) return t("Due {day}: {chance} likely", { day, chance: format.chance(due_probability) });
  return reason ? t("Due {day}: {reason}", { day, reason: format.sentence(reason) }) : t("Due {day}", { day });
}

/** What is drawn of a forecast, or of what is supposed. */
export type Days = Pick<Forecast, "p50_on" | "p85_on" | "p95_on" | "due_on">;

/** The days of a forecast on a scale: from the 50 % day to the 85 % day, and on to the 95 % day; and the day that it is due on. */
export function Cone({ of: { p50_on, p85_on, p95_on, due_on }, from, until }: { of: Days; from: Day; until: Day }) {
  const format = useFormat();
  const length = days(until) - days(from);
  const x = (day: Day) => Math.min(100, Math.max(0, ((days(day) - days(from)) / length) * 100));
  const end = p95_on ?? until;
  // What lies beyond the end of the scale has an arrow there, with its day in words.
  const later = (day: Day | null) => day !== null && days(day) > days(until);
  const beyond = [
    later(p50_on) && p50_on && t("50 % by {day}", { day: format.day(p50_on) }),
    p50_on && (p85_on === null ? t("no 85 % day") : later(p85_on) && t("85 % by {day}", { day: format.day(p85_on) })),
    p50_on && p85_on && (p95_on === null ? t("no 95 % day") : later(p95_on) && t("95 % by {day}", { day: format.day(p95_on) })),
    later(due_on) && due_on && t("due {day}", { day: format.day(due_on) }),
  ].filter(Boolean);
  return (
    <div className="self-start">
      <div
        role="img"
        aria-label={t("Range from {from} to {until}", {
          from: p50_on ? format.day(p50_on) : t("unknown"),
          until: p95_on ? format.day(p95_on) : t("beyond the scale"),
        })}
        className="relative h-14 text-xs text-soft"
      >
        <span className="absolute inset-x-0 top-7 h-px bg-line" />
        {p50_on && (
          <>
            <Bar from={x(p50_on)} until={x(end)} className="top-6 h-2 bg-edge" />
            <Bar from={x(p50_on)} until={x(p85_on ?? end)} className="top-5 h-4 bg-series-1" />
          </>
        )}
        {due_on && days(due_on) >= days(from) && days(due_on) <= days(until) && (
          <span className="absolute top-0 h-9 border-l-2 border-ink" style={{ left: `${x(due_on)}%` }}>
            <span className="absolute -top-0.5 left-1.5 whitespace-nowrap text-ink">
              {t("due {day}", { day: format.dayShort(due_on) })}
            </span>
          </span>
        )}
        <span className="absolute bottom-0 left-0">{format.dayShort(from)}</span>
        <span className="absolute right-0 bottom-0">{format.day(until)}</span>
      </div>
      {beyond.length > 0 && (
        <p className="text-right text-xs">
          {beyond.join(", ")} <span aria-hidden="true">→</span>
        </p>
      )}
    </div>
  );
}

function Bar({ from, until, className }: { from: number; until: number; className: string }) {
  return (
    <span
      className={`absolute rounded-sm ${className}`}
      style={{ left: `${Math.min(99.4, from)}%`, width: `${Math.max(0.6, until - from)}%` }}
    />
  );
}
