/** Types of work items: where their effort goes, and their level (docs/flow.md). */

import { useState } from "react";
import type { Flow, House } from "@/api/house";
import type { Mapping } from "@/api/mapping";
import { DataTable } from "@/parts/DataTable";
import { ListField, TextField } from "@/parts/Form";
import { useFormat } from "@/parts/Locale";
import { Mark } from "@/parts/Mark";
import { EmptyState } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { MappingPage } from "./MappingPage";
import { holder } from "./patterns";
import { PlaceField } from "./PlaceField";
import { Proposing } from "./Proposing";
import { CLASSES, LEVELS, listsOf, summaries, wordsOf, type TypeSummary } from "./type-lists";

export const Types = () => (
  <MappingPage lead="Where the effort of each type of work item goes, and which types hold others or are parts of them.">
    {(mapping, house) => <Editor mapping={mapping} house={house} />}
  </MappingPage>
);

function Editor({ mapping, house }: { mapping: Mapping; house: House }) {
  const { flow } = house.rules;
  // Until something is changed here it is what the tenant has, whoever changes that.
  const [draft, setDraft] = useState<Partial<Flow>>({});
  const [idle, setIdle] = useState<string | null>(null);
  const next: Flow = { ...flow, ...draft, ...(idle !== null && { idle_days: Number(idle) }) };
  const set = (part: Partial<Flow>) => setDraft((before) => ({ ...before, ...part }));
  const types = summaries(mapping.types);
  const unclassified = types.reduce((sum, type) => sum + type.unclassified, 0);
  const format = useFormat();
  const same = JSON.stringify(next) === JSON.stringify(flow);
  return (
    <Proposing
      house={house}
      deed={
        same ? null : { change: { rules: { flow: next } }, back: { rules: { flow } }, done: "What types and labels mean is kept" }
      }
      onDone={() => {
        setDraft({});
        setIdle(null);
      }}
    >
      <Panel
        title="Types"
        about={
          unclassified === 0
            ? "Every work item has a class, by its type or else by its labels."
            : `${format.count(unclassified)} work items have no class: those of these types first.`
        }
      >
        {types.length === 0 ? (
          <EmptyState title="No type yet">With the first work items their types stand here.</EmptyState>
        ) : (
          <TypeTable of={types} flow={next} onChange={set} />
        )}
      </Panel>
      <Panel
        title="What words mean"
        about="Types, labels and branches, apart by commas. Patterns take * for anything, and upper and lower case alike."
      >
        <div className="grid gap-4 lg:grid-cols-2">
          {[...CLASSES, ...LEVELS].map(([name, , label, hint]) => (
            <ListField key={name} label={label} hint={hint} value={next[name]} onChange={(value) => set({ [name]: value })} />
          ))}
          <ListField
            label="Unplanned fixes"
            hint="Branches, titles and labels of hotfixes"
            value={next.hotfixes}
            onChange={(hotfixes) => set({ hotfixes })}
          />
          <TextField
            label="Idle after"
            type="number"
            min={1}
            max={100}
            required
            value={idle ?? String(flow.idle_days)}
            onChange={setIdle}
            hint="So many whole working days without anybody acting on it make a pull request idle."
          />
        </div>
      </Panel>
    </Proposing>
  );
}

function TypeTable({ of, flow, onChange }: { of: readonly TypeSummary[]; flow: Flow; onChange: (part: Partial<Flow>) => void }) {
  const format = useFormat();
  const [classes, levels] = [listsOf(flow, CLASSES), listsOf(flow, LEVELS)];
  const title = (name: string) => [...CLASSES, ...LEVELS].find(([one]) => one === name)?.[2] ?? name;
  return (
    <DataTable
      grid={{
        name: "types",
        title: "Types of work items",
        columns: [
          { name: "kind", title: "Type", unit: null },
          { name: "items", title: "Work items", unit: "rows" },
          { name: "unclassified", title: "Without a class", unit: "rows" },
          { name: "now", title: "Count as, now", unit: null },
          { name: "class", title: "Class of the type", unit: null },
          { name: "level", title: "Level", unit: null },
        ],
        rows: of.map(({ kind, items, unclassified, classes: now }) => {
          const words = now.map(({ name, items }) => `${name} ${format.count(items)}`).join(", ");
          const by = (lists: typeof classes | typeof levels) => holder(lists, kind)?.name;
          return {
            key: kind,
            cells: [
              { value: kind, show: kind || <span className="text-soft">no type</span> },
              { value: items },
              {
                value: unclassified,
                ...(unclassified > 0 && { show: <Mark tone="warn">{format.count(unclassified)}</Mark> }),
              },
              { value: words },
              {
                value: kind === "" ? null : title(by(classes) ?? "by its labels"),
                show:
                  kind === "" ? (
                    <span className="text-soft">by its labels alone</span>
                  ) : (
                    <PlaceField
                      label={`Class of ${kind}`}
                      word={kind}
                      lists={classes}
                      title={title}
                      none="by its labels"
                      onMove={(lists) => onChange(wordsOf(lists))}
                    />
                  ),
              },
              {
                value: title(by(levels) ?? "an item"),
                show:
                  kind === "" ? (
                    "an item"
                  ) : (
                    <PlaceField
                      label={`Level of ${kind}`}
                      word={kind}
                      lists={levels}
                      title={title}
                      none="an item"
                      onMove={(lists) => onChange(wordsOf(lists))}
                    />
                  ),
              },
            ],
          };
        }),
      }}
    />
  );
}
