/** What was just done, told for a while at the foot of the page, with the way back where there is one. */

import { useEffect, useSyncExternalStore } from "react";
import { t } from "@/texts/texts";
import { Button } from "./Button";
import { Icon } from "./Icon";

interface Word {
  id: number;
  text: string;
  undo?: (() => void) | undefined;
}

let said: readonly Word[] = [];
let last = 0;
const listeners = new Set<() => void>();
const set = (next: readonly Word[]) => {
  said = next;
  for (const listener of listeners) listener();
};

/** Tells something; `undo` takes it back. */
export function tell(text: string, undo?: () => void) {
  last += 1;
  set([...said.slice(-2), { id: last, text, undo }]);
}

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

function One({ word: { id, text, undo } }: { word: Word }) {
  useEffect(() => {
    const timer = setTimeout(() => forget(id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [id]);
  return (
    <div className="pointer-events-auto flex max-w-full items-center gap-3 rounded-md border border-edge bg-surface py-1.5 pr-1.5 pl-3 text-sm shadow-float">
      <Icon name="check" className="text-good" />
      <span className="min-w-0">{text}</span>
      {undo && (
        <Button
          onClick={() => {
            undo();
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
