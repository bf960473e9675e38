import { useState } from "react";

/** What there is of a name or, where it is there no more, what there was of it last: what is being changed is not torn away with it. */
export function useLast<T>(name: string, now: T | undefined): T | undefined {
  const [last, keep] = useState({ name, of: now });
  if (now !== undefined && (last.of !== now || last.name !== name)) keep({ name, of: now });
  return now ?? (last.name === name ? last.of : undefined);
}
