/** Rows to sort, to filter, and to take away as CSV. */

import { useId, useState } from "react";
import type { Scalar } from "@/api/types";
import type { Change } from "@/design/format";
import { many, t } from "@/texts/texts";
import { Button, fieldLook } from "./Button";
import { EvidenceLink } from "./EvidenceLink";
import { Icon } from "./Icon";
import { useFormat } from "./Locale";
import { Popup } from "./Popup";
import { save } from "./save";
import { useArrangement, useTyped } from "./arrangement";
import { arranged, csv, type Grid, type GridCell, type GridColumn } from "./grid";
import { VERDICT, verdictWord, wayWord } from "./verdict";

export type { Grid } from "./grid";

/** With more columns than these values have what belongs to them below, so that a page of 1440 pixels has room for all. */
const MANY = 6;

/** So many rows are looked through by eye. */
const FEW = 8;

interface Props {
  grid: Grid;
  /** How many rows are shown at first. */
  first?: number;
}

export function DataTable({ grid, first = 50 }: Props) {
  const format = useFormat();
  const [{ sort: order, hidden, find: told }, arrange] = useArrangement(grid.name);
  const [find, setFind] = useTyped(told, (find) => arrange({ find }));
  const [most, setMost] = useState(first);
  const id = useId();
  const rows = arranged(grid, order, find, format.order);
  const all = format.count(grid.rows.length);
  const shown = grid.columns
    .map((column, at) => ({ column, at }))
    .filter(({ column, at }) => at === 0 || !hidden.has(column.name));
  // Numbers begin with the highest; then the other way; then as it was.
  const turn = ({ name: column, unit }: GridColumn) => {
    const down = unit !== null;
    const again = order?.column === column;
    arrange({ sort: !again ? { column, down } : order.down === down ? { column, down: !down } : null });
  };
  /** What is shown, all of its rows: neither what is left out nor what is not found. */
  const take = () => {
    const columns = shown.map(({ column }) => column);
    const taken = rows.map(({ key, cells }) => ({ key, cells: shown.map(({ at }) => cells[at] ?? { value: null }) }));
    save(`${grid.name}.csv`, new Blob([csv({ ...grid, columns }, taken)], { type: "text/csv" }));
  };
  // Also where none of them is known, as of a metric that nothing was seen of.
  const numeric = (at: number) => {
    const values = grid.rows.flatMap(({ cells }) => cells[at]?.value ?? []);
    return values.length === 0 ? (grid.columns[at]?.unit ?? null) !== null : values.some((value) => typeof value === "number");
  };

  return (
    <div className="flex min-w-0 flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2 print:hidden">
        {/* Where few are there, an address may look for something all the same. */}
        {(grid.rows.length > FEW || find !== "" || told !== "") && (
          <input
            type="search"
            value={find}
            onChange={(event) => setFind(event.target.value)}
            // A table may stand in a form, which Enter would send.
            onKeyDown={(event) => event.key === "Enter" && event.preventDefault()}
            placeholder={t("Filter")}
            aria-label={t("Filter {title}", { title: grid.title })}
            className={`${fieldLook} w-40`}
          />
        )}
        <p className="mr-auto text-xs text-soft" aria-live="polite">
          {rows.length === grid.rows.length
            ? many(rows.length, { one: "{count} row", other: "{count} rows" }, { count: all })
            : many(
                grid.rows.length,
                { one: "{shown} of {count} row", other: "{shown} of {count} rows" },
                { shown: format.count(rows.length), count: all },
              )}
        </p>
        {grid.columns.length > 2 && <Columns grid={grid} hidden={hidden} onHide={(hidden) => arrange({ hidden })} />}
        <Button look="quiet" onClick={take}>
          <Icon name="download" />
          {t("CSV")}
        </Button>
      </div>
      {/* A table wider than the page is scrolled in its own place, by keys, too; `relative` keeps what is said unseen in there. On paper
          nothing is scrolled: there its cells take more lines. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div role="group" aria-labelledby={id} tabIndex={0} className="scrolled relative overflow-x-auto print:overflow-visible">
        <table className="w-full border-collapse text-sm print:text-xs">
          <caption id={id} className="sr-only">
            {grid.title}
          </caption>
          <thead>
            <tr className="border-b border-edge text-left">
              {shown.map(({ column, at }) => (
                <th
                  key={column.name}
                  scope="col"
                  aria-sort={order?.column === column.name ? (order.down ? "descending" : "ascending") : "none"}
                  className={`px-2 py-1 align-bottom first:pl-1 last:pr-1 print:px-1 ${numeric(at) ? "text-right" : ""}`}
                >
                  <button
                    type="button"
                    title={column.raw}
                    onClick={() => turn(column)}
                    className={`inline-flex min-h-6 items-center gap-1 text-xs font-medium text-soft hover:text-ink ${
                      // A name ends where its numbers end.
                      numeric(at) ? "flex-row-reverse text-right" : "text-left"
                    }`}
                  >
                    <span className="first-letter:uppercase">{column.title}</span>
                    <Icon
                      name={order?.column === column.name ? (order.down ? "down" : "up") : "chevron"}
                      className={`size-3 ${order?.column === column.name ? "" : "opacity-0"}`}
                    />
                  </button>
                  <span className="block text-xs font-normal text-soft">{format.unit(column.unit)}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, most).map(({ key, cells }, row) => (
              <tr key={key ?? row} className="border-b border-line hover:bg-hover">
                {shown.map(({ column, at }) => (
                  <Cell
                    key={column.name}
                    column={column}
                    cell={cells[at]}
                    head={at === 0}
                    numeric={numeric(at)}
                    dense={shown.length > MANY}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {rows.length === 0 && find && <p className="px-1 py-3 text-sm text-soft">{t("No row has that in it.")}</p>}
      </div>
      {rows.length > most && (
        <Button onClick={() => setMost(most + 200)} className="self-start">
          {t("Show {count} more", { count: Math.min(200, rows.length - most) })}
        </Button>
      )}
    </div>
  );
}

function Cell({
  column,
  cell,
  head,
  numeric,
  dense,
}: {
  column: GridColumn;
  cell: GridCell | undefined;
  head: boolean;
  numeric: boolean;
  /** Whether what belongs to a value stands below it. */
  dense: boolean;
}) {
  const format = useFormat();
  const text = words(cell?.value ?? null, column.unit, format.brief);
  const content = cell?.show ?? (cell?.evidence ? <EvidenceLink href={cell.evidence}>{text}</EvidenceLink> : text);
  // A name stays in one line, a sentence gets room for some words of it: what is wider than the page is scrolled. Paper is not.
  const length = typeof cell?.value === "string" ? (cell.words ?? cell.value).length : 0;
  const room = length > 28 ? "min-w-44 print:min-w-0" : length > 0 ? "whitespace-nowrap print:whitespace-normal" : "";
  const look = `${room} ${cell?.few ? "text-soft" : ""} px-2 py-1.5 first:pl-1 last:pr-1 print:px-1 ${numeric ? "text-right whitespace-nowrap print:whitespace-normal" : ""}`;
  if (head)
    return (
      <th scope="row" className={`text-left font-medium ${look}`}>
        {content}
      </th>
    );
  return (
    <td className={look}>
      {cell?.value === null && !cell.show ? <span className="text-soft">{t("none")}</span> : content}
      <span className={dense ? "block" : "contents"}>
        {cell?.few && <span className="ml-2 text-xs text-soft print:block">{t("too few")}</span>}
        {cell?.change && !cell.few && <CellChange {...cell.change} />}
        {cell?.n != null && column.unit !== null && (
          <span className="ml-1 inline-block min-w-9 text-xs text-soft print:block">n {format.count(cell.n)}</span>
        )}
      </span>
    </td>
  );
}

/** The change beside its arrow. What hardly changed is not said of each cell. */
function CellChange({ way, amount, verdict }: Change) {
  if (way === "same") return null;
  return (
    <span
      className={`ml-2 inline-flex items-baseline text-xs print:block print:whitespace-nowrap ${verdict ? VERDICT[verdict] : "text-soft"}`}
    >
      <Icon name={way} className="size-3 self-center" />
      <span className="sr-only">{wayWord(way)} </span>
      {verdict ? t("{change}, {verdict}", { change: amount, verdict: verdictWord(verdict) }) : amount}
    </span>
  );
}

function words(value: Scalar, unit: string | null, brief: (value: number, unit: string | null) => string): string {
  if (value === null) return t("none");
  if (typeof value === "number") return brief(value, unit);
  return typeof value === "boolean" ? (value ? t("yes") : t("no")) : value;
}

function Columns({ grid, hidden, onHide }: { grid: Grid; hidden: ReadonlySet<string>; onHide: (hidden: Set<string>) => void }) {
  const [open, setOpen] = useState(false);
  const toggle = (name: string) => {
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    onHide(next);
  };
  return (
    <Popup
      open={open}
      onOpen={setOpen}
      trigger={
        <Button look="quiet">
          <Icon name="columns" />
          {t("Columns")}
        </Button>
      }
      align="end"
      label={t("Columns")}
      className="z-10 max-h-80 w-60 overflow-y-auto p-2"
    >
      {grid.columns.slice(1).map(({ name, title }) => (
        <label key={name} className="flex min-h-8 items-center gap-2 rounded-sm px-2 text-sm hover:bg-hover">
          <input type="checkbox" checked={!hidden.has(name)} onChange={() => toggle(name)} className="size-4 accent-accent" />
          {title}
        </label>
      ))}
    </Popup>
  );
}
