/** What holds for all that is on the page, in a line above it. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { me } from "@/api/queries";
import { isSample } from "@/api/sample";
import { useStanding } from "@/api/standing";
import { Button } from "@/parts/Button";
import { Icon } from "@/parts/Icon";
import { Time } from "@/parts/Locale";
import { useMay } from "@/parts/Needs";
import { t } from "@/texts/texts";
import { rich } from "@/texts/rich";

const line = "flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-2 text-sm sm:px-6";

/** The server cannot be reached. What was read stays; it is asked again by itself, or at once. */
export function Away() {
  const { away } = useStanding();
  const client = useQueryClient();
  const [trying, setTrying] = useState(false);
  const again = async () => {
    setTrying(true);
    await client.refetchQueries({ type: "active" }).finally(() => setTrying(false));
  };
  return (
    <div role="status">
      {away !== null && (
        <div className={`${line} bg-warn-tint print:hidden`}>
          <Icon name="triangle" className="text-warn" />
          <span className="min-w-48 flex-1">
            {rich("<b>{what}</b> since {time}. What you see is what was read before, and nothing that you change is kept.", {
              b: (inner) => <span className="font-semibold">{inner}</span>,
              what: navigator.onLine ? t("The server cannot be reached") : t("You are offline"),
              time: <Time at={away} />,
            })}
          </span>
          <Button disabled={trying} onClick={() => void again()} className="ml-auto">
            {trying ? t("Trying") : t("Try again")}
          </Button>
        </div>
      )}
    </div>
  );
}

/** That nothing of this is real, on paper, too. */
export function Sample() {
  const { data: person } = useQuery(me);
  const may = useMay();
  if (!isSample(person?.tenant ?? "")) return null;
  return (
    <aside aria-label={t("Sample tenant")} className={`${line} bg-accent-tint print:mb-4 print:px-2`}>
      <Icon name="few" className="text-accent-text" />
      <span className="min-w-48 flex-1">
        {rich("<b>Sample data.</b> A made-up organization: its people, projects and figures do not exist.", {
          b: (inner) => <span className="font-semibold">{inner}</span>,
        })}
      </span>
      {(person?.tenants.length ?? 0) < 2 && may("connections:manage") && (
        <Link to="/connections/new" className="ml-auto font-medium text-accent-text underline print:hidden">
          {t("Connect a source")}
        </Link>
      )}
    </aside>
  );
}
