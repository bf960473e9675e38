import { useCallback, useEffect, useRef, useState } from "react";
import { stop, type Question } from "@/api/sql";
import type { Ran } from "./run";

export type Phase =
  | { is: "idle" }
  | { is: "running"; since: number; rows: number; question: Question }
  | { is: "done"; ran: Ran; question: Question }
  | { is: "failed"; error: unknown; question: Question }
  | { is: "cancelled"; question: Question };

/** One question at a time: asking another, and leaving the page, stops the one before. */
export function useRun() {
  const [phase, setPhase] = useState<Phase>({ is: "idle" });
  const present = useRef<{ abort: AbortController; id: string | null } | null>(null);

  const end = useCallback(() => {
    const stopped = present.current;
    present.current = null;
    stopped?.abort.abort();
    // The server sees by itself that its client left, at its next row; this is at once. That it could not be told changes nothing.
    if (stopped?.id) stop(stopped.id).catch(() => undefined);
  }, []);
  useEffect(() => end, [end]);

  const start = useCallback(
    async (question: Question, onEnd: (milliseconds: number, rows: number | null) => void) => {
      end();
      const mine = { abort: new AbortController(), id: null as string | null };
      present.current = mine;
      const since = performance.now();
      setPhase({ is: "running", since, rows: 0, question });
      let [told, last] = [0, since];
      try {
        const { run } = await import("./run");
        const ran = await run(question, {
          signal: mine.abort.signal,
          onId: (id) => {
            mine.id = id;
          },
          onRows: (rows) => {
            told = rows;
            if (performance.now() - last < 200) return;
            last = performance.now();
            if (present.current === mine) setPhase({ is: "running", since, rows: told, question });
          },
        });
        if (present.current !== mine) return;
        setPhase({ is: "done", ran, question });
        onEnd(ran.milliseconds, ran.answer.rows);
      } catch (error) {
        if (present.current !== mine) return;
        setPhase({ is: "failed", error, question });
        onEnd(performance.now() - since, null);
      }
      present.current = null;
    },
    [end],
  );

  const cancel = useCallback(() => {
    if (!present.current) return;
    end();
    setPhase((phase) => (phase.is === "running" ? { is: "cancelled", question: phase.question } : phase));
  }, [end]);

  return { phase, start, cancel };
}
