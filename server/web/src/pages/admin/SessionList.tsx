/** Where somebody is, or was, signed in. */

import type { ReactNode } from "react";
import type { Session } from "@/api/access";
import { Ago, Time } from "@/parts/Locale";
import { Mark } from "@/parts/Mark";
import { rich } from "@/texts/rich";
import { t } from "@/texts/texts";

/** A program by its name, as far as its own words tell. */
export function program(agent: string): string {
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\/[\d.]+/.exec(agent)?.[1];
  const system = /(Windows|Mac OS X|Android|iPhone|iPad|Linux)/.exec(agent)?.[1];
  if (!browser) return agent.split(" ")[0] || t("unknown program");
  const name = { Edg: "Edge", OPR: "Opera" }[browser] ?? browser;
  return system ? t("{browser} on {system}", { browser: name, system: system.replace("Mac OS X", "macOS") }) : name;
}

interface Props {
  of: readonly Session[];
  /** What can be done about one that goes on. */
  action?: (session: Session) => ReactNode;
  /** Who it is of, where several people's are listed. */
  who?: (session: Session) => ReactNode;
}

export function SessionList({ of, action, who }: Props) {
  if (of.length === 0) return <p className="text-sm text-soft">{t("None is known.")}</p>;
  const sorted = of.toSorted((a, b) => Number(a.ended_at !== null) - Number(b.ended_at !== null) || b.seen_at - a.seen_at);
  return (
    <ul className="divide-y divide-line">
      {sorted.map((session) => {
        const { id, agent, address, provider, created_at, seen_at, expires_at, ended_at, ended_why } = session;
        return (
          <li key={id} className="flex flex-wrap items-start justify-between gap-x-4 gap-y-1 py-2.5 text-sm">
            <div className="min-w-0">
              <p className="font-medium">
                {who && <>{who(session)}: </>}
                <span title={agent}>{program(agent)}</span>
                {address && <span className="font-normal text-soft"> {t("from {address}", { address })}</span>}
                {provider && <span className="font-normal text-soft"> {t("by {provider}", { provider })}</span>}
              </p>
              <p className="text-soft">
                {ended_at === null
                  ? rich("since {since}, renewed {ago}, ends by itself {ends}", {
                      since: <Time at={created_at} />,
                      ago: <Ago at={seen_at} every={60} />,
                      ends: <Time at={expires_at} />,
                    })
                  : ended_why
                    ? rich("since {since}, ended {ended}: {why}", {
                        since: <Time at={created_at} />,
                        ended: <Time at={ended_at} />,
                        why: ended_why,
                      })
                    : rich("since {since}, ended {ended}", { since: <Time at={created_at} />, ended: <Time at={ended_at} /> })}
              </p>
            </div>
            {ended_at === null ? (
              (action?.(session) ?? <Mark tone="good">{t("open")}</Mark>)
            ) : (
              <Mark tone="plain">{t("ended")}</Mark>
            )}
          </li>
        );
      })}
    </ul>
  );
}
