/** The stages in order, with the statuses of each: named, moved, added and taken away. */

import { Button } from "@/parts/Button";
import { Check, ListField, TextField } from "@/parts/Form";
import { Icon } from "@/parts/Icon";
import { t } from "@/texts/texts";
import { another, type Edited } from "./stage-draft";

export function Stages({ of, onChange }: { of: readonly Edited[]; onChange: (stages: Edited[]) => void }) {
  const set = (at: number, part: Partial<Edited>) =>
    onChange(of.map((stage) => (stage.at === at ? { ...stage, ...part } : stage)));
  const move = (index: number, by: -1 | 1) => {
    const moved = of[index];
    if (moved) onChange(of.toSpliced(index, 1).toSpliced(index + by, 0, moved));
  };
  return (
    <>
      {of.length === 0 && (
        <p className="text-sm text-soft">
          {t("No stage is named: then a status is what its source says, to do, doing or done.")}
        </p>
      )}
      <ol className="flex flex-col gap-2">
        {of.map(({ name, patterns, active, at }, index) => (
          <li
            key={at}
            className="grid items-end gap-x-3 gap-y-2 rounded-md border border-line p-3 sm:grid-cols-[10rem_minmax(0,1fr)_auto_auto]"
          >
            <TextField label={t("Stage {n}", { n: index + 1 })} required value={name} onChange={(name) => set(at, { name })} />
            <ListField
              label={t("Statuses")}
              required
              value={patterns}
              placeholder={t("In Review, *review*")}
              onChange={(patterns) => set(at, { patterns })}
            />
            <div className="pb-1">
              <Check label={t("worked on")} checked={active} onChange={(active) => set(at, { active })} />
            </div>
            <div className="flex gap-1">
              <Button
                look="quiet"
                aria-label={name ? t("{name} earlier", { name }) : t("Stage earlier")}
                disabled={index === 0}
                onClick={() => move(index, -1)}
              >
                <Icon name="up" />
              </Button>
              <Button
                look="quiet"
                aria-label={name ? t("{name} later", { name }) : t("Stage later")}
                disabled={index === of.length - 1}
                onClick={() => move(index, 1)}
              >
                <Icon name="down" />
              </Button>
              <Button
                look="quiet"
                aria-label={name ? t("Take {name} away", { name }) : t("Take stage away")}
                onClick={() => onChange(of.filter((one) => one.at !== at))}
              >
                <Icon name="close" />
              </Button>
            </div>
          </li>
        ))}
      </ol>
      <Button className="self-start" onClick={() => onChange([...of, { name: "", patterns: [], active: true, at: another(of) }])}>
        <Icon name="plus" />
        {t("Add a stage")}
      </Button>
    </>
  );
}
