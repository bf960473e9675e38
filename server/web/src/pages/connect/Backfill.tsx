/** Has some days read again. */

import { useState } from "react";
import type { Day } from "@/api/types";
import { Button } from "@/parts/Button";
import { TextField } from "@/parts/Form";
import { t } from "@/texts/texts";

/** The first day, and the day after the last. */
export interface Range {
  from: Day;
  until: Day;
}

export function Backfill({ busy, onAsk }: { busy: boolean; onAsk: (range: Range) => void }) {
  const [range, set] = useState<Range>({ from: "", until: "" });
  const wrong = range.from && range.until && range.from >= range.until ? t("It should be after the first day.") : null;
  return (
    <form
      className="flex flex-wrap items-end justify-between gap-x-6 gap-y-2 py-3 first:pt-0 last:pb-0"
      onSubmit={(event) => {
        event.preventDefault();
        if (wrong === null && !busy) onAsk(range);
      }}
    >
      <div className="min-w-0">
        <p className="font-medium">{t("Read some days again")}</p>
        <p className="max-w-prose text-sm text-soft">
          {t(
            "What was made or changed in them, whatever was read of it before, also of days before the first that is read. Days are UTC's.",
          )}
        </p>
        <div className="mt-2 flex flex-wrap gap-3">
          <TextField
            label={t("From")}
            type="date"
            required
            width="w-44"
            value={range.from}
            onChange={(from) => set({ ...range, from })}
          />
          <TextField
            label={t("Until before")}
            type="date"
            required
            width="w-44"
            wrong={wrong}
            value={range.until}
            onChange={(until) => set({ ...range, until })}
          />
        </div>
      </div>
      <Button type="submit" disabled={busy || wrong !== null}>
        {t("Read these days")}
      </Button>
    </form>
  );
}
