/** Where a job stands, and how far it is (docs/jobs-orchestration.md). */

import type { Job, JobState } from "@/api/types";
import type { IconName } from "./Icon";
import { Time, useFormat } from "./Locale";

export const STATES: Record<JobState, { icon: IconName; look: string; words: string }> = {
  queued: { icon: "clock", look: "text-soft", words: "queued" },
  running: { icon: "flow", look: "text-accent-text", words: "running" },
  waiting: { icon: "clock", look: "text-warn", words: "waiting" },
  failed: { icon: "triangle", look: "text-warn", words: "failed, to be tried again" },
  dead: { icon: "diamond", look: "text-bad", words: "waits for a person" },
  paused: { icon: "same", look: "text-soft", words: "paused" },
  succeeded: { icon: "check", look: "text-good", words: "done" },
  cancelled: { icon: "close", look: "text-soft", words: "cancelled" },
};

export function Progress({ of: { done, total, message, ends_at: ends } }: { of: NonNullable<Job["progress"]> }) {
  const format = useFormat();
  return (
    <div className="mt-1">
      {total !== null && <progress value={done} max={total} aria-label={message} className="h-1.5 w-full max-w-sm" />}
      <p className="text-soft">
        {format.count(done)}
        {total !== null && ` of ${format.count(total)}`} {message}
        {ends !== null && (
          <>
            , until <Time at={ends} /> at this rate
          </>
        )}
      </p>
    </div>
  );
}
