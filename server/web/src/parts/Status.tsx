import type { Risk } from "@/api/types";
import { t } from "@/texts/texts";
import { Icon, type IconName } from "./Icon";

const known = (): Record<Risk["status"], { words: string; icon: IconName; look: string }> => ({
  on_track: { words: t("On track"), icon: "check", look: "bg-good-tint text-good" },
  at_risk: { words: t("At risk"), icon: "triangle", look: "bg-warn-tint text-warn" },
  off_track: { words: t("Off track"), icon: "diamond", look: "bg-bad-tint text-bad" },
});

/** How a project stands: a word, a shape, and a colour, in this order. */
export function Status({ of }: { of: Risk["status"] }) {
  const { words, icon, look } = known()[of];
  return (
    // In a sentence its word is on the line of the others.
    <span className={`inline-flex items-baseline gap-1 rounded-sm px-1.5 py-0.5 text-xs font-semibold ${look}`}>
      <Icon name={icon} className="size-3.5 self-center" />
      {words}
    </span>
  );
}
