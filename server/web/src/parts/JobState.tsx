/** Where a job stands, and how far it is (docs/jobs-orchestration.md). */

import type { Job, JobState } from "@/api/types";
import { rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import type { IconName } from "./Icon";
import { Time, useFormat } from "./Locale";

export const STATES: Record<JobState, { icon: IconName; look: string; words: string }> = {
  queued: { icon: "clock", look: "text-soft", words: t("queued") },
  running: { icon: "flow", look: "text-accent-text", words: t("running") },
  waiting: { icon: "clock", look: "text-warn", words: t("waiting") },
  failed: { icon: "triangle", look: "text-warn", words: t("failed, to be tried again") },
  dead: { icon: "diamond", look: "text-bad", words: t("waits for a person") },
  paused: { icon: "same", look: "text-soft", words: t("paused") },
  succeeded: { icon: "check", look: "text-good", words: t("done") },
  cancelled: { icon: "close", look: "text-soft", words: t("cancelled") },
};

export function Progress({ of: { done, total, message, ends_at: ends } }: { of: NonNullable<Job["progress"]> }) {
  const format = useFormat();
  const far =
    total === null ? format.count(done) : t("{done} of {total}", { done: format.count(done), total: format.count(total) });
  return (
    <div className="mt-1">
      {total !== null && <progress value={done} max={total} aria-label={message} className="h-1.5 w-full max-w-sm" />}
      <p className="text-soft">
        {ends === null
          ? `${far} ${message}`
          : rich("{far} {message}, until {time} at this rate", { far, message, time: <Time at={ends} /> })}
      </p>
    </div>
  );
}
