/** How long each item took that was done: a dot on its day, and the lines below which half, 85 % and 95 % of them are. */

import type { CycleTimes as All } from "@/api/flow";
import type { Format } from "@/design/format";
import { t } from "@/texts/texts";
import type { Grid } from "./DataTable";
import { DotCard, itemCell, itemName, NoDots } from "./DotCard";
import { Dots } from "./Dots";
import { farApart, heights } from "./heights";
import { Time, useFormat } from "./Locale";

const title = () => t("How long each item took");
/** As many days as fit below a chart on a phone. */
const DAYS = [0, 0.25, 0.5, 0.75, 1];

export function CycleTimes({ of }: { of: All }) {
  const format = useFormat();
  const { items, n, p50, p85, p95, minimum_n: least, from, until } = of;
  if (items.length === 0) return <NoDots title={title()}>{t("Nothing was done in this span")}</NoDots>;
  const values = items.map(({ cycle_seconds }) => cycle_seconds);
  const lines = n < least ? [] : [line("50 %", p50), line("85 %", p85), line("95 %", p95)].flat();
  return (
    <DotCard title={title()} grid={grid(of)} far={farApart(values, p50)}>
      {(logarithmic) => {
        const scale = heights(values, logarithmic, format);
        return (
          <Dots
            title={title()}
            heights={scale}
            dots={items.map((item) => ({
              key: item.id,
              x: (item.done_at - from) / Math.max(1, until - from),
              y: scale.of(item.cycle_seconds),
              url: item.url,
              words: t("{item}: {time}, done {day}", {
                item: itemName(item),
                time: format.text(item.cycle_seconds, "seconds"),
                day: format.date(item.done_at),
              }),
              warns: false,
            }))}
            legend={<p>{inWords(of, format)}</p>}
            lines={lines}
            below={
              <div aria-hidden="true" className="flex justify-between pt-2 text-xs text-soft">
                {DAYS.map((part) => (
                  <span key={part}>{format.tick({ label: "", from: from + part * (until - from) })}</span>
                ))}
              </div>
            }
          />
        );
      }}
    </DotCard>
  );
}

const line = (name: string, value: number | null) => (value === null ? [] : [{ name, value }]);

/** What the dots say, and which of them are drawn. */
function inWords({ items, n, p50, p85, p95, minimum_n: least, slowest }: All, format: Format): string {
  const time = (value: number | null) => format.text(value, "seconds");
  const most =
    n < least
      ? t("{count} done: too few to say how long most take.", { count: format.count(n) })
      : t("Half of {count} took up to {p50}, 85 % up to {p85}, 95 % up to {p95}.", {
          count: format.count(n),
          p50: time(p50),
          p85: time(p85),
          p95: time(p95),
        });
  if (items.length >= n) return most;
  const part = t("Drawn are {count}: the {slowest} that took longest, and some of the rest by chance.", {
    count: format.count(items.length),
    slowest: format.count(slowest),
  });
  return `${most} ${part}`;
}

function grid({ items }: All): Grid {
  return {
    name: "cycle-times",
    title: title(),
    columns: [
      { name: "item", title: t("Item"), unit: null },
      { name: "title", title: t("Title"), unit: null },
      { name: "took", title: t("Took"), unit: "seconds" },
      { name: "done", title: t("Done"), unit: null },
    ],
    rows: items.toReversed().map((item) => ({
      key: item.id,
      cells: [
        itemCell(item),
        { value: item.title },
        { value: item.cycle_seconds },
        { value: new Date(item.done_at / 1_000).toISOString(), show: <Time at={item.done_at} /> },
      ],
    })),
  };
}
