import { useState } from "react";

/** Makes another of a value by a choice, such as of its kind, that keeps what it can. While nothing else is changed in what came of it, the next
 * choice is made of what was there before: arrow keys go through all that a list offers, and lose nothing on their way. */
export function useSource<T>(value: T): (make: (source: T) => T) => T {
  const [last, setLast] = useState<{ made: T; source: T } | null>(null);
  return (make) => {
    const source = last !== null && last.made === value ? last.source : value;
    const made = make(source);
    setLast({ made, source });
    return made;
  };
}
