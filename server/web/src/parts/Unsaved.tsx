/** What was typed and is not kept yet: nobody loses it by a key, a click beside it, a link or the way back. */

import { useBlocker, type ShouldBlockFn } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, useState, type ReactNode } from "react";
import { t } from "@/texts/texts";
import { Button } from "./Button";
import { Modal } from "./Modal";
import { asksBeforeLeaving, isAbandoned } from "./unkept";

interface Guard {
  /** Goes, where something was changed once somebody says so. */
  leave: (go: () => void) => void;
  /** It is kept: from now on nothing asks. */
  kept: () => void;
  /** The question, while it is asked. */
  question: ReactNode;
}

/** Asks before what is typed is left, or a secret that is shown this once. Another order of a table on the same page leaves nothing. */
export function useUnsaved(typed: boolean, secret = false): Guard {
  const changed = typed || secret;
  const free = useRef(false);
  const [going, go] = useState<(() => void) | null>(null);
  const shouldBlockFn = useCallback<ShouldBlockFn>(({ current, next }) => {
    const [from, to] = [current, next].map(({ pathname, search }) => `${pathname} ${(search as { open?: string }).open ?? ""}`);
    return !free.current && from !== to;
  }, []);
  const blocked = useBlocker({
    shouldBlockFn,
    enableBeforeUnload: () => changed && !free.current && !isAbandoned(),
    disabled: !changed,
    withResolver: true,
  });
  const stopAsking = useRef<(() => void) | null>(null);
  useEffect(() => {
    // What is typed after it was kept, or given up, is unkept again.
    if (!changed) free.current = false;
    if (!changed || free.current) return undefined;
    const stop = asksBeforeLeaving((to) => go(() => to));
    stopAsking.current = stop;
    return stop;
  }, [changed]);
  const kept = () => {
    free.current = true;
    stopAsking.current?.();
  };
  const stay = () => {
    go(null);
    blocked.reset?.();
  };
  const goOn = () => {
    kept();
    go(null);
    if (blocked.status === "blocked") blocked.proceed();
    else going?.();
  };
  const asks = going !== null || blocked.status === "blocked";
  return {
    leave: (to) => (changed ? go(() => to) : to()),
    kept,
    question: asks && (
      <Modal title={secret ? t("Leave before you have kept it?") : t("Leave what you changed?")} onClose={stay}>
        <div className="flex flex-col gap-4 p-5">
          <p>
            {secret
              ? t("It is told this once: nobody can look it up again.")
              : t("It is not kept yet, and is gone once you leave.")}
          </p>
          <div className="flex flex-wrap justify-end gap-2">
            <Button look="bad" onClick={goOn}>
              {t("Leave it")}
            </Button>
            <Button look="main" data-first onClick={stay}>
              {secret ? t("Stay") : t("Go on writing")}
            </Button>
          </div>
        </div>
      </Modal>
    ),
  };
}

interface OvertakenProps {
  /** By whom it was changed, and when. */
  children: ReactNode;
  onTake: () => void;
  onStay: () => void;
}

/** That somebody else changed meanwhile what is being changed: neither is lost without somebody saying so. */
export function Overtaken({ children, onTake, onStay }: OvertakenProps) {
  return (
    <div role="alert" className="flex flex-col gap-2 rounded-md bg-warn-tint p-3 text-sm">
      <p>{children}</p>
      <div className="flex flex-wrap gap-2">
        <Button onClick={onTake}>{t("Begin anew with that")}</Button>
        <Button onClick={onStay}>{t("Keep mine in its place")}</Button>
      </div>
    </div>
  );
}

/** That somebody else took away meanwhile what is being changed. */
export const Removed = ({ children }: { children: ReactNode }) => (
  <p role="alert" className="rounded-md bg-warn-tint p-3 text-sm">
    {children}
  </p>
);
