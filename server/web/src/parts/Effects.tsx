/** What would change if something were otherwise: figures before and after, and how many facts say something else. */

import type { Effects as Of } from "@/api/mapping";
import { t } from "@/texts/texts";
import { DataTable } from "./DataTable";
import { figuresThatChange, tableWords } from "./effect-words";
import { Icon } from "./Icon";
import { useFormat } from "./Locale";
import { wayWord } from "./verdict";

export function Effects({ of }: { of: Of }) {
  const format = useFormat();
  const figures = figuresThatChange(of);
  if (figures.length === 0 && of.tables.length === 0)
    return (
      <p className="flex items-center gap-2 text-sm">
        <Icon name="same" className="text-soft" />
        {t("Nothing would change.")}
      </p>
    );
  return (
    <div className="flex flex-col gap-4">
      {figures.length > 0 ? (
        <DataTable
          grid={{
            name: "what-would-change",
            title: t("Figures that would change"),
            columns: [
              { name: "figure", title: t("Figure of the last 90 days"), unit: null },
              { name: "now", title: t("Now"), unit: null },
              { name: "then", title: t("Would be"), unit: null },
              { name: "n", title: t("From so many"), unit: t("rows") },
              { name: "tried_n", title: t("Would be from"), unit: t("rows") },
            ],
            rows: figures.map(({ metric, title, unit, value, n, tried_value, tried_n }) => ({
              key: metric,
              cells: [
                { value: title },
                { value: value === null ? null : format.text(value, unit) },
                {
                  value: tried_value === null ? null : format.text(tried_value, unit),
                  ...(tried_value !== null && {
                    show: <Would be={format.text(tried_value, unit)} from={value} to={tried_value} />,
                  }),
                },
                { value: n },
                { value: tried_n },
              ],
            })),
          }}
        />
      ) : (
        <p className="text-sm">{t("No figure of the last 90 days would change.")}</p>
      )}
      {of.tables.length > 0 && (
        <ul aria-label={t("Facts that would change")} className="flex list-disc flex-col gap-1 pl-5 text-sm">
          {of.tables.map((table) => (
            <li key={table.table}>{tableWords(table, format.count)}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Would({ be, from, to }: { be: string; from: number | null; to: number }) {
  const way = from === null || from === to ? null : to > from ? "up" : "down";
  return (
    <span className="inline-flex items-center gap-1 font-medium">
      {be}
      {way && (
        <>
          <Icon name={way} className="size-3 text-soft" />
          <span className="sr-only">, {wayWord(way)}</span>
        </>
      )}
    </span>
  );
}
