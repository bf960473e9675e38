/** The theme that somebody chose. It is the browser's and not the address's: a link should not change how another person reads. */

import { useSyncExternalStore } from "react";
import { CONTRASTS, MODES, type Contrast, type Mode } from "./tokens";

export interface Theme {
  mode: Mode | "system";
  contrast: Contrast | "system";
}

const KEY = "pulse.theme";
const SYSTEM: Theme = { mode: "system", contrast: "system" };
const listeners = new Set<() => void>();
let present: Theme = read();

function read(): Theme {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Theme>;
    return {
      mode: MODES.find((mode) => mode === kept.mode) ?? "system",
      contrast: CONTRASTS.find((contrast) => contrast === kept.contrast) ?? "system",
    };
  } catch {
    return SYSTEM;
  }
}

const dark = () => matchMedia("(prefers-color-scheme: dark)");
const more = () => matchMedia("(prefers-contrast: more)");

function apply() {
  const { dataset } = document.documentElement;
  dataset.mode = present.mode === "system" ? (dark().matches ? "dark" : "light") : present.mode;
  dataset.contrast = present.contrast === "system" ? (more().matches ? "aaa" : "regular") : present.contrast;
}

export function setTheme(theme: Theme) {
  present = theme;
  try {
    localStorage.setItem(KEY, JSON.stringify(theme));
  } catch {
    // It holds for this page then.
  }
  apply();
  for (const listener of listeners) listener();
}

/** Follows the system while nothing is chosen. */
export function followSystem() {
  for (const query of [dark(), more()]) query.addEventListener("change", apply);
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
