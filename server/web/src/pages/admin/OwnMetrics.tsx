/** Metrics that the tenant defines itself, in SQL (docs/metrics.md). What is wrong with one is told with its line. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { change, Problem } from "@/api/client";
import { ownMetricPath, ownMetrics, setOwnMetric, type OwnMetric } from "@/api/house";
import { definitions } from "@/api/queries";
import { Button } from "@/parts/Button";
import { Confirm } from "@/parts/Confirm";
import { Form, TextField } from "@/parts/Form";
import { Icon } from "@/parts/Icon";
import { Ago } from "@/parts/Locale";
import { Mark } from "@/parts/Mark";
import { Modal } from "@/parts/Modal";
import { useMay } from "@/parts/Needs";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { tell } from "@/parts/Told";
import { useUnsaved } from "@/parts/Unsaved";
import { hidden, rich } from "@/texts/rich";
import { Worded } from "@/parts/Worded";
import { t } from "@/texts/texts";
import { AdminPage } from "./Admin";
import { MetricVersions } from "./MetricVersions";

const START = `-- name: big_changes
-- title: Big pull requests
-- unit: pull requests
-- direction: lower
-- kind: count
-- description: Pull requests that were merged with more than 400 changed lines.
-- formula: merged pull requests with additions + deletions > 400
-- grain: day, week, month
-- dimensions: repository, project, team
-- minimum_n: 1
-- version: 1
-- source: our handbook
SELECT
  merged_at AS at,
  repository_id,
  project_id,
  team_id,
  id AS subject_id,
  FALSE AS open,
  CAST(NULL AS VARCHAR) AS excluded
FROM facts.pull_requests
WHERE additions + deletions > 400`;

/** The name that a text gives itself, which is its key. */
export const nameIn = (text: string) => /^--\s*name:\s*(\S+)\s*$/m.exec(text)?.[1] ?? null;

/** The line that is at fault, as far as the server said. */
export function lineOf(error: unknown): number | null {
  const line = error instanceof Problem ? /^line (\d+)\b/.exec(error.message)?.[1] : undefined;
  return line ? Number(line) : null;
}

export function OwnMetrics() {
  const { data, error, isPending, isError, refetch } = useQuery(ownMetrics);
  const { data: known } = useQuery(definitions);
  const client = useQueryClient();
  const may = useMay();
  const [editing, edit] = useState<OwnMetric | "new" | null>(null);
  const [versions, look] = useState<string | null>(null);
  const [removing, remove] = useState<OwnMetric | null>(null);
  const anew = () =>
    Promise.all(
      [ownMetrics.queryKey, definitions.queryKey, ["targets"]].map((queryKey) => client.invalidateQueries({ queryKey })),
    );
  return (
    <AdminPage
      path="/admin/metrics"
      lead={t(
        "A header and one statement over the tables of core and facts. From then on it is asked, opened into its rows and aimed at as every other; in SQL it is a view of the schema own.",
      )}
      actions={
        may("sql:run") && (
          <Button look="main" onClick={() => edit("new")}>
            <Icon name="plus" />
            {t("Define a metric")}
          </Button>
        )
      }
    >
      {isPending && <Skeleton label={t("The metrics are on their way")} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {data && !may("sql:run") && <p className="text-sm text-soft">{t("To define one takes sql:run, too: it is SQL.")}</p>}
      {data?.length === 0 && (
        <Panel>
          <EmptyState icon="chart" title={t("No metric of your own")}>
            {t("Up to 100 may be defined. An example is in the editor to begin with.")}
          </EmptyState>
        </Panel>
      )}
      {data?.map((metric) => {
        const definition = known?.find(({ name }) => name === metric.name);
        const view = `own.${metric.name}`;
        return (
          <Panel
            key={metric.name}
            title={definition?.title ?? metric.name}
            about={rich("{name}, changed {ago}", {
              name: <code className="font-mono">{view}</code>,
              ago: <Ago at={metric.set_at} every={60} />,
            })}
            actions={
              <>
                <Button look="quiet" onClick={() => look(metric.name)}>
                  {rich("Versions<b> of {name}</b>", { b: hidden, name: metric.name })}
                </Button>
                {may("sql:run") && (
                  <>
                    <Button onClick={() => edit(metric)}>{rich("Edit<b> {name}</b>", { b: hidden, name: metric.name })}</Button>
                    <Button look="bad" onClick={() => remove(metric)}>
                      {rich("Remove<b> {name}</b>", { b: hidden, name: metric.name })}
                    </Button>
                  </>
                )}
              </>
            }
          >
            {known && !definition && (
              <p className="mb-2">
                <Mark tone="bad">{t("left out")}</Mark>{" "}
                <span className="text-sm">
                  {t("This version of Pulse does not understand it: open it, and keep it again to see why.")}
                </span>
              </p>
            )}
            {definition && (
              <p className="max-w-prose text-sm text-soft">
                <Worded>{definition.description}</Worded>
              </p>
            )}
            <details className="mt-2">
              <summary className="min-h-6 text-sm text-accent-text hover:underline">{t("Its text")}</summary>
              <pre className="mt-1 overflow-x-auto rounded-md border border-line bg-sunken p-3 font-mono text-xs">
                {metric.text}
              </pre>
            </details>
          </Panel>
        );
      })}
      {data && <Gone onLook={look} />}
      {versions !== null && <MetricVersions name={versions} onClose={() => look(null)} anew={anew} />}
      {editing && <Edit metric={editing === "new" ? null : editing} onClose={() => edit(null)} anew={anew} />}
      {removing && (
        <Confirm
          title={t("Remove {name}", { name: removing.name })}
          action={t("Remove it")}
          word={removing.name}
          onClose={() => remove(null)}
          run={() => change("DELETE", ownMetricPath(removing.name)).finally(() => void anew())}
        >
          <p>
            {t(
              "Its figures and its target are gone; what it was made of stays. So do its versions, from which its text can be taken back.",
            )}
          </p>
        </Confirm>
      )}
    </AdminPage>
  );
}

/** Who knows the name of a metric that was taken away finds its versions by it: no list has it. */
function Gone({ onLook }: { onLook: (name: string) => void }) {
  const [name, type] = useState("");
  return (
    <details className="text-sm">
      <summary className="min-h-6 text-accent-text hover:underline">{t("One that was taken away")}</summary>
      <form
        className="mt-2 flex max-w-md items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          onLook(name.trim());
        }}
      >
        <TextField
          label={t("Its name")}
          value={name}
          onChange={type}
          placeholder={t("big_changes")}
          autoCapitalize="none"
          spellCheck={false}
        />
        <Button type="submit" disabled={name.trim() === ""} className="shrink-0">
          {t("Show its versions")}
        </Button>
      </form>
    </details>
  );
}

