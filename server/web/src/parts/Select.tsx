/** One of a few, with its name before it: what a page, or a part of it, is made by. */

import { fieldLook } from "./Button";

export function Select({
  label,
  value,
  of,
  onChoose,
}: {
  label: string;
  value: string;
  of: readonly (readonly [string, string])[];
  onChoose: (value: string) => void;
}) {
  return (
    <label className="inline-flex items-center gap-1.5 text-sm text-soft">
      {label}
      <select value={value} onChange={(event) => onChoose(event.target.value)} className={`${fieldLook} pr-1 font-medium`}>
        {of.map(([one, words]) => (
          <option key={one} value={one}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
