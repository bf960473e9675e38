/** What is looked for in jobs, and in which. */

import type { JobTest } from "@/api/alerts";
import { KINDS as WORK } from "@/api/work";
import { DurationField } from "@/parts/Duration";
import { SelectField } from "@/parts/Form";
import { t } from "@/texts/texts";
import { NumberField } from "./NumberField";
import { Several } from "@/parts/Several";
import { jobTestOf, type JobTestName } from "./words";

interface Props {
  value: { kinds: string[]; is?: JobTest };
  onChange: (value: { kinds: string[]; is: JobTest }) => void;
}

/** What the server takes: below that everything is late. */
export const LEAST_LATE = 60;

/** What is proposed of each. */
const TEST: Record<JobTestName, JobTest> = {
  dead: "dead",
  failing: { failing: 3 },
  late_seconds: { late_seconds: 3_600 },
  paused: "paused",
};

export function JobFields({ value: { kinds, is = "dead" }, onChange }: Props) {
  return (
    <>
      <SelectField
        label={t("When")}
        value={jobTestOf(is)}
        of={[
          ["dead", t("a job waits for a person: its last try failed")],
          ["failing", t("a job failed some times, and is tried again")],
          ["late_seconds", t("a job is due, and nobody begins it")],
          ["paused", t("a schedule is paused")],
        ]}
        onChange={(test) => onChange({ kinds, is: TEST[test] })}
      />
      {typeof is === "object" && "failing" in is && (
        <NumberField
          label={t("Tries that failed")}
          unit=""
          value={is.failing}
          min={1}
          max={100}
          step={1}
          onChange={(failing) => onChange({ kinds, is: { failing } })}
          hint={t("One whose last try failed is told of, too.")}
        />
      )}
      {typeof is === "object" && "late_seconds" in is && (
        <DurationField
          label={t("It may be late for")}
          value={is.late_seconds}
          wrong={is.late_seconds < LEAST_LATE ? t("It should be a minute at least.") : null}
          onChange={(late_seconds) => onChange({ kinds, is: { late_seconds } })}
          hint={t("A minute at least.")}
        />
      )}
      <Several
        legend={t("Which work")}
        none={t("Any of it.")}
        of={Object.entries(WORK).filter(([kind]) => kind !== "erase")}
        chosen={kinds}
        onChoose={(kinds) => onChange({ kinds, is })}
      />
    </>
  );
}
