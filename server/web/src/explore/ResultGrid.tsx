/** The rows of an answer, of which only those in sight are drawn: a million are as quick as ten. */

import {
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
  type KeyboardEvent,
  type PointerEvent,
} from "react";
import { Button } from "@/parts/Button";
import { copy } from "@/parts/copy";
import { Icon } from "@/parts/Icon";
import { useFormat } from "@/parts/Locale";
import type { Format } from "@/design/format";
import { t } from "@/texts/texts";
import { ordered, type Answer, type AnswerColumn } from "./answer";

/** In the page's own unit, which grows on very wide screens. */
const ROW_REM = 1.75;
/** Browsers draw nothing beyond some ten million pixels: where rows are more than that, one pixel of the bar is more than one of rows. */
const MOST_PIXELS = 8_000_000;
const SPARE = 6;

interface Spot {
  /** Among the rows as they are ordered; -1 is the head. */
  row: number;
  column: number;
}

interface Sort {
  column: number;
  down: boolean;
}

/** A time as the tenant's clocks show it; others as they are written. */
function shownText(column: AnswerColumn, row: number, format: Format): string | null {
  if (column.kind !== "time") return column.text(row);
  const nanos = column.key(row);
  if (nanos === null) return null;
  const at = Number((nanos as bigint) / 1_000_000n);
  return Number.isNaN(new Date(at).getTime()) ? column.text(row) : format.clock(at * 1_000);
}

/** How many pixels the page's unit has. */
function useRem(): number {
  return useSyncExternalStore(
    (listener) => {
      window.addEventListener("resize", listener);
      return () => window.removeEventListener("resize", listener);
    },
    () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16,
  );
}

/** Widths in pixels, by the names and the first rows. */
function widths({ columns, rows }: Answer, format: Format, rem: number): number[] {
  return columns.map((column) => {
    const head = Math.max(column.name.length * 7.4, column.type.length * 6.2) + 44;
    let longest = 0;
    for (let row = 0; row < Math.min(rows, 200); row += 1)
      longest = Math.max(longest, shownText(column, row, format)?.length ?? 4);
    return Math.round((Math.min(420, Math.max(72, head, longest * 7.2 + 26)) / 16) * rem);
  });
}

