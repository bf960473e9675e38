/** The items behind a number, which are looked up once somebody wants them. */

import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { itemsBehind } from "@/api/queries";
import { t } from "@/texts/texts";
import { External, isWeb } from "./External";
import { useFormat } from "./Locale";
import { Failure, Skeleton } from "./Notice";

export function Behind({ href, children }: { href: string; children: ReactNode }) {
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const found = useQuery({ ...itemsBehind(href), enabled: open });
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className="min-h-6 text-accent-text hover:underline">{children}</summary>
      {found.isError && <Failure error={found.error} again={() => void found.refetch()} />}
      {open && found.isPending && <Skeleton label={t("The items are on their way")} />}
      {found.data && (
        <ul className="mt-1 flex flex-col gap-1 text-left">
          {found.data.items.map(({ id, key, title, url, is_done: done }) => (
            <li key={id} className={done ? "text-soft" : ""}>
              {isWeb(url) ? <External href={url}>{key}</External> : key} {title}
              {done && `, ${t("done")}`}
            </li>
          ))}
          {found.data.count > found.data.items.length && (
            <li className="text-soft">
              {t("The first {shown} of {all}.", {
                shown: format.count(found.data.items.length),
                all: format.count(found.data.count),
              })}
            </li>
          )}
          {found.data.count === 0 && <li className="text-soft">{t("None.")}</li>}
        </ul>
      )}
    </details>
  );
}