function Edit({ metric, onClose, anew }: { metric: OwnMetric | null; onClose: () => void; anew: () => Promise<unknown> }) {
  const [text, type] = useState(metric?.text ?? START);
  const named = nameIn(text);
  const name = metric?.name ?? named ?? "";
  const { leave, kept, question } = useUnsaved(text !== (metric?.text ?? START));
  const save = useMutation({
    mutationFn: () => setOwnMetric(name, text, metric?.version),
    onSuccess: () => {
      kept();
      tell(t("{name} is kept", { name }));
      onClose();
    },
    onSettled: anew,
  });
  const wrong = lineOf(save.error);
  return (
    <>
      <Modal
        title={metric ? t("Edit {name}", { name: metric.name }) : t("Define a metric")}
        shape="drawer"
        onClose={() => leave(onClose)}
      >
        <div className="p-5">
          <Form
            onSubmit={() => save.mutate()}
            busy={save.isPending}
            error={save.error}
            submit={t("Try it, and keep")}
            idle={name === ""}
            beside={<span className="text-sm text-soft">{t("It is planned before it is kept.")}</span>}
          >
            <Lines text={text} onChange={type} wrong={wrong} />
            {name === "" && <p className="text-sm text-bad">{t("The header lacks its name: a line `-- name: …`.")}</p>}
          </Form>
        </div>
      </Modal>
      {question}
    </>
  );
}

/** A text with the numbers of its lines; the one that is at fault stands out. */
function Lines({ text, onChange, wrong }: { text: string; onChange: (text: string) => void; wrong: number | null }) {
  const numbers = useRef<HTMLDivElement>(null);
  const lines = text.split("\n");
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor="metric-text" className="text-sm font-medium">
        {t("Header and statement")}
      </label>
      <div className="flex h-[min(32rem,60dvh)] overflow-hidden rounded-md border border-edge bg-surface font-mono text-xs leading-5 focus-within:border-accent">
        <div
          ref={numbers}
          aria-hidden="true"
          className="overflow-hidden border-r border-line bg-sunken py-2 text-right text-soft select-none"
        >
          {lines.map((_, at) => (
            <div key={at} className={`px-2 ${wrong === at + 1 ? "bg-bad-tint font-semibold text-bad" : ""}`}>
              {at + 1}
            </div>
          ))}
        </div>
        <textarea
          id="metric-text"
          value={text}
          wrap="off"
          spellCheck={false}
          autoCapitalize="none"
          aria-describedby="metric-wrong"
          aria-invalid={wrong !== null}
          onChange={(event) => onChange(event.target.value)}
          onScroll={(event) => {
            if (numbers.current) numbers.current.scrollTop = event.currentTarget.scrollTop;
          }}
          className="min-w-0 flex-1 resize-none bg-transparent px-2 py-2 whitespace-pre outline-none"
        />
      </div>
      <p id="metric-wrong" className="text-xs text-soft">
        {wrong !== null && (
          <span className="text-bad">
            {rich("Line {n}: {text}", { n: wrong, text: <code>{lines[wrong - 1]?.trim()}</code> })}
          </span>
        )}
      </p>
    </div>
  );
}
