/** Several things in one place, of which one is shown, and on paper no other named. Arrow keys go from one to the next. */

import { useId, useRef, type KeyboardEvent, type ReactNode } from "react";

interface Props<T extends string> {
  label: string;
  value: T;
  of: readonly (readonly [value: T, words: ReactNode])[];
  onChoose: (value: T) => void;
  /** What stands at the end of the row. */
  end?: ReactNode;
  className?: string;
  children: ReactNode;
}

export function Tabs<T extends string>({ label, value, of, onChoose, end, className = "", children }: Props<T>) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const keys = (event: KeyboardEvent) => {
    const at = of.findIndex(([one]) => one === value);
    const to = { ArrowRight: (at + 1) % of.length, ArrowLeft: (at - 1 + of.length) % of.length, Home: 0, End: of.length - 1 }[
      event.key
    ];
    const next = to === undefined ? undefined : of[to]?.[0];
    if (next === undefined) return;
    event.preventDefault();
    onChoose(next);
    list.current?.querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus();
  };
  return (
    <div className={`flex min-w-0 flex-col ${className}`}>
      <div className="flex flex-wrap items-center gap-x-2 border-b border-line px-2">
        <div ref={list} role="tablist" aria-label={label} tabIndex={-1} onKeyDown={keys} className="flex flex-wrap">
          {of.map(([one, words]) => (
            <button
              key={one}
              role="tab"
              data-tab={one}
              id={`${id}-${one}`}
              aria-selected={one === value}
              aria-controls={`${id}-panel`}
              tabIndex={one === value ? 0 : -1}
              onClick={() => onChoose(one)}
              className={`-mb-px min-h-9 border-b-2 px-2.5 text-sm font-medium ${one === value ? "border-accent text-ink" : "border-transparent text-soft hover:text-ink print:hidden"}`}
            >
              {words}
            </button>
          ))}
        </div>
        {end}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${value}`} className="flex min-h-0 min-w-0 flex-1 flex-col">
        {children}
      </div>
    </div>
  );
}
