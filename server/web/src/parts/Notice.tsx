/** What stands where something would be: nothing there, on its way, or gone wrong. */

import type { ReactNode } from "react";
import { Problem } from "@/api/client";
import { t } from "@/texts/texts";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";
import { Worded } from "./Worded";

export function EmptyState({ icon = "empty", title, children }: { icon?: IconName; title: string; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-1.5 px-6 py-10 text-center">
      <Icon name={icon} className="size-6 text-soft" />
      <p className="font-medium">{title}</p>
      {children && <div className="max-w-prose text-sm text-soft">{children}</div>}
    </div>
  );
}

/** The shape of what is on its way. Readers are told once, by `label`. */
export function Skeleton({ label, rows = 3 }: { label: string; rows?: number }) {
  return (
    <div role="status" className="flex flex-col gap-3 p-4">
      <span className="sr-only">{label}</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className={`breathing h-4 rounded-sm bg-band ${row % 3 === 2 ? "w-2/3" : "w-full"}`} />
      ))}
    </div>
  );
}

/** What the server told, as a sentence of its own: it begins with a capital and ends with a full stop. */
function sentence(told: string): string {
  const whole = told.charAt(0).toUpperCase() + told.slice(1);
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`;
}

interface Failed {
  error: unknown;
  /** Asks once more, which is offered where that may end otherwise. */
  again?: (() => void) | undefined;
  /** Leaves out what it was limited to, which is offered where that was refused. */
  clear?: (() => void) | undefined;
}

/** What went wrong, in the server's own words, and the way on. */
export function Failure({ error, again, clear }: Failed) {
  const problem = error instanceof Problem ? error : null;
  return (
    <div role="alert" className="card flex flex-wrap items-start gap-3 rounded-md border border-bad bg-bad-tint p-4">
      <Icon name="diamond" className="mt-0.5 size-5 text-bad" />
      <div className="min-w-0 flex-1">
        <p className="font-semibold">{problem?.title ?? t("This page broke down")}</p>
        <p className="text-sm">
          <Worded>{sentence(error instanceof Error ? error.message : String(error))}</Worded>
        </p>
      </div>
      {problem?.status === 401 && (
        <a href="/sign-in" className="text-sm font-medium text-accent-text underline">
          {t("Sign in")}
        </a>
      )}
      {again && !problem?.isRefusal && <Button onClick={again}>{t("Ask again")}</Button>}
      {clear && problem?.isRefusal && problem.status !== 401 && <Button onClick={clear}>{t("Clear the filters")}</Button>}
    </div>
  );
}
