/** A link to a part of a page leads there also where that part is made after the page: the router has looked for it by then. */

import { useRouterState } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

/** The places in the history that somebody was taken from the top to a part: whoever goes back to one is where they were. */
const taken = new Set<string>();

/** Goes on the part that has this id: it comes into sight, and readers and keys go on from it. */
export function useArrival(id: string | undefined) {
  const part = useRef<HTMLElement>(null);
  const here = useRouterState({
    select: ({ location: { hash, state } }) => (id !== undefined && hash === id ? (state.__TSR_key ?? "") : null),
  });
  useEffect(() => {
    if (here === null || taken.has(here)) return;
    // A page that has just been gone to is shown from its top, and has the focus, in the frame before.
    const frame = requestAnimationFrame(() => {
      taken.add(here);
      // Who has read on meanwhile is left where they are.
      if (window.scrollY === 0) part.current?.scrollIntoView();
      part.current?.focus({ preventScroll: true });
    });
    return () => cancelAnimationFrame(frame);
  }, [here]);
  return part;
}
