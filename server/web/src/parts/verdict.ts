/** The colour of what a change is for. The word beside it says the same. */

import type { Change } from "@/design/format";

export const VERDICT: Readonly<Record<NonNullable<Change["verdict"]>, string>> = {
  better: "text-good",
  met: "text-good",
  worse: "text-bad",
  missed: "text-bad",
};
