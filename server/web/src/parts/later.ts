/** What a page does not begin with: it is loaded when nothing else is to be done, or when it is called for before that. */

import { createElement, startTransition, useEffect, useState, type ComponentType, type ReactElement } from "react";
import { flushSync } from "react-dom";
import { comes, onPaper } from "./paper";

const QUIET_MS = 2_500;

/** Loads when the page has been there for a while, so that it is there when it is called for. */
export function useWhenQuiet(load: () => Promise<unknown>) {
  useEffect(() => {
    // What does not come now comes, or fails in sight, when it is called for.
    const timer = setTimeout(() => void load().catch(() => undefined), QUIET_MS);
    return () => clearTimeout(timer);
  }, [load]);
}

/** Does what paper needs: before anything is laid out, unless that has begun. Then what it does shows a moment later, and is on its way until
 * whoever asked is told of it and lets go: paper that did not wait for that would have none of what begins there. */
export function onPaperAtOnce(does: () => void): () => void {
  let came: (() => void) | undefined;
  const off = onPaper((laying, begun) => {
    if (laying && begun) {
      came = comes();
      does();
    } else if (laying) flushSync(does);
  });
  return () => {
    off();
    came?.();
  };
}

/** Says that something is on its way, for as long as it is: paper waits for it. */
export function useComing(is: boolean) {
  useEffect(() => (is ? comes() : undefined), [is]);
}

/** How many of so many things are there: one at first, and one more whenever those have been painted, so that none keeps the page from what
 * somebody does meanwhile. Where they need not be waited for, and on paper, all of them. Below one of which `settled` says that it is not,
 * nothing is added: that would be moved when it is. */
export function useOneByOne(many: number, already: boolean, settled: readonly boolean[] = []): number {
  const [there, come] = useState(() => {
    const first = settled.indexOf(false);
    return already ? (first < 0 ? many : first + 1) : 1;
  });
  const waits = settled[there - 1] === false;
  useComing(there < many);
  useEffect(() => {
    if (there >= many) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    // What is asked for in a frame is done before it is painted, what is asked for from there after that.
    const add = () => {
      timer = setTimeout(() => startTransition(() => come(there + 1)));
    };
    const frame = waits ? undefined : requestAnimationFrame(add);
    const off = onPaperAtOnce(() => come(many));
    return () => {
      if (frame !== undefined) cancelAnimationFrame(frame);
      clearTimeout(timer);
      off();
    };
  }, [there, many, waits]);
  return Math.min(there, many);
}

/** What is loaded when it is called for. */
export interface Loads {
  load: () => Promise<unknown>;
  /** Whether it is there, or did not come. */
  settled: () => boolean;
}

/** A part in a script of its own. Once that is loaded it is there at once, which React's `lazy` is not when it is first shown. */
export interface Part<P> extends Loads {
  load: () => Promise<ComponentType<P>>;
  loaded: () => ComponentType<P> | undefined;
}

export function part<P>(from: () => Promise<{ default: ComponentType<P> }>): Part<P> {
  let there: ComponentType<P> | undefined;
  let refused = false;
  return {
    load: async () => {
      try {
        return (there ??= (await from()).default);
      } catch (error) {
        refused = true;
        throw error;
      }
    },
    loaded: () => there,
    settled: () => refused || there !== undefined,
  };
}

/** Loads all of these at once, and tells of each whether it is there or did not come; of nothing it is so. */
export function useSettled(parts: readonly (Loads | undefined)[]): boolean[] {
  const [, tell] = useState(0);
  useEffect(() => {
    let gone = false;
    const told = () => {
      if (!gone) startTransition(() => tell((times) => times + 1));
    };
    for (const one of parts) if (one && !one.settled()) one.load().then(told, told);
    return () => {
      gone = true;
    };
  }, [parts]);
  return parts.map((one) => one === undefined || one.settled());
}

/** The part when it is wanted and there. A script that does not come is a failure of whoever wants it. */
export function usePart<P extends object>({ load, loaded }: Part<P>, wanted: boolean, props: P): ReactElement | null {
  const [failed, fail] = useState<Error | null>(null);
  const [, come] = useState(false);
  const there = loaded();
  useComing(wanted && !there);
  useEffect(() => {
    if (!wanted || there) return;
    let gone = false;
    load().then(
      () => !gone && startTransition(() => come(true)),
      (error: unknown) => !gone && fail(error instanceof Error ? error : new Error(String(error))),
    );
    return () => {
      gone = true;
    };
  }, [wanted, there, load]);
  if (failed) throw failed;
  return wanted && there ? createElement(there, props) : null;
}
