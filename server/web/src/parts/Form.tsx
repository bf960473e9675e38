/** Fields with their names, what they mean, and what is wrong with them. What was typed stays when something goes wrong. */

import { useId, useState, type ComponentProps, type ReactNode, type SubmitEvent } from "react";
import { Problem } from "@/api/client";
import { t } from "@/texts/texts";
import { Button, fieldLook } from "./Button";
import { Failure } from "./Notice";

interface About {
  label: string;
  hint?: ReactNode;
  /** What is wrong with it, as far as the page itself can tell. */
  wrong?: string | null | undefined;
  /** Its name stands beside it already, and is told to screen readers alone. */
  bare?: boolean;
}

function Around({ label, hint, wrong, bare = false, id, children }: About & { id: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className={bare ? "sr-only" : "text-sm font-medium"}>
        {label}
      </label>
      {children}
      {wrong && (
        <p id={`${id}-wrong`} className="text-sm text-bad">
          {wrong}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="max-w-prose text-xs text-soft">
          {hint}
        </p>
      )}
    </div>
  );
}

const described = (id: string, { hint, wrong }: About) =>
  [wrong && `${id}-wrong`, hint && `${id}-hint`].filter(Boolean).join(" ") || undefined;

/** What the server said of a field when it refused all of it: to be shown where that can be mended. */
export const refusedAt = (error: unknown, field: string): string | null => {
  const reason = error instanceof Problem ? error.refused(field) : null;
  return reason && t("It {reason}.", { reason });
};

type InputProps = Omit<ComponentProps<"input">, "onChange" | "value" | "id" | "className">;

export function TextField({
  label,
  hint,
  wrong,
  bare,
  value,
  onChange,
  width = "w-full",
  ...rest
}: About & { value: string; onChange: (value: string) => void; width?: string } & InputProps) {
  const id = useId();
  return (
    <Around label={label} hint={hint} wrong={wrong} bare={bare ?? false} id={id}>
      <input
        id={id}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        aria-invalid={wrong ? true : undefined}
        aria-describedby={described(id, { label, hint, wrong })}
        className={`${fieldLook} ${width} min-w-0`}
        {...rest}
      />
    </Around>
  );
}

export function TextArea({
  label,
  hint,
  wrong,
  bare,
  value,
  onChange,
  mono = false,
  ...rest
}: About & { value: string; onChange: (value: string) => void; mono?: boolean } & Omit<
    ComponentProps<"textarea">,
    "onChange" | "value" | "id" | "className"
  >) {
  const id = useId();
  return (
    <Around label={label} hint={hint} wrong={wrong} bare={bare ?? false} id={id}>
      <textarea
        id={id}
        value={value}
        rows={4}
        onChange={(event) => onChange(event.target.value)}
        aria-invalid={wrong ? true : undefined}
        aria-describedby={described(id, { label, hint, wrong })}
        className={`${fieldLook} w-full py-1.5 ${mono ? "font-mono" : ""}`}
        {...rest}
      />
    </Around>
  );
}

export function SelectField<T extends string>({
  label,
  hint,
  wrong,
  bare,
  value,
  of,
  onChange,
  ...rest
}: About & { value: T; of: readonly (readonly [T, string])[]; onChange: (value: T) => void } & Omit<
    ComponentProps<"select">,
    "onChange" | "value" | "id" | "className" | "of"
  >) {
  const id = useId();
  return (
    <Around label={label} hint={hint} wrong={wrong} bare={bare ?? false} id={id}>
      <select
        id={id}
        value={value}
        onChange={(event) => onChange(event.target.value as T)}
        aria-invalid={wrong ? true : undefined}
        aria-describedby={described(id, { label, hint, wrong })}
        className={`${fieldLook} w-full min-w-0`}
        {...rest}
      >
        {/* What is there no more is shown as what it is: a browser would show the first of the others, which is not what is sent. */}
        {!of.some(([one]) => one === value) && <option value={value}>{value === "" ? t("Choose one") : value}</option>}
        {of.map(([one, words]) => (
          <option key={one} value={one}>
            {words}
          </option>
        ))}
      </select>
    </Around>
  );
}

/** Several words or patterns, apart by commas. */
export function ListField({
  value,
  onChange,
  ...about
}: About & { value: readonly string[]; onChange: (value: string[]) => void; placeholder?: string; required?: boolean }) {
  const [text, type] = useState(value.join(", "));
  // What was changed elsewhere is shown as it is there; what is typed stays as it is typed.
  const typed = words(text);
  const same = typed.length === value.length && typed.every((word, at) => word === value[at]);
  return (
    <TextField
      {...about}
      spellCheck={false}
      autoCapitalize="none"
      value={same ? text : value.join(", ")}
      onChange={(text) => {
        type(text);
        onChange(words(text));
      }}
    />
  );
}

export const words = (text: string): string[] =>
  text
    .split(/[,\n]/)
    .map((word) => word.trim())
    .filter(Boolean);

export function Check({
  label,
  hint,
  checked,
  onChange,
  disabled = false,
}: {
  label: ReactNode;
  hint?: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}) {
  const id = useId();
  return (
    <div className="flex min-h-6 items-start gap-2 text-sm">
      <input
        id={id}
        type="checkbox"
        className="mt-0.5 size-4 shrink-0 accent-accent"
        checked={checked}
        disabled={disabled}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => onChange(event.target.checked)}
      />
      <div className="min-w-0">
        <label htmlFor={id}>{label}</label>
        {hint && (
          <p id={`${id}-hint`} className="text-xs text-soft">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}

/** One of a few ways, side by side. */
export function Ways<T extends string>({
  label,
  value,
  of,
  onChoose,
}: {
  label: string;
  value: T;
  of: readonly (readonly [T, ReactNode])[];
  onChoose: (value: T) => void;
}) {
  const name = useId();
  return (
    <div role="radiogroup" aria-label={label} className="flex flex-wrap gap-x-5 gap-y-1 text-sm">
      {of.map(([one, words]) => (
        <label key={one} className="flex min-h-6 items-center gap-2">
          <input
            type="radio"
            name={name}
            className="size-4 accent-accent"
            checked={one === value}
            onChange={() => onChoose(one)}
          />
          {words}
        </label>
      ))}
    </div>
  );
}

export function Fields({ legend, hint, children }: { legend: string; hint?: ReactNode; children: ReactNode }) {
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="mb-1 text-sm font-medium">{legend}</legend>
      {hint && <p className="-mt-1 max-w-prose text-xs text-soft">{hint}</p>}
      {children}
    </fieldset>
  );
}

interface FormProps {
  onSubmit: () => void;
  busy: boolean;
  error?: unknown;
  submit: string;
  /** Nothing to send yet. */
  idle?: boolean;
  /** Beside the button. */
  beside?: ReactNode;
  children: ReactNode;
}

export function Form({ onSubmit, busy, error, submit, idle = false, beside, children }: FormProps) {
  const send = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!busy) onSubmit();
  };
  return (
    <form onSubmit={send} className="flex min-w-0 flex-col gap-4">
      {children}
      {error != null && <Failure error={error} />}
      <div className="flex flex-wrap items-center gap-2 print:hidden">
        <Button type="submit" look="main" disabled={busy || idle}>
          {busy ? t("Just a moment") : submit}
        </Button>
        {beside}
      </div>
    </form>
  );
}
