/** How much of what a vendor has is here, and what of it could not be mapped, with the reasons. */

import type { Health } from "@/api/types";
import { DataTable } from "@/parts/DataTable";
import { Time, useFormat } from "@/parts/Locale";
import { EmptyState } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { thingsWords } from "@/parts/things";
import { t } from "@/texts/texts";

/** Before anything of it came in, none of it is 0: it is not there yet. */
export const came = ({ last_success, newest_at, coverage, rejects }: Health) =>
  last_success !== null || newest_at !== null || (rejects?.total ?? 0) > 0 || (coverage ?? []).some(({ held }) => held > 0);

/** What the vendor said there is beside what is here. */
export function CoverageTable({ of, name }: { of: NonNullable<Health["coverage"]>; name: string }) {
  return (
    <DataTable
      grid={{
        name: `${name}-coverage`,
        title: t("How much of {name} is there", { name }),
        columns: [
          { name: "entity", title: t("What"), unit: null },
          { name: "held", title: t("Held"), unit: t("rows") },
          { name: "vendor", title: t("At the vendor"), unit: t("rows") },
          { name: "share", title: t("Share"), unit: "ratio" },
          { name: "why", title: t("Why they differ"), unit: null },
        ],
        rows: of.map(({ entity, held, vendor, share, reasons }) => ({
          key: entity,
          cells: [
            { value: thingsWords(entity), show: <span title={entity}>{thingsWords(entity)}</span> },
            { value: held },
            { value: vendor, ...(vendor === null && { show: <span className="text-soft">{t("not told")}</span> }) },
            { value: share, ...(share === null && { show: <span className="text-soft">{t("not known")}</span> }) },
            { value: reasons.join("; ") || null, ...(reasons.length === 0 && { show: <span /> }) },
          ],
        })),
      }}
    />
  );
}

export function Coverage({ of, name }: { of: Health["coverage"]; name: string }) {
  return (
    <Panel
      title={t("How much of it is there")}
      about={t("What the vendor said there is when it was last read, and what is in the lake.")}
    >
      {of === null || of.length === 0 ? (
        <EmptyState title={t("Not known")}>{t("Nothing was read yet, or you see some teams and projects only.")}</EmptyState>
      ) : (
        <CoverageTable of={of} name={name} />
      )}
    </Panel>
  );
}

/** What the vendor lets be asked of it, as it told when it was last read. */
export function Budgets({ of, name }: { of: Health["budgets"]; name: string }) {
  const format = useFormat();
  if (of.length === 0) return null;
  return (
    <Panel
      title={t("What the vendor lets be asked")}
      about={t("As it told when it was last read. What is used up makes a reading wait until it is full again.")}
    >
      <DataTable
        grid={{
          name: `${name}-budgets`,
          title: t("What the vendor of {name} lets be asked", { name }),
          columns: [
            { name: "name", title: t("Budget"), unit: null },
            { name: "remaining", title: t("Left"), unit: t("requests or points") },
            { name: "limit", title: t("Of"), unit: t("requests or points") },
            { name: "resets_at", title: t("Full again"), unit: null },
            { name: "at", title: t("Told"), unit: null },
          ],
          rows: of.map(({ name, limit, remaining, resets_at: full, at }) => ({
            key: name,
            cells: [
              { value: name },
              { value: remaining },
              { value: limit },
              { value: format.clock(full), show: <Time at={full} /> },
              { value: format.clock(at), show: <Time at={at} /> },
            ],
          })),
        }}
      />
    </Panel>
  );
}

/** The same in a line: `core 4,210 of 5,000 left`. */
export function budgetWords(of: Health["budgets"], count: (n: number) => string): string | null {
  if (of.length === 0) return null;
  const each = of.map(({ name, limit, remaining }) =>
    t("{name} {left} of {limit}", { name, left: count(remaining), limit: count(limit) }),
  );
  return t("{budgets} left", { budgets: each.join(", ") });
}

export function Rejects({ of, name }: { of: Health["rejects"]; name: string }) {
  const format = useFormat();
  if (of === null) return null;
  if (of.total === 0)
    return (
      <Panel title={t("What could not be mapped")}>
        <p className="text-sm text-good">{t("Nothing: everything that was read could be mapped.")}</p>
      </Panel>
    );
  return (
    <Panel
      title={t("What could not be mapped")}
      about={t("{total} in all. The others are in; each of these comes in by itself once its cause is gone.", {
        total: format.count(of.total),
      })}
    >
      <DataTable
        grid={{
          name: `${name}-rejects`,
          title: t("What of {name} could not be mapped", { name }),
          columns: [
            { name: "n", title: t("How many"), unit: t("rows") },
            { name: "stream", title: t("Of"), unit: null },
            { name: "field", title: t("Field"), unit: null },
            { name: "reason", title: t("Why, and what to do"), unit: null },
            { name: "examples", title: t("Such as"), unit: null },
          ],
          rows: of.kinds.map(({ n, stream, field, reason, examples }) => ({
            key: `${stream} ${field ?? ""} ${reason}`,
            cells: [
              { value: n },
              { value: thingsWords(stream), show: <span title={stream}>{thingsWords(stream)}</span> },
              { value: field, ...(field === null && { show: <span className="text-soft">{t("all of it")}</span> }) },
              { value: reason },
              {
                value: examples.join(", "),
                show: <code className="font-mono text-xs wrap-anywhere">{examples.join(", ")}</code>,
              },
            ],
          })),
        }}
      />
    </Panel>
  );
}
