/** When something is done by itself: every so often, or by a cron pattern. */

import { useState } from "react";
import { address, change } from "@/api/client";
import type { Schedule, When } from "@/api/work";
import { Fields, SelectField, TextField } from "./Form";
import { useFormat } from "./Locale";

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
  if ("cron" in when) return `${when.cron.pattern}, ${when.cron.time_zone}`;
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
  const cron = "cron" in value ? value.cron : { pattern: "30 6 * * mon-fri", time_zone: timeZone };
  const set = (n: string, step: string) => onChange({ every: Math.max(60, Math.round(Number(n) * Number(step))) });
  return (
    <Fields legend="When">
      <div className="flex flex-wrap gap-x-5 gap-y-1 text-sm">
        {(["every", "cron"] as const).map((way) => (
          <label key={way} className="flex min-h-6 items-center gap-2">
            <input
              type="radio"
              name="when"
              className="size-4 accent-accent"
              checked={way in value}
              onChange={() => (way === "every" ? set(n, step) : onChange({ cron }))}
            />
            {way === "every" ? "Every so often" : "By the clock"}
          </label>
        ))}
      </div>
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
