/** What takes the page's place for a while: the browser's own dialog keeps the focus inside, closes on Escape, and makes the rest inert. */

import { useId, useLayoutEffect, useRef, type ReactNode } from "react";
import { useStanding } from "@/api/standing";
import { t } from "@/texts/texts";
import { Apart } from "./apart";
import { Button } from "./Button";
import { Icon } from "./Icon";

const SHAPES = {
  /** Beside the page, at its right; all of it on a phone. */
  drawer: "ml-auto mr-0 my-0 h-dvh w-full sm:w-[min(46rem,92vw)] border-l border-line [--from-x:1.5rem]",
  /** From the left, for navigation. */
  side: "mr-auto ml-0 my-0 h-dvh w-[min(18rem,85vw)] border-r border-line [--from-x:-1.5rem]",
  /** From below, where a thumb is. */
  sheet: "mt-auto mb-0 mx-0 max-h-[88dvh] w-full rounded-t-lg border-t border-line [--from-y:1.5rem]",
  /** In the middle of it. */
  dialog: "mx-auto mt-[12dvh] mb-auto max-h-[76dvh] w-[min(36rem,94vw)] rounded-lg border border-line [--from-y:-0.5rem]",
} as const;

/** What one begins with: the field that a dialog is opened to type into, or the first one where it is a form. */
const FIRST =
  "[data-first], form:first-child :is(input:not([type=radio]), input[type=radio]:checked, select, textarea):not(:disabled)";

interface Props {
  title: ReactNode;
  shape?: keyof typeof SHAPES;
  onClose: () => void;
  /** Left out where the first field says it all; the title is still told. */
  bare?: boolean;
  children: ReactNode;
}

export function Modal({ title, shape = "dialog", onClose, bare = false, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const { over } = useStanding();
  // Closed while it is still in the document: only then does the browser lead the focus back to where it was.
  useLayoutEffect(() => {
    // Where the session is over it waits, closed, with all that was typed: what is open makes the door inert, seen or not.
    if (over) return undefined;
    const shown = dialog.current;
    shown?.showModal();
    // The browser begins with the first thing that there is, which closes it. Before it was shown nothing in it could have the focus.
    shown?.querySelector<HTMLElement>(FIRST)?.focus();
    return () => shown?.close();
  }, [over]);
  return (
    // A click on the dialog itself is one beside its content. Escape does the same for keys, and the browser sees to it.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events
    <dialog
      ref={dialog}
      aria-labelledby={id}
      className={`fixed inset-0 overflow-hidden bg-surface text-ink shadow-float print:hidden ${SHAPES[shape]}`}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === event.currentTarget && onClose()}
    >
      <div className="flex h-full max-h-[inherit] flex-col">
        <header className={bare ? "sr-only" : "flex items-start justify-between gap-4 border-b border-line px-5 py-3"}>
          <h2 id={id} className="pt-1 text-lg font-semibold">
            {title}
          </h2>
          <Button look="quiet" onClick={onClose} aria-label={t("Close")} className="-mr-2">
            <Icon name="close" />
          </Button>
        </header>
        <div className="min-h-0 flex-1 overflow-y-auto">
          <Apart value={true}>{children}</Apart>
        </div>
      </div>
    </dialog>
  );
}
