/** How long something is to last, typed in a unit that people use, and said in words. */

import { useState } from "react";
import { many, t } from "@/texts/texts";
import { Fields, SelectField, TextField } from "./Form";
import { steps, stepsOffered } from "./When";

/** `2 hours`, `1 day`; nothing is `at once`. */
export function lasting(seconds: number): string {
  if (seconds === 0) return t("at once");
  const { n, step } = steps(seconds);
  const rounded = Number(n.toPrecision(3));
  if (step === "60") return many(rounded, { one: "{count} minute", other: "{count} minutes" });
  if (step === "3600") return many(rounded, { one: "{count} hour", other: "{count} hours" });
  return many(rounded, { one: "{count} day", other: "{count} days" });
}

interface Props {
  label: string;
  /** Seconds. */
  value: number;
  onChange: (seconds: number) => void;
  hint?: string;
  /** What is wrong with it, as far as it was told. */
  wrong?: string | null;
  least?: number;
}

export function DurationField({ label, value, onChange, hint, wrong, least = 0 }: Props) {
  // What is typed may be no number for a while.
  const [n, setN] = useState(value === 0 ? "0" : String(steps(value).n));
  const [step, setStep] = useState(value === 0 ? "3600" : steps(value).step);
  const set = (n: string, step: string) => onChange(Math.max(0, Math.round(Number(n) * Number(step)) || 0));
  return (
    <Fields legend={label} hint={hint}>
      <div className="grid grid-cols-[6rem_minmax(0,10rem)] gap-2">
        <TextField
          bare
          label={label}
          wrong={wrong}
          type="number"
          min={least}
          step="any"
          required
          value={n}
          onChange={(n) => {
            setN(n);
            set(n, step);
          }}
        />
        <SelectField
          bare
          label={t("{label}, in", { label })}
          value={step}
          of={stepsOffered()}
          onChange={(step) => {
            setStep(step);
            set(n, step);
          }}
        />
      </div>
    </Fields>
  );
}
