/** What came of a question: its rows, why there are none, or how far it has got. */

import { useEffect, useRef, useState } from "react";
import { Problem } from "@/api/client";
import { FORMATS, question as ask, type Format as FileFormat, type Question } from "@/api/sql";
import { Button } from "@/parts/Button";
import { Icon } from "@/parts/Icon";
import { useFormat } from "@/parts/Locale";
import { Menu, MenuItem } from "@/parts/Menu";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { many, t } from "@/texts/texts";
import { rich } from "@/texts/rich";
import { ResultGrid } from "./ResultGrid";
import type { Phase } from "./useRun";

/** Since when it runs, counted on. */
function Elapsed({ since }: { since: number }) {
  const format = useFormat();
  const [now, tick] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => tick(performance.now()), 100);
    return () => clearInterval(timer);
  }, []);
  return <span className="figures">{format.seconds(now - since)}</span>;
}

/** In a line: that it runs and for how long, or what came. */
export function Summary({ phase }: { phase: Phase }) {
  const format = useFormat();
  if (phase.is === "running")
    return (
      <span className="text-sm text-soft">
        {phase.rows > 0 ? (
          rich("{elapsed}, {rows} so far", {
            elapsed: <Elapsed since={phase.since} />,
            rows: many(phase.rows, { one: "{count} row", other: "{count} rows" }, { count: format.count(phase.rows) }),
          })
        ) : (
          <Elapsed since={phase.since} />
        )}
      </span>
    );
  const words = {
    idle: "",
    done: () => {
      if (phase.is !== "done") return "";
      const { answer, milliseconds, cached } = phase.ran;
      const values = { count: format.count(answer.rows), time: format.seconds(milliseconds) };
      return cached
        ? many(
            answer.rows,
            { one: "{count} row in {time}, from a kept answer", other: "{count} rows in {time}, from a kept answer" },
            values,
          )
        : many(answer.rows, { one: "{count} row in {time}", other: "{count} rows in {time}" }, values);
    },
    failed: t("No answer"),
    cancelled: t("Stopped"),
  }[phase.is];
  return (
    <span role="status" className="text-sm text-soft">
      {typeof words === "function" ? words() : words}
    </span>
  );
}

interface Props {
  phase: Phase;
  /** What somebody meant, in the place of what they wrote. */
  onSuggestion: (problem: Problem) => void;
  onAgain: () => void;
}

export function Results({ phase, onSuggestion, onAgain }: Props) {
  switch (phase.is) {
    case "idle":
      return (
        <EmptyState icon="explore" title={t("Not asked yet")}>
          {t("Write a statement, or take a sample of a table. Control and Enter runs it.")}
        </EmptyState>
      );
    case "running":
      return <Skeleton label={t("The rows are on their way")} rows={6} />;
    case "cancelled":
      return (
        <EmptyState icon="close" title={t("Stopped")}>
          <p className="mb-2">{t("The query was stopped at the server, too. What is written stays.")}</p>
          <Button onClick={onAgain}>{t("Run it again")}</Button>
        </EmptyState>
      );
    case "failed":
      return <Failed error={phase.error} onSuggestion={onSuggestion} onAgain={onAgain} />;
    case "done":
      if (phase.ran.answer.columns.length === 0)
        return <EmptyState title={t("No columns")}>{t("The answer is empty.")}</EmptyState>;
      return (
        <>
          <ResultGrid answer={phase.ran.answer} label={t("Rows")} />
          {phase.ran.answer.rows === 0 && (
            <p className="px-3 pb-3 text-sm text-soft">{t("The statement is fine; no row fits it.")}</p>
          )}
        </>
      );
  }
}

/** A mistake in a statement is mended and not asked again as it stands; what else went wrong may pass. */
function Failed({ error, onSuggestion, onAgain }: { error: unknown } & Omit<Props, "phase">) {
  const problem = error instanceof Problem ? error : null;
  const { line, column, suggestion } = problem?.place ?? {};
  return (
    <div className="flex flex-col items-start gap-2 p-3">
      <Failure error={error} again={onAgain} />
      {(line !== undefined || suggestion !== undefined) && (
        <p className="flex flex-wrap items-center gap-2 text-sm">
          {line !== undefined && (
            <span className="text-soft">
              {column === undefined ? t("Line {line}", { line }) : t("Line {line}, character {column}", { line, column })}
            </span>
          )}
          {problem && suggestion !== undefined && (
            <>
              <span>{rich("Was {code} meant?", { code: <code className="font-mono font-medium">{suggestion}</code> })}</span>
              {line !== undefined && <Button onClick={() => onSuggestion(problem)}>{t("Write that")}</Button>}
            </>
          )}
        </p>
      )}
    </div>
  );
}

const FILES: readonly (readonly [FileFormat, string])[] = [
  ["csv", "CSV"],
  ["parquet", "Parquet"],
  ["arrow", "Arrow"],
  ["json", "JSON"],
];

/** The rows as a file. It asks the server once more, which most often has the answer still. */
export function Download({ question }: { question: Question }) {
  const [failed, fail] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const stopped = useRef<AbortController | null>(null);
  useEffect(() => () => stopped.current?.abort(), []);
  const take = async (format: FileFormat) => {
    fail(null);
    setBusy(true);
    const abort = new AbortController();
    stopped.current = abort;
    try {
      const response = await ask(question, format, abort.signal);
      const bytes = await response.blob();
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([bytes], { type: FORMATS[format] }));
      link.download = `query-${new Date().toISOString().slice(0, 19).replace(/[:T]/g, "-")}.${format}`;
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (error) {
      if (!abort.signal.aborted) fail(error);
    }
    setBusy(false);
  };
  return (
    <>
      {failed !== null && (
        <span role="alert" className="text-xs text-bad">
          {t("No file: {why}", { why: failed instanceof Error ? failed.message : t("it broke off") })}
        </span>
      )}
      <Menu
        trigger={
          <Button look="quiet" disabled={busy}>
            <Icon name="download" />
            {busy ? t("On its way") : t("Download")}
          </Button>
        }
      >
        {FILES.map(([format, words]) => (
          <MenuItem key={format} onSelect={() => void take(format)}>
            {words}
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}
