import type { Source } from "@/api/types";
import { Icon, type IconName } from "./Icon";
import { Ago } from "./Locale";

const STATE: Record<Source["state"], { words: string; icon: IconName; look: string }> = {
  fresh: { words: "fresh", icon: "check", look: "text-good" },
  late: { words: "late", icon: "clock", look: "text-warn" },
  never: { words: "not read yet", icon: "empty", look: "text-soft" },
  failing: { words: "failing", icon: "diamond", look: "text-bad" },
};

/** When each source was last read. */
export function Freshness({ sources }: { sources: readonly Source[] }) {
  if (sources.length === 0) return <p className="text-sm text-soft">No source is connected.</p>;
  return (
    <ul className="flex flex-wrap gap-x-5 gap-y-1 text-sm">
      {sources.map(({ connection, last_success_at: at, state }) => (
        <li key={connection} className="flex items-center gap-1.5">
          <Icon name={STATE[state].icon} className={`size-3.5 ${STATE[state].look}`} />
          <span>
            {connection}
            {": "}
            <span className={STATE[state].look}>{STATE[state].words}</span>
            {at !== null && (
              <span className="text-soft">
                , read <Ago at={at} every={30} />
              </span>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
