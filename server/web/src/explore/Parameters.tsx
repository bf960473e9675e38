/** A field for each parameter that the statement has, of the type that is chosen for it. */

import type { ParameterType, ScalarType } from "@/api/sql";
import { fieldLook } from "@/parts/Button";
import { useFormat } from "@/parts/Locale";
import { t } from "@/texts/texts";
import { isList, TYPES, untyped, wrongWith, type Typed, type TypedBy } from "./parameters";

const INPUTS: Record<ScalarType, string> = {
  text: "text",
  integer: "text",
  double: "text",
  boolean: "text",
  date: "date",
  timestamp: "datetime-local",
};

interface Props {
  names: readonly string[];
  typed: TypedBy;
  /** Whether what is wrong is told, which it is from the first run on. */
  strict: boolean;
  /** What the names of its fields begin with, where there may be others of the same parameters on the page. */
  place?: string;
  onType: (name: string, typed: Typed) => void;
}

export function Parameters({ names, typed, strict, place = "parameter", onType }: Props) {
  if (names.length === 0) return null;
  return (
    <fieldset className="flex flex-wrap gap-3 border-t border-line px-3 py-2">
      <legend className="sr-only">{t("Parameters")}</legend>
      {names.map((name) => (
        <Field
          key={name}
          id={`${place}-${name}`}
          name={name}
          typed={typed[name] ?? untyped}
          strict={strict}
          onType={(typed) => onType(name, typed)}
        />
      ))}
    </fieldset>
  );
}

interface FieldProps {
  id: string;
  name: string;
  typed: Typed;
  strict: boolean;
  onType: (typed: Typed) => void;
}

function Field({ id, name, typed, strict, onType }: FieldProps) {
  const format = useFormat();
  const { type, text, isNull } = typed;
  const wrong = strict ? wrongWith(typed) : null;
  return (
    <div className="min-w-0">
      <div className="flex flex-wrap items-center gap-1.5 text-sm">
        <label htmlFor={id} className="font-mono font-medium">
          ${name}
        </label>
        <select
          aria-label={t("Type of ${name}", { name })}
          value={type}
          onChange={(event) => onType({ ...typed, type: event.target.value as ParameterType })}
          className={`${fieldLook} text-soft`}
        >
          {TYPES.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
        {isList(type) ? (
          <textarea
            id={id}
            rows={2}
            value={text}
            disabled={isNull}
            placeholder={isNull ? "NULL" : t("a value a line")}
            onChange={(event) => onType({ ...typed, text: event.target.value })}
            aria-invalid={wrong !== null}
            aria-describedby={wrong ? `${id}-wrong` : undefined}
            className={`${fieldLook} w-52 max-w-full py-1.5`}
          />
        ) : type === "boolean" ? (
          <select
            id={id}
            value={text}
            disabled={isNull}
            onChange={(event) => onType({ ...typed, text: event.target.value })}
            aria-invalid={wrong !== null}
            aria-describedby={wrong ? `${id}-wrong` : undefined}
            className={fieldLook}
          >
            <option value="">–</option>
            <option>true</option>
            <option>false</option>
          </select>
        ) : (
          <input
            id={id}
            type={INPUTS[type as ScalarType]}
            inputMode={type === "integer" ? "numeric" : type === "double" ? "decimal" : undefined}
            step={type === "timestamp" ? 1 : undefined}
            value={text}
            disabled={isNull}
            placeholder={isNull ? "NULL" : type === "text" ? t("empty text") : undefined}
            onChange={(event) => onType({ ...typed, text: event.target.value })}
            aria-invalid={wrong !== null}
            aria-describedby={wrong ? `${id}-wrong` : undefined}
            className={`${fieldLook} w-52 max-w-full`}
          />
        )}
        <label className="inline-flex min-h-6 items-center gap-1 text-soft">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={isNull}
            onChange={(event) => onType({ ...typed, isNull: event.target.checked })}
          />
          NULL
        </label>
        {type === "timestamp" && <span className="text-xs text-soft">{format.timeZone}</span>}
      </div>
      {wrong && (
        <p id={`${id}-wrong`} className="mt-0.5 text-xs text-bad">
          {wrong}
        </p>
      )}
    </div>
  );
}
