import { useState } from "react";
import { typed as typedOf, valueOf } from "@/design/units";
import { TextField } from "@/parts/Form";
import { useFormat } from "@/parts/Locale";
import { t } from "@/texts/texts";

interface Props {
  label: string;
  /** What the value is in; durations are typed in hours, shares in per cent. */
  unit: string;
  /** `NaN` is nothing yet. */
  value: number;
  onChange: (value: number) => void;
  hint?: string | undefined;
  wrong?: string | null | undefined;
  min?: number;
  max?: number;
  step?: number | "any";
  required?: boolean;
}

/** A value, typed in units that people use. */
export function NumberField({ label, unit, value, onChange, hint, wrong, min, max, step = "any", required = true }: Props) {
  const format = useFormat();
  // What is typed may be no number for a while.
  const [text, type] = useState(Number.isNaN(value) ? "" : typedOf(value, unit));
  const isSaid = text.trim() !== "" && unit !== "" && !Number.isNaN(value);
  const said = isSaid ? t("That is {value}.", { value: format.text(value, unit) }) : undefined;
  return (
    <TextField
      label={label}
      type="number"
      required={required}
      step={step}
      {...(min !== undefined && { min })}
      {...(max !== undefined && { max })}
      value={text}
      onChange={(text) => {
        type(text);
        onChange(text.trim() === "" ? NaN : valueOf(text, unit));
      }}
      hint={[said, hint].filter(Boolean).join(" ") || undefined}
      wrong={wrong}
    />
  );
}
