/** What can be done from any page, by the menu of one's own and by the palette. */

import { ask } from "@/api/client";
import { forget } from "@/explore/kept";
import { canvas } from "@/parts/drawing";
import { leaving } from "@/parts/unkept";

/** Paper has all charts: what draws them may not have been called for yet. */
export const print = () => void canvas.load().finally(() => window.print());

/** Signs out, and leads to the door. */
export const leave = () =>
  leaving(() => {
    forget();
    void ask("/api/v1/auth/sign-out", { method: "POST" }).finally(() => location.assign("/sign-in"));
  });
