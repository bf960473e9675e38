/** What a rule would have told of, as far back as that is known. */

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { previewRule, type Draft, type Episode, type Preview as Found } from "@/api/alerts";
import { dayFrom } from "@/api/scope";
import type { Definition } from "@/api/types";
import { instant } from "@/design/zone";
import { Button } from "@/parts/Button";
import { Time, useFormat } from "@/parts/Locale";
import { Failure } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { Old } from "@/parts/Trial";
import { rich } from "@/texts/rich";
import { many, t } from "@/texts/texts";
import { tried, unitOf } from "./words";

interface Props {
  name: string;
  /** `null` while what is typed is no whole rule. */
  draft: Draft | null;
  known: readonly Definition[] | undefined;
}

export function Preview({ name, draft, known }: Props) {
  const [of, setOf] = useState("");
  const text = JSON.stringify(draft && told(draft));
  const look = useMutation({
    mutationFn: (draft: Draft) => previewRule(name || "new", draft),
    onMutate: () => setOf(text),
  });
  const old = look.data !== undefined && of !== text;
  return (
    <Panel
      title={t("What it would have done")}
      about={[draft && tried(draft.condition), t("Nobody is told.")].filter(Boolean).join(" ")}
      actions={
        <Button disabled={draft === null || look.isPending} onClick={() => draft && look.mutate(draft)}>
          {look.isPending ? t("Just a moment") : look.data ? t("Try it again") : t("Try it")}
        </Button>
      }
    >
      {draft === null && <p className="text-sm text-soft">{t("It can be tried once the condition is filled in.")}</p>}
      {look.isError && !old && <Failure error={look.error} />}
      {look.data && (
        <div aria-live="polite">
          {old && <Old>{t("This is of what was typed before: try it again.")}</Old>}
          <Told of={look.data} unit={unitOf((draft ?? look.variables).condition, known)} />
        </div>
      )}
    </Panel>
  );
}

/** What decides over when it fires. */
const told = ({ condition, for_seconds, clear, together }: Draft) => ({ condition, for_seconds, clear, together });

function firedWords(times: number): string {
  if (times === 0) return t("It would never have fired");
  if (times === 2) return t("It would have fired twice");
  return many(times, { one: "It would have fired once", other: "It would have fired {count} times" });
}

/** The first and the last day that were looked at, and how often it held for too short a time. */
function quietWords(times: number, days: { from: string; until: string }): string {
  if (times === 0) return t("from {from} to {until}", days);
  if (times === 2) return t("from {from} to {until}; twice it did not hold for long enough", days);
  return many(
    times,
    {
      one: "from {from} to {until}; once it did not hold for long enough",
      other: "from {from} to {until}; {count} times it did not hold for long enough",
    },
    days,
  );
}

function Told({ of: { from, until, fired, episodes }, unit }: { of: Found; unit: string | null }) {
  const format = useFormat();
  const quiet = episodes.length - fired;
  return (
    <div className="flex flex-col gap-3">
      <p>
        <span className="text-lg font-semibold">{firedWords(fired)}</span>{" "}
        <span className="text-sm text-soft">
          {quietWords(quiet, { from: format.day(from), until: format.day(dayFrom(until, -1)) })}
        </span>
      </p>
      {episodes.length > 0 && <Strip of={episodes} from={from} until={until} />}
      {episodes.length > 0 && (
        <ol className="flex max-h-96 flex-col divide-y divide-line overflow-y-auto text-sm">
          {episodes.toReversed().map((episode, at) => (
            <li key={at} className="flex flex-wrap items-baseline justify-between gap-x-4 py-1.5">
              <span className="min-w-0">
                <span className="font-medium">{episode.name || t("All of it")}</span>{" "}
                <span className="text-soft">
                  <Lasted of={episode} />
                </span>
              </span>
              {episode.value !== null && <span className="figures">{format.text(episode.value, unit)}</span>}
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

function Lasted({ of: { since, fired_at: fired, cleared_at: cleared } }: { of: Episode }) {
  const format = useFormat();
  const day = (at: number) => <Time at={at}>{format.date(at)}</Time>;
  const span = { since: day(since), until: cleared === null ? t("now") : day(cleared) };
  if (fired === null) return rich("{since} to {until}, not for long enough", span);
  return fired > since
    ? rich("{since} to {until}, told on {fired}", { ...span, fired: day(fired) })
    : rich("{since} to {until}", span);
}

const [WIDTH, LANE] = [600, 14];
/** How many things have a lane of their own; the others share the last. */
const LANES = 8;

/** The time that was looked at, with each time that it would have held, a lane for each thing; those that were told of are full. The list
 *  below says the same. */
function Strip({ of, from, until }: { of: readonly Episode[]; from: string; until: string }) {
  const format = useFormat();
  const begins = instant(`${from}T00:00`, format.timeZone) ?? 0;
  const ends = instant(`${until}T00:00`, format.timeZone) ?? begins + 1;
  const x = (at: number) => Math.min(Math.max((at - begins) / (ends - begins), 0), 1) * WIDTH;
  const weeks = Math.max(1, Math.round((ends - begins) / (7 * 86_400e6)));
  const keys = [...new Set(of.map(({ key }) => key))];
  const height = Math.min(keys.length, LANES) * LANE;
  const bar = (key: string, since: number, until: number, look: { fill: string; opacity: number }) => {
    const top = Math.min(keys.indexOf(key), LANES - 1) * LANE;
    return <rect x={x(since)} y={top + 3} width={Math.max(3, x(until) - x(since))} height={LANE - 6} {...look} />;
  };
  return (
    <div aria-hidden="true">
      <svg viewBox={`0 0 ${WIDTH} ${height}`} preserveAspectRatio="none" height={height} className="w-full rounded-sm bg-sunken">
        {Array.from({ length: weeks - 1 }, (_, week) => (
          <path
            key={week}
            d={`M${((week + 1) * WIDTH) / weeks} 0V${height}`}
            stroke="var(--c-line)"
            vectorEffect="non-scaling-stroke"
          />
        ))}
        {of.map(({ key, since, fired_at: fired, cleared_at: cleared }, at) => (
          <g key={at}>
            {bar(key, since, cleared ?? ends, { fill: "var(--c-warn)", opacity: 0.4 })}
            {fired !== null && bar(key, fired, cleared ?? ends, { fill: "var(--c-bad)", opacity: 1 })}
          </g>
        ))}
      </svg>
      <p className="mt-1 flex justify-between text-xs text-soft">
        <span>{format.dayShort(from)}</span>
        <span>{t("now")}</span>
      </p>
    </div>
  );
}
