/** Goes over the things of a chart as over the places of a slider: by arrow keys, Home and End, and Enter opens one. */

import { useState, type KeyboardEvent } from "react";

export function useGoing(many: number, open: (at: number) => void) {
  const [at, point] = useState<number | null>(null);
  const last = many - 1;
  const keys = (event: KeyboardEvent) => {
    const to = { ArrowRight: Math.min(last, (at ?? -1) + 1), ArrowLeft: Math.max(0, (at ?? last + 1) - 1), Home: 0, End: last }[
      event.key
    ];
    if (to !== undefined) {
      event.preventDefault();
      point(to);
    } else if (event.key === "Enter" && at !== null) open(at);
  };
  // What is shown may have become fewer since one was pointed at.
  return { at: at !== null && at <= last ? at : null, point, keys };
}
