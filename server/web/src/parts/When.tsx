/** When something is done by itself: every so often, or by a cron pattern. */

import { useState } from "react";
import { address, change } from "@/api/client";
import type { Schedule, When } from "@/api/work";
import { Fields, SelectField, TextField, Ways } from "./Form";
import { useFormat } from "./Locale";

/** Patterns that people mean most often. */
const PATTERNS = [
  ["30 6 * * mon-fri", "Weekdays at 6:30"],
  ["0 6 * * *", "Every day at 6:00"],
  ["0 7 * * mon", "Mondays at 7:00"],
  ["0 16 * * fri", "Fridays at 16:00"],
  ["0 6 1 * *", "The first of each month at 6:00"],
  ["0 18 L * *", "The last of each month at 18:00"],
  ["0 6 1 1,4,7,10 *", "The first of each quarter at 6:00"],
] as const;

export const schedulePath = (kind: string, subject: string) =>
  address(`/api/v1/schedules/${encodeURIComponent(kind)}`, { subject: subject || undefined });

export const putSchedule = (
  kind: string,
  subject: string,
  { when, input, paused }: Pick<Schedule, "when" | "input" | "paused">,
  version?: number,
) => change<Schedule>("PUT", schedulePath(kind, subject), { when, paused, ...(input != null && { input }) }, version);

const STEPS = [
  ["60", "minute"],
  ["3600", "hour"],
  ["86400", "day"],
] as const;

/** The largest step of which it is a whole number. */
export function steps(seconds: number): { n: number; step: (typeof STEPS)[number][0] } {
  const [step] = STEPS.toReversed().find(([step]) => seconds % Number(step) === 0) ?? STEPS[0];
  return { n: seconds / Number(step), step };
}

export function whenWords(when: When): string {
  if ("cron" in when) {
    const { pattern, time_zone } = when.cron;
    const known = PATTERNS.find(([one]) => one === pattern)?.[1];
    return `${known ?? pattern}, ${time_zone}`;
  }
  const { n, step } = steps(when.every);
  const unit = STEPS.find(([one]) => one === step)?.[1] ?? "";
  return n === 1 ? `every ${unit}` : `every ${n} ${unit}s`;
}

export function WhenField({ value, onChange }: { value: When; onChange: (value: When) => void }) {
  const { timeZone } = useFormat();
  const every = "every" in value ? value.every : 900;
  // What is typed may be no number for a while.
  const [n, setN] = useState(String(steps(every).n));
  const [step, setStep] = useState(steps(every).step);
  const cron = "cron" in value ? value.cron : { pattern: PATTERNS[0][0], time_zone: timeZone };
  const set = (n: string, step: string) => onChange({ every: Math.max(60, Math.round(Number(n) * Number(step))) });
  return (
    <Fields legend="When">
      <Ways
        label="How it is said"
        value={"every" in value ? "every" : "cron"}
        of={[
          ["every", "Every so often"],
          ["cron", "By the clock"],
        ]}
        onChoose={(way) => (way === "every" ? set(n, step) : onChange({ cron }))}
      />
      {"every" in value ? (
        <div className="grid grid-cols-2 gap-3">
          <TextField
            label="Every"
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
            label="Unit"
            value={step}
            of={STEPS.map(([seconds, words]) => [seconds, `${words}s`] as const)}
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
              label="Often meant"
              value={PATTERNS.some(([one]) => one === cron.pattern) ? cron.pattern : ""}
              of={[["", "another time"] as const, ...PATTERNS]}
              onChange={(pattern) => pattern && onChange({ cron: { ...cron, pattern } })}
            />
          </div>
          <TextField
            label="Pattern"
            required
            spellCheck={false}
            value={cron.pattern}
            onChange={(pattern) => onChange({ cron: { ...cron, pattern } })}
            hint="Minute, hour, day of the month, month, day of the week: 30 6 * * mon-fri is half past six on weekdays."
          />
          <TextField
            label="On the clocks of"
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
