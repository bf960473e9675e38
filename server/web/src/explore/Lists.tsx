/** What was asked before from this browser, and what is under way at the server. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { queries, stop, type QueryState, type RunningQuery } from "@/api/sql";
import { Button } from "@/parts/Button";
import { Ago, useFormat } from "@/parts/Locale";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { many, t } from "@/texts/texts";
import type { Asked } from "./kept";

const Statement = ({ children }: { children: string }) => (
  <code className="line-clamp-3 font-mono text-xs leading-relaxed break-words whitespace-pre-wrap">{children}</code>
);

export function History({
  asked,
  onOpen,
  onClear,
}: {
  asked: readonly Asked[];
  onOpen: (asked: Asked) => void;
  onClear: () => void;
}) {
  const format = useFormat();
  if (asked.length === 0)
    return (
      <EmptyState icon="clock" title={t("Nothing asked yet")}>
        {t("Your last questions from this browser are listed here: their text, not their rows. Signing out forgets them.")}
      </EmptyState>
    );
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <ul className="divide-y divide-line">
        {asked.map((one) => (
          <li key={`${one.at}`} className="flex items-start gap-3 px-3 py-2">
            <div className="min-w-0 flex-1">
              <Statement>{one.sql}</Statement>
              <p className="mt-0.5 text-xs text-soft">
                <Ago at={one.at} every={30} />, {format.seconds(one.milliseconds)},{" "}
                {one.rows === null ? (
                  <span className="text-bad">{t("no answer")}</span>
                ) : (
                  many(one.rows, { one: "{count} row", other: "{count} rows" }, { count: format.count(one.rows) })
                )}
              </p>
            </div>
            <Button onClick={() => onOpen(one)}>{t("Open")}</Button>
          </li>
        ))}
      </ul>
      <p className="p-3">
        <Button look="quiet" onClick={onClear}>
          {t("Clear this list")}
        </Button>
      </p>
    </div>
  );
}

const OPEN: readonly QueryState[] = ["received", "queued", "planned", "running"];
const WORDS: Record<QueryState, string> = {
  received: t("received"),
  queued: t("queued"),
  planned: t("planned"),
  running: t("running"),
  finished: t("finished"),
  failed: t("failed"),
  "timed-out": t("took too long"),
  stopped: t("stopped"),
  left: t("its client left"),
};

export function UnderWay() {
  const { data, error, isPending, isError, refetch } = useQuery(queries);
  if (isPending) return <Skeleton label={t("The queries are on their way")} />;
  if (isError)
    return (
      <div className="p-3">
        <Failure error={error} again={() => void refetch()} />
      </div>
    );
  const open = data.filter(({ state }) => OPEN.includes(state));
  const over = data.filter(({ state }) => !OPEN.includes(state));
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <h3 className="px-3 pt-3 text-xs font-medium text-soft">{t("Now")}</h3>
      {open.length === 0 && <p className="px-3 py-2 text-sm text-soft">{t("No query runs or waits for its turn.")}</p>}
      <Queries of={open} />
      {over.length > 0 && <h3 className="px-3 pt-3 text-xs font-medium text-soft">{t("Before")}</h3>}
      <Queries of={over} />
    </div>
  );
}

function Queries({ of }: { of: readonly RunningQuery[] }) {
  return (
    <ul className="divide-y divide-line">
      {of.map((query) => (
        <One key={query.id} query={query} />
      ))}
    </ul>
  );
}

function One({ query }: { query: RunningQuery }) {
  const format = useFormat();
  const client = useQueryClient();
  const stopping = useMutation({
    mutationFn: () => stop(query.id),
    onSettled: () => client.invalidateQueries({ queryKey: queries.queryKey }),
  });
  const { statement, state, position, asked_at: at, milliseconds, rows, memory_bytes: memory, cached, door } = query;
  const told = [
    position === null ? WORDS[state] : t("{state}, {before} before it", { state: WORDS[state], before: format.count(position) }),
    format.seconds(milliseconds),
    door === "page" ? "" : many(rows, { one: "{count} row", other: "{count} rows" }, { count: format.count(rows) }),
    memory ? t("{memory} MiB held", { memory: format.number(memory / 2 ** 20) }) : "",
    cached ? t("a kept answer") : "",
    door === "sql" ? "" : door,
  ];
  return (
    <li className="flex items-start gap-3 px-3 py-2">
      <div className="min-w-0 flex-1">
        <Statement>{statement ?? t("its text is not kept")}</Statement>
        <p className={`mt-0.5 text-xs ${["failed", "timed-out"].includes(state) ? "text-bad" : "text-soft"}`}>
          <Ago at={at} every={5} />, {told.filter(Boolean).join(", ")}
        </p>
        {stopping.isError && <Failure error={stopping.error} />}
      </div>
      {OPEN.includes(state) && (
        <Button onClick={() => stopping.mutate()} disabled={stopping.isPending}>
          {t("Stop")}
        </Button>
      )}
    </li>
  );
}
