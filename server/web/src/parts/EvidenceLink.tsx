import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Search } from "@/api/scope";

/** Opens the rows behind a number, beside the page. It is a link: it can be sent, and opened in another window. */
export function EvidenceLink({
  href,
  className,
  label,
  tabIndex,
  children,
}: {
  href: string;
  className?: string;
  label?: string;
  tabIndex?: number;
  children: ReactNode;
}) {
  return (
    <Link
      to="."
      search={(before: Search) => ({ ...before, evidence: href })}
      resetScroll={false}
      className={className ?? "underline decoration-edge decoration-dotted underline-offset-4 hover:decoration-solid"}
      aria-label={label}
      tabIndex={tabIndex}
    >
      {children}
    </Link>
  );
}
