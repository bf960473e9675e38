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
import { classWords } from "@/parts/things";
import { many, t } from "@/texts/texts";
import { MappingPage } from "./MappingPage";
import { holder } from "./patterns";
import { PlaceField } from "./PlaceField";
import { Proposing } from "./Proposing";
import { classLists, levelLists, listsOf, summaries, wordsOf, type TypeSummary } from "./type-lists";

export const Types = () => (
  <MappingPage lead={t("Where the effort of each type of work item goes, and which types hold others or are parts of them.")}>
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
        same
          ? null
          : { change: { rules: { flow: next } }, back: { rules: { flow } }, done: t("What types and labels mean is kept") }
      }
      onDone={() => {
        setDraft({});
        setIdle(null);
      }}
    >
      <Panel
        title={t("Types")}
        about={
          unclassified === 0
            ? t("Every work item has a class, by its type or else by its labels.")
            : many(
                unclassified,
                {
                  one: "{count} work item has no class: those of these types first.",
                  other: "{count} work items have no class: those of these types first.",
                },
                { count: format.count(unclassified) },
              )
        }
      >
        {types.length === 0 ? (
          <EmptyState title={t("No type yet")}>{t("With the first work items their types stand here.")}</EmptyState>
        ) : (
          <TypeTable of={types} flow={next} onChange={set} />
        )}
      </Panel>
      <Panel
        title={t("What words mean")}
        about={t("Types, labels and branches, apart by commas. Patterns take * for anything, and upper and lower case alike.")}
      >
        <div className="grid gap-4 lg:grid-cols-2">
          {[...classLists(), ...levelLists()].map(([name, , label, hint]) => (
            <ListField key={name} label={label} hint={hint} value={next[name]} onChange={(value) => set({ [name]: value })} />
          ))}
          <ListField
            label={t("Unplanned fixes")}
            hint={t("Branches, titles and labels of hotfixes")}
            value={next.hotfixes}
            onChange={(hotfixes) => set({ hotfixes })}
          />
          <TextField
            label={t("Idle after")}
            type="number"
            min={1}
            max={100}
            required
            value={idle ?? String(flow.idle_days)}
            onChange={setIdle}
            hint={t("So many whole working days without anybody acting on it make a pull request idle.")}
          />
        </div>
      </Panel>
    </Proposing>
  );
}

function TypeTable({ of, flow, onChange }: { of: readonly TypeSummary[]; flow: Flow; onChange: (part: Partial<Flow>) => void }) {
  const format = useFormat();
  const lists = [...classLists(), ...levelLists()];
  const [classes, levels] = [listsOf(flow, classLists()), listsOf(flow, levelLists())];
  const title = (name: string) => lists.find(([one]) => one === name)?.[2] ?? name;
  return (
    <DataTable
      grid={{
        name: "types",
        title: t("Types of work items"),
        columns: [
          { name: "kind", title: t("Type"), unit: null },
          { name: "items", title: t("Work items"), unit: "rows" },
          { name: "unclassified", title: t("Without a class"), unit: "rows" },
          { name: "now", title: t("Count as, now"), unit: null },
          { name: "class", title: t("Class of the type"), unit: null },
          { name: "level", title: t("Level"), unit: null },
        ],
        rows: of.map(({ kind, items, unclassified, classes: now }) => {
          const words = now.map(({ name, items }) => `${classWords(name)} ${format.count(items)}`).join(", ");
          const by = (lists: typeof classes | typeof levels) => holder(lists, kind)?.name;
          return {
            key: kind,
            cells: [
              { value: kind, show: kind || <span className="text-soft">{t("no type")}</span> },
              { value: items },
              {
                value: unclassified,
                ...(unclassified > 0 && { show: <Mark tone="warn">{format.count(unclassified)}</Mark> }),
              },
              { value: words },
              {
                value: kind === "" ? null : title(by(classes) ?? t("by its labels")),
                show:
                  kind === "" ? (
                    <span className="text-soft">{t("by its labels alone")}</span>
                  ) : (
                    <PlaceField
                      label={t("Class of {kind}", { kind })}
                      word={kind}
                      lists={classes}
                      title={title}
                      none={t("by its labels")}
                      onMove={(lists) => onChange(wordsOf(lists))}
                    />
                  ),
              },
              {
                value: title(by(levels) ?? t("an item")),
                show:
                  kind === "" ? (
                    t("an item")
                  ) : (
                    <PlaceField
                      label={t("Level of {kind}", { kind })}
                      word={kind}
                      lists={levels}
                      title={title}
                      none={t("an item")}
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
