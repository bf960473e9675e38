/** What the tenant aims at: one value a metric, in units that people use. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { change } from "@/api/client";
import { targets, type Target } from "@/api/house";
import { definitions } from "@/api/queries";
import type { Definition } from "@/api/types";
import { typed as typedOf, typedIn, valueOf } from "@/design/units";
import { Button } from "@/parts/Button";
import { Form, SelectField, TextField } from "@/parts/Form";
import { Icon } from "@/parts/Icon";
import { Ago, useFormat } from "@/parts/Locale";
import { useMeanwhile } from "@/parts/Meanwhile";
import { Modal } from "@/parts/Modal";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { tell } from "@/parts/Told";
import { useUnsaved } from "@/parts/Unsaved";
import { hidden, rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import { AdminPage } from "./Admin";

export function Targets() {
  const [set, metrics] = [useQuery(targets), useQuery(definitions)];
  const [editing, edit] = useState<Target | "new" | null>(null);
  const failed = set.error ?? metrics.error;
  const remove = useRemove();
  const format = useFormat();
  const known = metrics.data ?? [];
  const now = editing === "new" ? undefined : set.data?.find(({ metric }) => metric === editing?.metric);
  return (
    <AdminPage
      path="/admin/targets"
      lead={t(
        "A target stands beside its figure on every page, and comparisons can be made against it. Choose what a team can reach, not what ranks it.",
      )}
      actions={
        <Button look="main" onClick={() => edit("new")} disabled={known.length === 0}>
          <Icon name="plus" />
          {t("Set a target")}
        </Button>
      }
    >
      {(set.isPending || metrics.isPending) && <Skeleton label={t("The targets are on their way")} />}
      {failed && <Failure error={failed} again={() => void Promise.all([set.refetch(), metrics.refetch()])} />}
      {remove.isError && <Failure error={remove.error} />}
      {set.data && metrics.data && (
        <Panel>
          {set.data.length === 0 && (
            <EmptyState icon="dora" title={t("No target yet")}>
              {t("Figures stand for themselves until you aim at something.")}
            </EmptyState>
          )}
          <ul className="divide-y divide-line">
            {set.data.map((target) => {
              const metric = known.find(({ name }) => name === target.metric);
              return (
                <li key={target.metric} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-2.5">
                  <div className="min-w-0">
                    <p className="font-medium">
                      {metric?.title ?? target.metric}:{" "}
                      <span className="figures">{aimWords(metric, format.text(target.value, metric?.unit ?? null))}</span>
                    </p>
                    <p className="text-sm text-soft">{rich("set {ago}", { ago: <Ago at={target.set_at} every={60} /> })}</p>
                  </div>
                  <div className="flex gap-1.5">
                    <Button onClick={() => edit(target)}>
                      {rich("Change<b> the target of {title}</b>", { b: hidden, title: metric?.title ?? target.metric })}
                    </Button>
                    <Button look="bad" disabled={remove.isPending} onClick={() => remove.mutate(target)}>
                      {rich("Remove<b> the target of {title}</b>", { b: hidden, title: metric?.title ?? target.metric })}
                    </Button>
                  </div>
                </li>
              );
            })}
          </ul>
        </Panel>
      )}
      {editing && (
        <Edit
          key={editing === "new" ? editing : editing.version}
          target={editing === "new" ? null : editing}
          now={now}
          onAnew={() => now && edit(now)}
          known={known}
          set={set.data ?? []}
          onClose={() => edit(null)}
        />
      )}
    </AdminPage>
  );
}

function aimWords(metric: Definition | undefined, value: string): string {
  if (metric?.direction === "lower") return t("at most {value}", { value });
  return metric?.direction === "higher" ? t("at least {value}", { value }) : value;
}

const put = (metric: string, value: number, version?: number) =>
  change<Target>("PUT", `/api/v1/targets/${encodeURIComponent(metric)}`, { value }, version);

/** Figures carry their targets, so they are asked for anew as well. */
function useAnew() {
  const client = useQueryClient();
  return () => Promise.all([targets.queryKey, ["dashboards"]].map((queryKey) => client.invalidateQueries({ queryKey })));
}

function useRemove() {
  const anew = useAnew();
  return useMutation({
    mutationFn: ({ metric }: Target) => change("DELETE", `/api/v1/targets/${encodeURIComponent(metric)}`),
    onSuccess: (_, { metric, value }) => tell(t("The target is removed"), () => put(metric, value).finally(() => void anew())),
    onSettled: anew,
  });
}

interface EditProps {
  /** As it was when one began. */
  target: Target | null;
  now: Target | undefined;
  onAnew: () => void;
  known: readonly Definition[];
  set: readonly Target[];
  onClose: () => void;
}

function Edit({ target, now, onAnew, known, set, onClose }: EditProps) {
  const free = known.filter(({ name, direction }) => direction !== "neither" && !set.some(({ metric }) => metric === name));
  const [name, choose] = useState(target?.metric ?? free[0]?.name ?? "");
  const metric = known.find((one) => one.name === name);
  const { words } = typedIn(metric?.unit ?? "");
  const before = target ? typedOf(target.value, metric?.unit ?? "") : "";
  const [typed, type] = useState(before);
  const { leave, question } = useUnsaved(typed !== before);
  const format = useFormat();
  const anew = useAnew();
  const value = valueOf(typed, metric?.unit ?? "");
  const save = useMutation({
    mutationFn: (version: number | undefined) => put(name, value, version),
    onSuccess: () => {
      tell(
        t("The target of {title} is {value}", { title: metric?.title ?? name, value: format.text(value, metric?.unit ?? null) }),
      );
      onClose();
    },
    onSettled: anew,
  });
  const { version, overtaken, notice } = useMeanwhile({ of: target, now, onAnew }, save.isPending || save.isSuccess);
  return (
    <Modal
      title={target ? t("The target of {title}", { title: metric?.title ?? name }) : t("Set a target")}
      onClose={() => leave(onClose)}
    >
      <div className="p-5">
        <Form
          onSubmit={() => save.mutate(version)}
          busy={save.isPending}
          error={save.error}
          submit={t("Keep")}
          idle={typed.trim() === "" || overtaken}
        >
          {notice}
          {!target && (
            <SelectField
              label={t("Metric")}
              value={name}
              of={free.map(({ name, title }) => [name, title] as const)}
              onChange={choose}
            />
          )}
          {metric && <p className="max-w-prose text-sm text-soft">{metric.description}</p>}
          <TextField
            label={
              metric
                ? metric.direction === "higher"
                  ? t("At least ({unit})", { unit: words })
                  : t("At most ({unit})", { unit: words })
                : t("Value")
            }
            type="number"
            min={0}
            step="any"
            required
            value={typed}
            onChange={type}
            hint={typed.trim() !== "" && metric ? t("That is {value}.", { value: format.text(value, metric.unit) }) : undefined}
          />
        </Form>
      </div>
      {question}
    </Modal>
  );
}
