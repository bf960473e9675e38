/** How the tenant writes numbers and times, for every part of the page. */

import { createContext, useContext, useEffect, useState, type MouseEvent } from "react";
import type { Micros } from "@/api/types";
import { formatter, type Format } from "@/design/format";
import { useTheme } from "@/design/theme";

const Context = createContext<Format>(formatter("en", "UTC"));
export const LocaleProvider = Context.Provider;
export const useFormat = () => useContext(Context);

/** Now, anew every so many seconds. */
export function useNow(seconds: number): Micros {
  const [now, tick] = useState(() => Date.now() * 1_000);
  useEffect(() => {
    const timer = setInterval(() => tick(Date.now() * 1_000), seconds * 1_000);
    return () => clearInterval(timer);
  }, [seconds]);
  return now;
}

/** What does something itself when it is pressed. */
const PRESSED = "a, button, summary, label";

/** A time, with the exact one behind it: for a pointer on hover, for a finger at its press, and for keys and screen readers in the place of
 * all, once the menu of one's own or the palette says so. None is a stop for Tab: a table may have hundreds. */
export function Time({ at, children }: { at: Micros; children?: string }) {
  const format = useFormat();
  const { times } = useTheme();
  const [pressed, press] = useState(false);
  const turn = (event: MouseEvent<HTMLElement>) => {
    const isMouse = "pointerType" in event.nativeEvent && event.nativeEvent.pointerType === "mouse";
    if (!isMouse && !event.currentTarget.closest(PRESSED)) press(!pressed);
  };
  const isExact = pressed !== (times === "exact");
  return (
    // Keys have the menu for it.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <time dateTime={new Date(at / 1_000).toISOString()} title={format.exact(at)} onClick={turn}>
      {isExact ? format.second(at) : (children ?? format.moment(at))}
    </time>
  );
}

export function Ago({ at, every = 10 }: { at: Micros; every?: number }) {
  const format = useFormat();
  const now = useNow(every);
  return <Time at={at}>{format.ago(at, now)}</Time>;
}
