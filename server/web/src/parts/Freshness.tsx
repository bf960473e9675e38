import type { Source } from "@/api/types";
import { rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import { Icon, type IconName } from "./Icon";
import { Ago } from "./Locale";

const states = (): Record<Source["state"], { words: string; icon: IconName; look: string }> => ({
  fresh: { words: t("fresh"), icon: "check", look: "text-good" },
  late: { words: t("late"), icon: "clock", look: "text-warn" },
  never: { words: t("not read yet"), icon: "empty", look: "text-soft" },
  failing: { words: t("failing"), icon: "diamond", look: "text-bad" },
});

/** When each source was last read. */
export function Freshness({ sources }: { sources: readonly Source[] }) {
  if (sources.length === 0) return <p className="text-sm text-soft">{t("No source is connected.")}</p>;
  const known = states();
  return (
    <ul className="flex flex-wrap gap-x-5 gap-y-1 text-sm">
      {sources.map(({ connection, last_success_at: at, state }) => {
        const { words, icon, look } = known[state];
        const parts = { connection, state: <span className={look}>{words}</span> };
        return (
          <li key={connection} className="flex items-center gap-1.5">
            <Icon name={icon} className={`size-3.5 ${look}`} />
            <span>
              {at === null
                ? rich("{connection}: {state}", parts)
                : rich("{connection}: {state}<soft>, read {ago}</soft>", {
                    ...parts,
                    soft: (inner) => <span className="text-soft">{inner}</span>,
                    ago: <Ago at={at} every={30} />,
                  })}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
