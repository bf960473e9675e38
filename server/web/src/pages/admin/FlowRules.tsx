/** What the tenant's work items mean: stages, kinds of work, blocks, and unplanned fixes (docs/flow.md). */

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { house, type Flow, type House, type Stage } from "@/api/house";
import { Button } from "@/parts/Button";
import { Check, Form, ListField, SelectField, TextField } from "@/parts/Form";
import { Icon } from "@/parts/Icon";
import { Failure, Skeleton } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { AdminPage } from "./Admin";
import { useHouseChange } from "./useHouse";

export function FlowRules() {
  const { data, error, isPending, isError, refetch } = useQuery(house);
  return (
    <AdminPage
      path="/admin/flow"
      lead="Patterns take * for anything, and upper and lower case alike. A change holds for the past, too, with the next model."
    >
      {isPending && <Skeleton label="What the tenant decided is on its way" />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {data && (
        <>
          <Stages house={data} />
          <Meanings house={data} />
        </>
      )}
    </AdminPage>
  );
}

function Stages({ house }: { house: House }) {
  const { flow } = house.rules;
  // What a stage is called may change while it is typed, so it is told apart by a number of its own.
  const [stages, setStages] = useState(() => flow.stages.map((stage, at) => ({ ...stage, at })));
  const [commitment, commit] = useState(flow.commitment ?? "");
  const [last, count] = useState(flow.stages.length);
  const save = useHouseChange("The stages are kept; the next model takes them");
  const set = (at: number, part: Partial<Stage>) =>
    setStages((all) => all.map((stage) => (stage.at === at ? { ...stage, ...part } : stage)));
  const move = (index: number, by: -1 | 1) =>
    setStages((all) => {
      const next = [...all];
      const [moved] = next.splice(index, 1);
      if (moved) next.splice(index + by, 0, moved);
      return next;
    });
  const names = stages.map(({ name }) => name.trim()).filter(Boolean);
  return (
    <Panel
      title="Stages"
      about="The way of a work item, in order. With stages there is ageing by stage, cumulative flow, and how much of the time was waiting."
    >
      <Form
        onSubmit={() =>
          save.mutate({
            rules: {
              flow: {
                ...flow,
                stages: stages.map(({ name, statuses, active }) => ({ name: name.trim(), statuses, active })),
                commitment: names.includes(commitment) ? commitment : null,
              },
            },
          })
        }
        busy={save.isPending}
        error={save.error}
        submit="Keep the stages"
      >
        {stages.length === 0 && (
          <p className="text-sm text-soft">No stage is named: then a status is what its source says, to do, doing or done.</p>
        )}
        <ol className="flex flex-col gap-2">
          {stages.map(({ name, statuses, active, at }, index) => (
            <li
              key={at}
              className="grid items-end gap-x-3 gap-y-2 rounded-md border border-line p-3 sm:grid-cols-[10rem_minmax(0,1fr)_auto_auto]"
            >
              <TextField label={`Stage ${index + 1}`} required value={name} onChange={(name) => set(at, { name })} />
              <ListField
                label="Statuses"
                required
                value={statuses}
                placeholder="In Review, *review*"
                onChange={(statuses) => set(at, { statuses })}
              />
              <div className="pb-1">
                <Check label="worked on" checked={active} onChange={(active) => set(at, { active })} />
              </div>
              <div className="flex gap-1">
                <Button
                  look="quiet"
                  aria-label={`${name || "Stage"} earlier`}
                  disabled={index === 0}
                  onClick={() => move(index, -1)}
                >
                  <Icon name="up" />
                </Button>
                <Button
                  look="quiet"
                  aria-label={`${name || "Stage"} later`}
                  disabled={index === stages.length - 1}
                  onClick={() => move(index, 1)}
                >
                  <Icon name="down" />
                </Button>
                <Button
                  look="quiet"
                  aria-label={`Take ${name || "stage"} away`}
                  onClick={() => setStages((all) => all.filter((one) => one.at !== at))}
                >
                  <Icon name="close" />
                </Button>
              </div>
            </li>
          ))}
        </ol>
        <Button
          className="self-start"
          onClick={() => {
            setStages((all) => [...all, { name: "", statuses: [], active: true, at: last }]);
            count(last + 1);
          }}
        >
          <Icon name="plus" />
          Add a stage
        </Button>
        {names.length > 0 && (
          <SelectField
            label="Committed to from"
            value={commitment}
            of={[["", "none of them"] as const, ...names.map((name) => [name, name] as const)]}
            onChange={commit}
            hint="From this stage on an item counts as committed to, which is where lead time begins."
          />
        )}
      </Form>
    </Panel>
  );
}

const LISTS = [
  ["features", "Features", "Types and labels of new things"],
  ["defects", "Defects", "Types and labels of faults"],
  ["debt", "Debt", "Types and labels of upkeep"],
  ["unplanned", "Unplanned", "Types and labels of what came in between. Goes before the three above"],
  ["epics", "Hold other items", "Types that are no items of their own, but hold some"],
  ["subtasks", "Parts of others", "Types that are counted with their item"],
  ["blocked", "Blocked", "Statuses and labels that say that nothing goes on"],
  ["hotfixes", "Unplanned fixes", "Branches, titles and labels of hotfixes"],
] as const satisfies readonly (readonly [keyof Flow, string, string])[];

function Meanings({ house }: { house: House }) {
  const { flow } = house.rules;
  const [lists, setLists] = useState(flow);
  const [idle, setIdle] = useState(String(flow.idle_days));
  const save = useHouseChange("What words mean is kept; the next model takes it");
  return (
    <Panel title="What words mean" about="Types, labels, statuses and branches, apart by commas.">
      <Form
        onSubmit={() => {
          const { stages, commitment } = flow;
          save.mutate({ rules: { flow: { ...lists, stages, commitment, idle_days: Number(idle) } } });
        }}
        busy={save.isPending}
        error={save.error}
        submit="Keep"
      >
        <div className="grid gap-4 lg:grid-cols-2">
          {LISTS.map(([name, label, hint]) => (
            <ListField
              key={name}
              label={label}
              hint={hint}
              value={flow[name]}
              onChange={(value) => setLists((before) => ({ ...before, [name]: value }))}
            />
          ))}
          <TextField
            label="Idle after"
            type="number"
            min={1}
            max={365}
            required
            value={idle}
            onChange={setIdle}
            hint="So many whole working days without anybody acting on it make a pull request idle."
          />
        </div>
      </Form>
    </Panel>
  );
}
