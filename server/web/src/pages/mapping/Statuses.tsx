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
import { many, t } from "@/texts/texts";
import { MappingPage } from "./MappingPage";
import { holder } from "./patterns";
import { PlaceField } from "./PlaceField";
import { Proposing } from "./Proposing";
import { Stages } from "./Stages";
import { draftOf, flowOf, suggested, type Draft } from "./stage-draft";

export const Statuses = () => (
  <MappingPage
    lead={t(
      "Which stage each status is. With stages there is ageing by stage, cumulative flow, and how much of the time was waiting.",
    )}
  >
    {(mapping, house) => <Editor mapping={mapping} house={house} />}
  </MappingPage>
);

const categoryWords = (category: "todo" | "doing" | "done"): string =>
  ({ todo: t("to do"), doing: t("doing"), done: t("done") })[category];

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
      deed={same ? null : { change: { rules: { flow: next } }, back: { rules: { flow } }, done: t("The stages are kept") }}
      onDone={() => setDraft(null)}
    >
      <Panel
        title={t("Statuses")}
        about={
          out.length === 0
            ? t("Each status that an item was ever in, and the stage that it is.")
            : many(out.length, {
                one: "Each status that an item was ever in. One is in no stage.",
                other: "Each status that an item was ever in. {count} are in no stage.",
              })
        }
        actions={
          <Button disabled={out.length === 0} onClick={() => setDraft(suggested(now, mapping))}>
            {t("Take the suggestions")}
          </Button>
        }
      >
        {mapping.statuses.length === 0 ? (
          <EmptyState title={t("No status yet")}>
            {t("With the first work items their statuses stand here, with the stages that they could be.")}
          </EmptyState>
        ) : (
          <StatusTable of={mapping} draft={now} onChange={(stages) => set({ stages })} />
        )}
      </Panel>
      <Panel
        title={t("Stages")}
        about={t("The way of a work item, in order. Patterns take * for anything, and upper and lower case alike.")}
      >
        <div className="flex flex-col gap-4">
          <Stages of={now.stages} onChange={(stages) => set({ stages })} />
          {names.length > 0 && (
            <SelectField
              label={t("Committed to from")}
              value={names.includes(now.commitment) ? now.commitment : ""}
              of={[["", t("none of them")] as const, ...names.map((name) => [name, name] as const)]}
              onChange={(commitment) => set({ commitment })}
              hint={t(
                "From this stage on an item counts as committed to, which is where lead time begins. Done is what a status's source calls done, but for what was closed without being done.",
              )}
            />
          )}
          <ListField
            label={t("Blocked")}
            hint={t("Statuses and labels that say that nothing goes on.")}
            value={now.blocked}
            onChange={(blocked) => set({ blocked })}
          />
          <ListField
            label={t("Closed without being done")}
            hint={t("Resolutions and statuses of what was closed and is not counted as done, or of incidents that were none.")}
            value={now.abandoned}
            onChange={(abandoned) => set({ abandoned })}
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
        title: t("Statuses and their stages"),
        columns: [
          { name: "status", title: t("Status"), unit: null },
          { name: "category", title: t("Its source says"), unit: null },
          { name: "items", title: t("Work items"), unit: "rows" },
          { name: "likely", title: t("Could be"), unit: null },
          { name: "stage", title: t("Stage"), unit: null },
        ],
        rows: of.statuses.map(({ status, category, items, likely }) => ({
          key: status,
          cells: [
            { value: status },
            {
              value: category && categoryWords(category),
              ...(category === null && { show: <Mark tone="warn">{t("nothing: in no figure")}</Mark> }),
            },
            { value: items },
            { value: likely },
            {
              value: holder(draft.stages, status)?.name ?? null,
              show: (
                <PlaceField
                  label={t("Stage of {status}", { status })}
                  word={status}
                  lists={draft.stages}
                  title={(name) => name || t("a stage without a name")}
                  none={t("no stage")}
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
