import { useState } from "react";
import { Check, Fields, ListField, TextArea, TextField } from "@/parts/Form";
import { linesOf, readLines } from "@/parts/lines";
import { t } from "@/texts/texts";
import type { Setting } from "./kinds";
import { at, put, type Settings } from "./settings";

interface Props {
  setting: Setting;
  settings: Settings;
  onChange: (settings: Settings) => void;
}

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one) => typeof one === "string") : []);
const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** A setting as a field of its kind. What it is while it is left empty stands in it. */
export function SettingField({ setting, settings, onChange }: Props) {
  const { path, label, hint, kind, unless, on, of } = setting;
  const value = at(settings, path);
  const set = (value: unknown) => onChange(put(settings, path, value));
  switch (kind) {
    case "list":
      return <ListField label={label} hint={hint} placeholder={unless} value={texts(value)} onChange={set} />;
    case "text":
      return <TextField label={label} hint={hint} placeholder={unless} value={text(value)} onChange={set} spellCheck={false} />;
    case "day":
      return (
        <TextField
          label={label}
          hint={t("{hint} Empty: {unless}.", { hint, unless })}
          type="date"
          value={text(value)}
          onChange={set}
        />
      );
    case "check":
      return (
        <Check
          label={label}
          hint={hint}
          checked={typeof value === "boolean" ? value : (on ?? false)}
          // What is as it would be anyway is left out.
          onChange={(checked) => set(checked === on ? undefined : checked)}
        />
      );
    case "choices":
      return (
        <Fields legend={label} hint={t("{hint} Nothing chosen: {unless}.", { hint, unless })}>
          <div className="flex flex-wrap gap-x-5 gap-y-1">
            {of?.map(([one, words]) => (
              <Check
                key={one}
                label={words}
                checked={texts(value).includes(one)}
                onChange={(checked) => set(checked ? [...texts(value), one] : texts(value).filter((other) => other !== one))}
              />
            ))}
          </div>
        </Fields>
      );
    default:
      return <LinesField {...{ setting, settings, onChange }} />;
  }
}

function LinesField({ setting: { path, label, hint, kind, unless }, settings, onChange }: Props) {
  const [typed, type] = useState(() => {
    const before = Object.entries((at(settings, path) ?? {}) as Record<string, unknown>);
    return linesOf(Object.fromEntries(before.map(([name, value]) => [name, kind === "map" ? [text(value)] : texts(value)])));
  });
  const { wrong } = readLines(typed);
  return (
    <TextArea
      label={label}
      hint={hint}
      placeholder={unless}
      mono
      value={typed}
      wrong={wrong.length > 0 ? t("Not understood: {lines}", { lines: wrong.join("; ") }) : null}
      onChange={(typed) => {
        type(typed);
        const { map } = readLines(typed);
        const first = Object.fromEntries(Object.entries(map).map(([name, [value]]) => [name, value]));
        onChange(put(settings, path, kind === "map" ? first : map));
      }}
    />
  );
}
