/** How the tenant writes numbers and times, for every part of the page. */

import { createContext, useContext, useEffect, useState } from "react";
import type { Micros } from "@/api/types";
import { formatter, type Format } from "@/design/format";

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

/** A time, with the exact one behind it. */
export function Time({ at, children }: { at: Micros; children?: string }) {
  const format = useFormat();
  return (
    <time dateTime={new Date(at / 1_000).toISOString()} title={format.exact(at)}>
      {children ?? format.moment(at)}
    </time>
  );
}

export function Ago({ at, every = 10 }: { at: Micros; every?: number }) {
  const format = useFormat();
  const now = useNow(every);
  return <Time at={at}>{format.ago(at, now)}</Time>;
}
