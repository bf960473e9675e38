/** How much room a window has: what is not seen in one that is narrow is not made there either. The widths are those of Tailwind's `sm:` and
 * `lg:`. */

import { useSyncExternalStore } from "react";

const WIDTHS = { sm: "40rem", lg: "64rem" } as const;

function room(width: string) {
  let query: MediaQueryList | undefined;
  const asked = () => (query ??= matchMedia(`(min-width: ${width})`));
  return {
    has: () => asked().matches,
    follow: (listener: () => void) => {
      const of = asked();
      of.addEventListener("change", listener);
      return () => of.removeEventListener("change", listener);
    },
  };
}
const ROOMS = { sm: room(WIDTHS.sm), lg: room(WIDTHS.lg) };

/** Whether the window is as wide, also once it is another. */
export function useRoom(width: keyof typeof WIDTHS): boolean {
  const { follow, has } = ROOMS[width];
  return useSyncExternalStore(follow, has);
}
