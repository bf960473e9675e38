/** What becomes of a thing while somebody changes it here. */

import { useState, type ReactNode } from "react";
import { t } from "@/texts/texts";
import { Overtaken, Removed } from "./Unsaved";

interface Begun<T> {
  /** As it was when one began; none of a new one. */
  of: T | null;
  /** As it is now. */
  now: T | undefined;
  /** Begins anew with that. */
  onAnew: () => void;
}

interface Meanwhile {
  /** The version that is written over: another is none that anybody was told of. None of a new one, or where it was taken away. */
  version: number | undefined;
  /** Whether it was taken away, so that it is made anew. */
  gone: boolean;
  /** Whether it has to be said first what becomes of another's change. */
  overtaken: boolean;
  /** What is to be said of it, above the fields. */
  notice: ReactNode;
}

/** Whether somebody else changed it, or took it away: neither theirs nor what is typed is lost without somebody saying so. */
export function useMeanwhile<T extends { version: number }>({ of, now, onAnew }: Begun<T>, isOn: boolean): Meanwhile {
  const [told, tell] = useState(0);
  const version = of === null ? undefined : Math.max(of.version, told);
  const gone = !isOn && of !== null && now === undefined;
  const overtaken = !isOn && now !== undefined && version !== undefined && now.version > version;
  return {
    version: gone ? undefined : version,
    gone,
    overtaken,
    notice: gone ? (
      <Removed>{t("Somebody removed it meanwhile. What you typed is still here, and makes it anew.")}</Removed>
    ) : overtaken ? (
      <Overtaken onTake={onAnew} onStay={() => tell(now.version)}>
        {t("Somebody changed it while you did. What you typed is still here.")}
      </Overtaken>
    ) : null,
  };
}