export function ResultGrid({ answer, label }: { answer: Answer; label: string }) {
  const format = useFormat();
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(400);
  const [sort, setSort] = useState<Sort | null>(null);
  const [at, setAt] = useState<Spot>({ row: 0, column: 0 });
  const [anchor, setAnchor] = useState<Spot | null>(null);
  const [copied, setCopied] = useState("");
  const { columns, rows } = answer;
  const rem = useRem();
  const rowHigh = ROW_REM * rem;

  const order = useMemo(() => {
    const column = sort && columns[sort.column];
    return column ? ordered(answer, column, sort.down) : null;
  }, [answer, columns, sort]);
  const rowAt = (place: number) => order?.[place] ?? place;
  const wide = useMemo(() => widths(answer, format, rem), [answer, format, rem]);
  const numberWide = (Math.max(44, String(rows).length * 8 + 22) / 16) * rem;
  const lefts = wide.reduce<number[]>((sum, width) => [...sum, (sum.at(-1) ?? 0) + width], [numberWide]);
  const whole = lefts.at(-1) ?? 0;

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const watched = new ResizeObserver(() => setHeight(element.clientHeight));
    watched.observe(element);
    return () => watched.disconnect();
  }, []);

  // What of the rows is in sight, from where the bar is.
  const seen = Math.max(rowHigh, height - 2 * rowHigh);
  const pixels = Math.min(rows * rowHigh, MOST_PIXELS);
  const scale = pixels > seen ? (rows * rowHigh - seen) / (pixels - seen) : 1;
  const first = Math.max(0, Math.floor((top * scale) / rowHigh) - SPARE);
  const last = Math.min(rows, Math.ceil((top * scale + seen) / rowHigh) + SPARE);
  const y = (place: number) => place * rowHigh - top * scale + top;

  /** Brings a cell into sight. */
  const reach = ({ row, column }: Spot) => {
    const element = box.current;
    if (!element) return;
    if (row >= 0) {
      const from = row * rowHigh;
      const present = element.scrollTop * scale;
      if (from < present) element.scrollTop = from / scale;
      else if (from + rowHigh > present + seen) element.scrollTop = (from + rowHigh - seen) / scale;
    }
    const [left, right] = [lefts[column] ?? 0, lefts[column + 1] ?? 0];
    if (left - numberWide < element.scrollLeft) element.scrollLeft = left - numberWide;
    else if (right > element.scrollLeft + element.clientWidth) element.scrollLeft = right - element.clientWidth;
  };
  const go = (to: Spot, extend: boolean) => {
    const spot = {
      row: Math.max(-1, Math.min(rows - 1, to.row)),
      column: Math.max(0, Math.min(columns.length - 1, to.column)),
    };
    setAnchor(extend ? (anchor ?? at) : null);
    setAt(spot);
    reach(spot);
  };
  const turn = (column: number) =>
    setSort(sort?.column !== column ? { column, down: false } : sort.down ? null : { column, down: true });

  const area = {
    top: Math.max(0, Math.min(at.row, anchor?.row ?? at.row)),
    bottom: Math.max(at.row, anchor?.row ?? at.row),
    left: Math.min(at.column, anchor?.column ?? at.column),
    right: Math.max(at.column, anchor?.column ?? at.column),
  };
  const take = () => {
    const most = Math.min(area.bottom, area.top + 100_000);
    const lines: string[] = [];
    for (let place = area.top; place <= most; place += 1)
      lines.push(
        columns
          .slice(area.left, area.right + 1)
          .map((column) => column.text(rowAt(place)) ?? "")
          .join("\t"),
      );
    const cells = (most - area.top + 1) * (area.right - area.left + 1);
    void copy(lines.join("\n")).then(
      () => setCopied(cells === 1 ? t("Copied") : t("Copied {cells} cells", { cells: format.count(cells) })),
      () => setCopied(t("The browser did not let it be copied")),
    );
  };

  const page = Math.max(1, Math.floor(seen / rowHigh) - 1);
  const keys = (event: KeyboardEvent) => {
    const far = event.ctrlKey || event.metaKey;
    if (far && event.key.toLowerCase() === "c") {
      if (window.getSelection()?.toString()) return;
      event.preventDefault();
      take();
      return;
    }
    const to: Record<string, Spot> = {
      ArrowUp: { ...at, row: far ? 0 : at.row - 1 },
      ArrowDown: { ...at, row: far ? rows - 1 : at.row + 1 },
      ArrowLeft: { ...at, column: far ? 0 : at.column - 1 },
      ArrowRight: { ...at, column: far ? columns.length - 1 : at.column + 1 },
      PageUp: { ...at, row: Math.max(0, at.row - page) },
      PageDown: { ...at, row: at.row + page },
      Home: far ? { row: 0, column: 0 } : { ...at, column: 0 },
      End: far ? { row: rows - 1, column: columns.length - 1 } : { ...at, column: columns.length - 1 },
    };
    const spot = to[event.key];
    if (spot) {
      event.preventDefault();
      go(spot, event.shiftKey);
    } else if (event.key === "Enter" && at.row === -1) {
      event.preventDefault();
      turn(at.column);
    } else if (event.key === "Escape") setAnchor(null);
  };
  const pressed = (event: PointerEvent, spot: Spot) => {
    if (event.button === 0) go(spot, event.shiftKey);
  };

  useLayoutEffect(() => {
    if (box.current) box.current.scrollTop = 0;
  }, [order]);

  const chosen = columns[at.column];
  const value = chosen && at.row >= 0 && rows > 0 ? chosen.text(rowAt(at.row)) : undefined;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div
        ref={box}
        role="grid"
        tabIndex={0}
        aria-label={t(
          "{label}: arrow keys go from cell to cell, Shift and arrows choose more, Control and C copies; Enter on a head sorts",
          { label },
        )}
        aria-rowcount={rows + 1}
        aria-colcount={columns.length}
        aria-activedescendant={at.row < 0 || (at.row >= first && at.row < last) ? `cell-${at.row}-${at.column}` : undefined}
        onKeyDown={keys}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        className="group/grid relative min-h-0 flex-1 overflow-auto text-sm"
      >
        <div role="presentation" className="relative" style={{ height: pixels + 2 * rowHigh, width: whole, minWidth: "100%" }}>
          <div
            role="row"
            aria-rowindex={1}
            className="sticky top-0 z-10 flex w-max min-w-full border-b border-edge bg-surface"
            style={{ height: 2 * rowHigh }}
          >
            <span role="presentation" className="sticky left-0 z-10 shrink-0 bg-surface" style={{ width: numberWide }} />
            {columns.map((column, index) => (
              <div
                key={index}
                id={`cell--1-${index}`}
                role="columnheader"
                aria-colindex={index + 1}
                aria-sort={sort?.column === index ? (sort.down ? "descending" : "ascending") : "none"}
                className={`shrink-0 ${at.row === -1 && at.column === index ? "group-focus-visible/grid:outline-2 group-focus-visible/grid:-outline-offset-2 group-focus-visible/grid:outline-accent" : ""}`}
                style={{ width: wide[index] }}
              >
                <button
                  tabIndex={-1}
                  onClick={() => turn(index)}
                  title={`${column.name}, ${column.type}`}
                  className={`flex h-full w-full flex-col justify-center px-2.5 hover:bg-hover ${column.kind === "number" ? "items-end" : "items-start"}`}
                >
                  <span className="flex max-w-full items-center gap-1 font-medium">
                    <span className="truncate">{column.name}</span>
                    {sort?.column === index && <Icon name={sort.down ? "down" : "up"} className="size-3" />}
                  </span>
                  <span className="max-w-full truncate text-xs text-soft">
                    {column.kind === "time" ? `${column.type}, ${format.timeZone}` : column.type}
                  </span>
                </button>
              </div>
            ))}
          </div>
          {Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index).map((place) => (
            <div
              key={place}
              role="row"
              aria-rowindex={place + 2}
              className="absolute left-0 flex w-max min-w-full border-b border-line hover:bg-hover"
              style={{ top: 2 * rowHigh, height: rowHigh, transform: `translateY(${y(place)}px)` }}
            >
              <span
                role="presentation"
                className="figures sticky left-0 shrink-0 bg-surface pr-2.5 text-right text-xs leading-7 text-soft"
                style={{ width: numberWide }}
              >
                {place + 1}
              </span>
              {columns.map((column, index) => {
                const text = shownText(column, rowAt(place), format);
                const isAt = at.row === place && at.column === index;
                const isIn =
                  anchor !== null && place >= area.top && place <= area.bottom && index >= area.left && index <= area.right;
                return (
                  // Keys are the grid's: they go from cell to cell.
                  <div
                    key={index}
                    id={`cell-${place}-${index}`}
                    role="gridcell"
                    tabIndex={-1}
                    aria-colindex={index + 1}
                    aria-selected={isIn || isAt}
                    onPointerDown={(event) => pressed(event, { row: place, column: index })}
                    title={column.kind === "time" ? (column.text(rowAt(place)) ?? "NULL") : undefined}
                    className={`shrink-0 truncate px-2.5 leading-7 ${column.kind === "number" ? "figures text-right" : ""} ${isIn ? "bg-accent-tint" : ""} ${isAt ? "outline-1 -outline-offset-1 outline-edge group-focus-visible/grid:outline-2 group-focus-visible/grid:-outline-offset-2 group-focus-visible/grid:outline-accent" : ""}`}
                    style={{ width: wide[index] }}
                  >
                    {text === null ? (
                      <span className="rounded-sm border border-line px-1 text-xs text-soft italic">NULL</span>
                    ) : text === "" ? (
                      <span className="text-xs text-soft">“”</span>
                    ) : (
                      text
                    )}
                  </div>
                );
              })}
            </div>
          ))}
        </div>
      </div>
      <div className="flex min-h-9 items-center gap-2 border-t border-line px-2.5 text-xs">
        {chosen && value !== undefined && (
          <>
            <span className="shrink-0 text-soft">
              {t("{name}, row {row}", { name: chosen.name, row: format.count(at.row + 1) })}
            </span>
            <code className="min-w-0 flex-1 truncate" title={value ?? "NULL"}>
              {value === "" ? t("the empty text") : (value ?? "NULL")}
            </code>
            <span role="status" className="shrink-0 text-soft">
              {copied}
            </span>
            <Button look="quiet" onClick={take}>
              {t("Copy")}
            </Button>
          </>
        )}
      </div>
    </div>
  );
}
