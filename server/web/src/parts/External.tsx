/** A link to where somebody else shows it, in another window. */

import { t } from "@/texts/texts";
import { Icon } from "./Icon";

/** Whether a browser may be sent there: addresses come from vendors, and some schemes would run in this page. */
export function isWeb(address: unknown): address is string {
  return typeof address === "string" && /^https?:\/\/[^/]/i.test(address);
}

export function External({ href, children }: { href: string; children: string }) {
  return (
    <a href={href} target="_blank" rel="noreferrer" className="inline-flex items-center gap-1 text-accent-text underline">
      {children}
      <Icon name="out" className="size-3.5" />
      <span className="sr-only"> {t("(opens another window)")}</span>
    </a>
  );
}
