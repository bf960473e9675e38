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
import { Modal } from "@/parts/Modal";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { tell } from "@/parts/Told";
import { AdminPage } from "./Admin";

export function Targets() {
  const [set, metrics] = [useQuery(targets), useQuery(definitions)];
  const [editing, edit] = useState<Target | "new" | null>(null);
  const failed = set.error ?? metrics.error;
  const remove = useRemove();
  const format = useFormat();
  const known = metrics.data ?? [];
  return (
    <AdminPage
      path="/admin/targets"
      lead="A target stands beside its figure on every page, and comparisons can be made against it. Choose what a team can reach, not what ranks it."
      actions={
        <Button look="main" onClick={() => edit("new")} disabled={known.length === 0}>
          <Icon name="plus" />
          Set a target
        </Button>
      }
    >
      {(set.isPending || metrics.isPending) && <Skeleton label="The targets are on their way" />}
      {failed && <Failure error={failed} again={() => void Promise.all([set.refetch(), metrics.refetch()])} />}
      {remove.isError && <Failure error={remove.error} />}
      {set.data && metrics.data && (
        <Panel>
          {set.data.length === 0 && (
            <EmptyState icon="dora" title="No target yet">
              Figures stand for themselves until you aim at something.
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
                      <span className="figures">
                        {AIM[metric?.direction ?? "neither"]}
                        {format.text(target.value, metric?.unit ?? null)}
                      </span>
                    </p>
                    <p className="text-sm text-soft">
                      set <Ago at={target.set_at} every={60} />
                    </p>
                  </div>
                  <div className="flex gap-1.5">
                    <Button onClick={() => edit(target)}>
                      Change<span className="sr-only"> the target of {metric?.title ?? target.metric}</span>
                    </Button>
                    <Button look="bad" disabled={remove.isPending} onClick={() => remove.mutate(target)}>
                      Remove<span className="sr-only"> the target of {metric?.title ?? target.metric}</span>
                    </Button>
                  </div>
                </li>
              );
            })}
          </ul>
        </Panel>
      )}
      {editing && (
        <Edit target={editing === "new" ? null : editing} known={known} set={set.data ?? []} onClose={() => edit(null)} />
      )}
    </AdminPage>
  );
}

const AIM = { lower: "at most ", higher: "at least ", neither: "" } as const;

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
    onSuccess: (_, { metric, value }) => tell("The target is removed", () => void put(metric, value).finally(() => void anew())),
    onSettled: anew,
  });
}

function Edit({
  target,
  known,
  set,
  onClose,
}: {
  target: Target | null;
  known: readonly Definition[];
  set: readonly Target[];
  onClose: () => void;
}) {
  const free = known.filter(({ name, direction }) => direction !== "neither" && !set.some(({ metric }) => metric === name));
  const [name, choose] = useState(target?.metric ?? free[0]?.name ?? "");
  const metric = known.find((one) => one.name === name);
  const { words } = typedIn(metric?.unit ?? "");
  const [typed, type] = useState(target ? typedOf(target.value, metric?.unit ?? "") : "");
  const format = useFormat();
  const anew = useAnew();
  const value = valueOf(typed, metric?.unit ?? "");
  const save = useMutation({
    mutationFn: () => put(name, value, target?.version),
    onSuccess: () => {
      tell(`The target of ${metric?.title ?? name} is ${format.text(value, metric?.unit ?? null)}`);
      onClose();
    },
    onSettled: anew,
  });
  return (
    <Modal title={target ? `The target of ${metric?.title ?? name}` : "Set a target"} onClose={onClose}>
      <div className="p-5">
        <Form onSubmit={() => save.mutate()} busy={save.isPending} error={save.error} submit="Keep" idle={typed.trim() === ""}>
          {!target && (
            <SelectField
              label="Metric"
              value={name}
              of={free.map(({ name, title }) => [name, title] as const)}
              onChange={choose}
            />
          )}
          {metric && <p className="max-w-prose text-sm text-soft">{metric.description}</p>}
          <TextField
            label={metric ? `${metric.direction === "higher" ? "At least" : "At most"} (${words})` : "Value"}
            type="number"
            min={0}
            step="any"
            required
            value={typed}
            onChange={type}
            hint={typed.trim() !== "" && metric ? `That is ${format.text(value, metric.unit)}.` : undefined}
          />
        </Form>
      </div>
    </Modal>
  );
}
