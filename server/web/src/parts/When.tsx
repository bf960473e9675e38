/** When something is done by itself: every so often, or by a cron pattern. */

import { useState } from "react";
import { address, change } from "@/api/client";
import type { Schedule, When } from "@/api/work";
import { many, t } from "@/texts/texts";
import { Fields, SelectField, TextField, Ways } from "./Form";
import { useFormat } from "./Locale";

const FIRST = "30 6 * * mon-fri";

/** Patterns that people mean most often. */
const patterns = () =>
  [
    [FIRST, t("Weekdays at 6:30")],
    ["0 6 * * *", t("Every day at 6:00")],
    ["0 7 * * mon", t("Mondays at 7:00")],
    ["0 16 * * fri", t("Fridays at 16:00")],
    ["0 6 1 * *", t("The first of each month at 6:00")],
    ["0 18 L * *", t("The last of each month at 18:00")],
    ["0 6 1 1,4,7,10 *", t("The first of each quarter at 6:00")],
  ] as const;

export const schedulePath = (kind: string, subject: string) =>
  address(`/api/v1/schedules/${encodeURIComponent(kind)}`, { subject: subject || undefined });

export const putSchedule = (
  kind: string,
  subject: string,
  { when, input, paused }: Pick<Schedule, "when" | "input" | "paused">,
  version?: number,
) => change<Schedule>("PUT", schedulePath(kind, subject), { when, paused, ...(input != null && { input }) }, version);

/** Seconds of a minute, an hour, a day. */
const STEPS = ["60", "3600", "86400"] as const;
type Step = (typeof STEPS)[number];

/** What durations are typed in. */
export const stepsOffered = (): readonly (readonly [Step, string])[] => [
  ["60", t("minutes")],
  ["3600", t("hours")],
  ["86400", t("days")],
];

/** The largest step of which it is a whole number. */
export function steps(seconds: number): { n: number; step: Step } {
  const step = STEPS.findLast((step) => seconds % Number(step) === 0) ?? STEPS[0];
  return { n: seconds / Number(step), step };
}

export function whenWords(when: When): string {
  if ("cron" in when) {
    const { pattern, time_zone } = when.cron;
    const known = patterns().find(([one]) => one === pattern)?.[1];
    return `${known ?? pattern}, ${time_zone}`;
  }
  const { n, step } = steps(when.every);
  if (step === "60") return many(n, { one: "every minute", other: "every {count} minutes" });
  if (step === "3600") return many(n, { one: "every hour", other: "every {count} hours" });
  return many(n, { one: "every day", other: "every {count} days" });
}

export function WhenField({ value, onChange }: { value: When; onChange: (value: When) => void }) {
  const { timeZone } = useFormat();
  const every = "every" in value ? value.every : 900;
  // What is typed may be no number for a while.
  const [n, setN] = useState(String(steps(every).n));
  const [step, setStep] = useState(steps(every).step);
  const cron = "cron" in value ? value.cron : { pattern: FIRST, time_zone: timeZone };
  const set = (n: string, step: string) => onChange({ every: Math.max(60, Math.round(Number(n) * Number(step))) });
  return (
    <Fields legend={t("When")}>
      <Ways
        label={t("How it is said")}
        value={"every" in value ? "every" : "cron"}
        of={[
          ["every", t("Every so often")],
          ["cron", t("By the clock")],
        ]}
        onChoose={(way) => (way === "every" ? set(n, step) : onChange({ cron }))}
      />
      {"every" in value ? (
        <div className="grid grid-cols-2 gap-3">
          <TextField
            label={t("Every")}
            type="number"
            min={1}
            required
            value={n}
            onChange={(n) => {
              setN(n);
              set(n, step);
            }}
          />
          <SelectField
            label={t("Unit")}
            value={step}
            of={stepsOffered()}
            onChange={(step) => {
              setStep(step);
              set(n, step);
            }}
          />
        </div>
      ) : (
        <div className="grid gap-3 sm:grid-cols-2">
          <div className="sm:col-span-2">
            <SelectField
              label={t("Often meant")}
              value={patterns().some(([one]) => one === cron.pattern) ? cron.pattern : ""}
              of={[["", t("another time")] as const, ...patterns()]}
              onChange={(pattern) => pattern && onChange({ cron: { ...cron, pattern } })}
            />
          </div>
          <TextField
            label={t("Pattern")}
            required
            spellCheck={false}
            value={cron.pattern}
            onChange={(pattern) => onChange({ cron: { ...cron, pattern } })}
            hint={t("Minute, hour, day of the month, month, day of the week: 30 6 * * mon-fri is half past six on weekdays.")}
          />
          <TextField
            label={t("On the clocks of")}
            required
            spellCheck={false}
            value={cron.time_zone}
            onChange={(time_zone) => onChange({ cron: { ...cron, time_zone } })}
          />
        </div>
      )}
    </Fields>
  );
}
