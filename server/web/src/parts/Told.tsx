/** What was just done, told for a while at the foot of the page, with the way back where there is one. */

import { useEffect, useState, useSyncExternalStore } from "react";
import { t } from "@/texts/texts";
import { Button } from "./Button";
import { Icon } from "./Icon";

interface Word {
  id: number;
  text: string;
  /** Whether it did not work. */
  failed: boolean;
  undo?: (() => Promise<unknown>) | undefined;
}

let said: readonly Word[] = [];
let last = 0;
const listeners = new Set<() => void>();
const set = (next: readonly Word[]) => {
  said = next;
  for (const listener of listeners) listener();
};

function say(word: Omit<Word, "id">) {
  last += 1;
  set([...said.slice(-2), { id: last, ...word }]);
}

/** Tells something; `undo` takes it back. */
export const tell = (text: string, undo?: () => Promise<unknown>) => say({ text, failed: false, undo });

/** Tells what did not work, where there is no other place for it. */
export const tellFailure = (text: string) => say({ text, failed: true });

const why = (error: unknown) => (error instanceof Error ? error.message : String(error));

const forget = (id: number) => set(said.filter((word) => word.id !== id));
const SHOWN_MS = 12_000;

export function Told() {
  const all = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => said,
  );
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-0 bottom-4 z-30 flex flex-col items-center gap-2 px-4 print:hidden"
    >
      {all.map((word) => (
        <One key={word.id} word={word} />
      ))}
    </div>
  );
}

function One({ word: { id, text, failed, undo } }: { word: Word }) {
  // Whoever is at it has the time that they need.
  const [held, hold] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => forget(id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [id, held]);
  return (
    // Nothing is done by it: it waits.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      onPointerEnter={() => hold(true)}
      onPointerLeave={() => hold(false)}
      onFocus={() => hold(true)}
      onBlur={() => hold(false)}
      className="pointer-events-auto flex max-w-full items-center gap-3 rounded-md border border-edge bg-surface py-1.5 pr-1.5 pl-3 text-sm shadow-float"
    >
      <Icon name={failed ? "triangle" : "check"} className={failed ? "text-bad" : "text-good"} />
      <span className="min-w-0">{text}</span>
      {undo && (
        <Button
          onClick={() => {
            undo().catch((error: unknown) => tellFailure(t("It could not be taken back: {why}", { why: why(error) })));
            forget(id);
          }}
        >
          {t("Undo")}
        </Button>
      )}
      <Button look="quiet" aria-label={t("Close")} onClick={() => forget(id)}>
        <Icon name="close" />
      </Button>
    </div>
  );
}
