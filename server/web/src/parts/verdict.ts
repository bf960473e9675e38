/** What a change is for: a colour, and the word beside it that says the same. */

import type { Change } from "@/design/format";
import { t } from "@/texts/texts";

export const VERDICT: Readonly<Record<NonNullable<Change["verdict"]>, string>> = {
  better: "text-good",
  met: "text-good",
  worse: "text-bad",
  missed: "text-bad",
};

/** Whether a change is good, in a word. */
export const verdictWord = (verdict: NonNullable<Change["verdict"]>): string =>
  ({ better: t("better"), worse: t("worse"), met: t("met"), missed: t("missed") })[verdict];

/** Which way something went, in a word: what an arrow says to those who see it. */
export const wayWord = (way: Change["way"]): string => ({ up: t("up"), down: t("down"), same: t("the same") })[way];
