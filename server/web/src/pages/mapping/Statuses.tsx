/** Statuses and the stages that they are (docs/flow.md). */

import { useState } from "react";
import type { House } from "@/api/house";
import type { Mapping } from "@/api/mapping";
import { Button } from "@/parts/Button";
import { DataTable } from "@/parts/DataTable";
import { ListField, SelectField } from "@/parts/Form";
import { Mark } from "@/parts/Mark";
import { EmptyState } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { MappingPage } from "./MappingPage";
import { holder } from "./patterns";
import { PlaceField } from "./PlaceField";
import { Proposing } from "./Proposing";
import { Stages } from "./Stages";
import { draftOf, flowOf, suggested, type Draft } from "./stage-draft";

export const Statuses = () => (
  <MappingPage lead="Which stage each status is. With stages there is ageing by stage, cumulative flow, and how much of the time was waiting.">
    {(mapping, house) => <Editor mapping={mapping} house={house} />}
  </MappingPage>
);

const CATEGORIES = { todo: "to do", doing: "doing", done: "done" } as const;

function Editor({ mapping, house }: { mapping: Mapping; house: House }) {
  const { flow } = house.rules;
  // Until something is changed here it is what the tenant has, whoever changes that.
  const [draft, setDraft] = useState<Draft | null>(null);
  const now = draft ?? draftOf(flow);
  const set = (part: Partial<Draft>) => setDraft({ ...now, ...part });
  const next = { ...flow, ...flowOf(now) };
  const names = [...new Set(now.stages.map(({ name }) => name.trim()).filter(Boolean))];
  const out = mapping.statuses.filter(({ status }) => !holder(now.stages, status));
  const same = JSON.stringify(next) === JSON.stringify(flow);
  return (
    <Proposing
      house={house}
      deed={same ? null : { change: { rules: { flow: next } }, back: { rules: { flow } }, done: "The stages are kept" }}
      onDone={() => setDraft(null)}
    >
      <Panel
        title="Statuses"
        about={
          out.length === 0
            ? "Each status that an item was ever in, and the stage that it is."
            : `Each status that an item was ever in. ${out.length === 1 ? "One is" : `${out.length} are`} in no stage.`
        }
        actions={
          <Button disabled={out.length === 0} onClick={() => setDraft(suggested(now, mapping))}>
            Take the suggestions
          </Button>
        }
      >
        {mapping.statuses.length === 0 ? (
          <EmptyState title="No status yet">
            With the first work items their statuses stand here, with the stages that they could be.
          </EmptyState>
        ) : (
          <StatusTable of={mapping} draft={now} onChange={(stages) => set({ stages })} />
        )}
      </Panel>
      <Panel
        title="Stages"
        about="The way of a work item, in order. Patterns take * for anything, and upper and lower case alike."
      >
        <div className="flex flex-col gap-4">
          <Stages of={now.stages} onChange={(stages) => set({ stages })} />
          {names.length > 0 && (
            <SelectField
              label="Committed to from"
              value={names.includes(now.commitment) ? now.commitment : ""}
              of={[["", "none of them"] as const, ...names.map((name) => [name, name] as const)]}
              onChange={(commitment) => set({ commitment })}
              hint="From this stage on an item counts as committed to, which is where lead time begins. Done is what a status's source calls done."
            />
          )}
          <ListField
            label="Blocked"
            hint="Statuses and labels that say that nothing goes on."
            value={now.blocked}
            onChange={(blocked) => set({ blocked })}
          />
        </div>
      </Panel>
    </Proposing>
  );
}

function StatusTable({ of, draft, onChange }: { of: Mapping; draft: Draft; onChange: (stages: Draft["stages"]) => void }) {
  return (
    <DataTable
      grid={{
        name: "statuses",
        title: "Statuses and their stages",
        columns: [
          { name: "status", title: "Status", unit: null },
          { name: "category", title: "Its source says", unit: null },
          { name: "items", title: "Work items", unit: "rows" },
          { name: "likely", title: "Could be", unit: null },
          { name: "stage", title: "Stage", unit: null },
        ],
        rows: of.statuses.map(({ status, category, items, likely }) => ({
          key: status,
          cells: [
            { value: status },
            {
              value: category && CATEGORIES[category],
              ...(category === null && { show: <Mark tone="warn">nothing: in no figure</Mark> }),
            },
            { value: items },
            { value: likely },
            {
              value: holder(draft.stages, status)?.name ?? null,
              show: (
                <PlaceField
                  label={`Stage of ${status}`}
                  word={status}
                  lists={draft.stages}
                  title={(name) => name || "a stage without a name"}
                  none="no stage"
                  onMove={onChange}
                />
              ),
            },
          ],
        })),
      }}
    />
  );
}
