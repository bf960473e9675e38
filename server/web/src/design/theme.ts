/** The theme that somebody chose. It is the browser's and not the address's: a link should not change how another person reads. */

import { useSyncExternalStore } from "react";
import { CONTRASTS, MODES, type Contrast, type Mode } from "./tokens";

export interface Theme {
  mode: Mode | "system";
  contrast: Contrast | "system";
  /** `less`: nothing moves, whatever the system asks for. */
  motion: "system" | "less";
  /** `apart`: what is better and worse is blue and orange, whatever the tenant's own colours are. */
  colours: "regular" | "apart";
  /** `exact`: every time stands to the second where else it is told as one says it, for whoever points at nothing. */
  times: "said" | "exact";
}

const KEY = "pulse.theme";
const SYSTEM: Theme = { mode: "system", contrast: "system", motion: "system", colours: "regular", times: "said" };
const listeners = new Set<() => void>();
let present: Theme = read();

function read(): Theme {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Theme>;
    return {
      mode: MODES.find((mode) => mode === kept.mode) ?? "system",
      contrast: CONTRASTS.find((contrast) => contrast === kept.contrast) ?? "system",
      motion: kept.motion === "less" ? "less" : "system",
      colours: kept.colours === "apart" ? "apart" : "regular",
      times: kept.times === "exact" ? "exact" : "said",
    };
  } catch {
    return SYSTEM;
  }
}

const dark = () => matchMedia("(prefers-color-scheme: dark)");
const slow = () => matchMedia("(prefers-reduced-motion: reduce)");
const more = () => matchMedia("(prefers-contrast: more)");

/** Whether nothing is to move. */
const still = () => present.motion === "less" || slow().matches;

function apply() {
  const { dataset } = document.documentElement;
  dataset.mode = present.mode === "system" ? (dark().matches ? "dark" : "light") : present.mode;
  dataset.motion = still() ? "less" : "any";
  dataset.colours = present.colours;
  dataset.contrast = present.contrast === "system" ? (more().matches ? "aaa" : "regular") : present.contrast;
}

/** Takes what is chosen; the rest stays. */
export function setTheme(part: Partial<Theme>) {
  present = { ...present, ...part };
  try {
    localStorage.setItem(KEY, JSON.stringify(present));
  } catch {
    // It holds for this page then.
  }
  apply();
  for (const listener of listeners) listener();
}

/** Follows the system while nothing is chosen. */
export function followSystem() {
  for (const query of [dark(), more(), slow()]) query.addEventListener("change", apply);
  apply();
}

export function useTheme(): Theme {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => present,
  );
}
