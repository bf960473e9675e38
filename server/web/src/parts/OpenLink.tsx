import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Placed } from "@/api/place";

/** Opens one of a list beside it. It is a link: it can be sent, and opened in another window. */
export function OpenLink({ id, className = "", children }: { id: string; className?: string; children: ReactNode }) {
  return (
    <Link
      to="."
      search={(before: Placed) => ({ ...before, open: id })}
      resetScroll={false}
      className={`inline-block min-h-6 text-left text-accent-text hover:underline ${className}`}
    >
      {children}
    </Link>
  );
}
