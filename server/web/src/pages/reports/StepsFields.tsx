/** How a report of one's own looks at its figures: in which steps, against what, and what its headline tells of. */

import type { Content } from "@/api/reports";
import { COMPARES, GRAINS } from "@/api/scope";
import type { Compare, Grain } from "@/api/types";
import { Fields, SelectField, TextField } from "@/parts/Form";
import { Several } from "@/parts/Several";
import { compareWords, grainWords } from "@/shell/limits";
import { t } from "@/texts/texts";

/** How many steps the server takes. */
const MOST_STEPS = 120;

/** Whether its charts have as many steps as there may be. */
export const hasSteps = ({ trend }: Content): boolean => Number.isInteger(trend) && trend >= 1 && trend <= MOST_STEPS;

const topics = () =>
  [
    ["risk", t("Risk")],
    ["forecast", t("Forecast")],
    ["dora", t("DORA")],
    ["flow", t("Flow")],
    ["change", t("Change")],
    ["reliability", t("Reliability")],
    ["teams", t("Teams")],
  ] as const;

interface Props {
  value: Content;
  onChange: (value: Content) => void;
}

export function StepsFields({ value, onChange }: Props) {
  const { grain, trend, compare, headline } = value;
  return (
    <>
      <Fields legend={t("Its figures")}>
        <div className="grid gap-3 sm:grid-cols-3">
          <SelectField<Grain>
            label={t("Charts by")}
            value={grain}
            of={GRAINS.map((one) => [one, grainWords(one)] as const)}
            onChange={(grain) => onChange({ ...value, grain })}
          />
          <TextField
            label={t("Steps of a chart")}
            type="number"
            min={1}
            max={MOST_STEPS}
            required
            value={Number.isNaN(trend) ? "" : String(trend)}
            onChange={(text) => onChange({ ...value, trend: text.trim() === "" ? NaN : Number(text) })}
          />
          <SelectField<Compare | "">
            label={t("Against")}
            value={compare ?? ""}
            of={[["", t("nothing")] as const, ...COMPARES.map((one) => [one, compareWords(one)] as const)]}
            onChange={(compare) => onChange({ ...value, compare: compare || null })}
          />
        </div>
      </Fields>
      <Several
        legend={t("Its headline tells of")}
        none={t("Of nothing: it has none.")}
        of={topics()}
        chosen={headline}
        onChoose={(headline) => onChange({ ...value, headline })}
      />
    </>
  );
}
