/** Which days a report is on. */

import { useState } from "react";
import type { Period, PeriodUnit } from "@/api/reports";
import { dayFrom } from "@/api/scope";
import type { Day } from "@/api/types";
import { local } from "@/design/zone";
import { SelectField, TextField } from "@/parts/Form";
import { useFormat } from "@/parts/Locale";
import { t } from "@/texts/texts";
import { periodWords, rhythm, UNITS } from "./words";

type Way = "same" | "last" | "last_of" | "so_far" | "days";

interface Props {
  /** `null` is the report's own. */
  value: Period | null;
  own: Period | undefined;
  onChange: (value: Period | null) => void;
}

const wayOf = (period: Period | null): Way =>
  period === null ? "same" : "last" in period ? "last" : "last_of" in period ? "last_of" : "so_far" in period ? "so_far" : "days";

/** Whether its days end before they begin, or one of them is not typed yet. */
export const isBackwards = (period: Period | null | undefined): boolean =>
  period != null && "days" in period && !(period.days.from !== "" && period.days.from < period.days.until);

export function PeriodField({ value, own, onChange }: Props) {
  const format = useFormat();
  const way = wayOf(value);
  const unit = rhythm(value ?? own ?? { last: "month" });
  const [count, setCount] = useState(value && "last_of" in value ? String(value.last_of.count) : "4");
  const [today] = useState<Day>(() => local(Date.now() * 1_000, format.timeZone).slice(0, 10));
  // They are there again once somebody comes back to them: arrow keys go through all ways.
  const [left, leave] = useState(value && "days" in value ? value.days : { from: dayFrom(today, -28), until: today });
  const days = value && "days" in value ? value.days : left;
  const set = (way: Way, unit: PeriodUnit, count: string) => {
    const n = Math.min(60, Math.max(1, Math.round(Number(count)) || 1));
    leave(days);
    const next = {
      same: null,
      last: { last: unit },
      last_of: { last_of: { count: n, unit } },
      so_far: { so_far: unit },
      days: { days },
    };
    onChange(next[way]);
  };
  const units = (Object.keys(UNITS) as PeriodUnit[]).map(
    (unit) => [unit, way === "last_of" ? UNITS[unit].several() : UNITS[unit].one()] as const,
  );
  const unitField = <SelectField label={t("Of what")} value={unit} of={units} onChange={(unit) => set(way, unit, count)} />;
  return (
    <div role="group" aria-label={t("Days")}>
      <div className="grid gap-3 sm:grid-cols-3">
        <SelectField<Way>
          label={t("Which days")}
          value={way}
          of={[
            ["same", own ? t("As it is: {what}", { what: periodWords(own, format) }) : t("As the report has it")],
            ["last", t("The last whole one")],
            ["last_of", t("The last few whole ones")],
            ["so_far", t("What runs, so far")],
            ["days", t("From one day to another")],
          ]}
          onChange={(way) => set(way, unit, count)}
        />
        {way === "last_of" && (
          <TextField
            label={t("How many")}
            type="number"
            min={1}
            max={60}
            required
            value={count}
            onChange={(count) => {
              setCount(count);
              set(way, unit, count);
            }}
          />
        )}
        {(way === "last" || way === "last_of" || way === "so_far") && unitField}
        {way === "days" && (
          <>
            <TextField
              label={t("From")}
              type="date"
              required
              value={days.from}
              onChange={(from) => onChange({ days: { ...days, from } })}
            />
            <TextField
              label={t("To, and with")}
              type="date"
              required
              value={days.until ? dayFrom(days.until, -1) : ""}
              onChange={(last) => onChange({ days: { ...days, until: last ? dayFrom(last, 1) : "" } })}
              wrong={days.until && days.from >= days.until ? t("It ends before it begins.") : null}
            />
          </>
        )}
      </div>
    </div>
  );
}
