/** Some of what there is; none chosen stands for all. */

import { Check, Fields } from "@/parts/Form";

export function Several({
  legend,
  none,
  of,
  chosen,
  onChoose,
}: {
  legend: string;
  none: string;
  of: readonly (readonly [string, string])[];
  chosen: readonly string[];
  onChoose: (chosen: string[]) => void;
}) {
  return (
    <Fields legend={legend} hint={chosen.length === 0 ? none : undefined}>
      <div className="grid gap-x-4 gap-y-1.5 sm:grid-cols-2">
        {of.map(([one, words]) => (
          <Check
            key={one}
            label={words}
            checked={chosen.includes(one)}
            onChange={(on) => onChoose(on ? [...chosen, one] : chosen.filter((other) => other !== one))}
          />
        ))}
      </div>
    </Fields>
  );
}
