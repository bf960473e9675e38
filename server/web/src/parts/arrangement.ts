/** How a table or a chart is arranged: its order, the columns that are left out, and what is looked for in it. All of it stands in the address of the
 * page under the table's name, where it is other than at first: `sort=by_team~throughput~down`, `hide=by_team~batch_size`, `rows=by_team~shop`.
 * So do which charts are tables, on which axis they are, and what is supposed of a forecast.
 * The way back leads to the page before, and not through each order. */

import { useNavigate, useSearch } from "@tanstack/react-router";
import { useContext, useEffect, useRef, useState } from "react";
import type { Search } from "@/api/scope";
import { Apart } from "./apart";
import type { Sort } from "./grid";

export interface Arrangement {
  sort: Sort | null;
  hidden: ReadonlySet<string>;
  find: string;
}

type Kept = Pick<Search, "sort" | "hide" | "rows" | "table" | "axis" | "suppose">;

/** What is said of a table in a list of `name~what`. */
const of = (table: string, list: string[] = []) =>
  list.filter((one) => one.startsWith(`${table}~`)).map((one) => one.slice(table.length + 1));

/** The list with this, and nothing else, said of the table; none where nothing is said of any. */
function withOf(table: string, list: string[] = [], said: readonly string[]): string[] | undefined {
  const all = [...list.filter((one) => !one.startsWith(`${table}~`)), ...said.map((one) => `${table}~${one}`)];
  return all.length > 0 ? all : undefined;
}

function arrangementOf(table: string, { sort, hide, rows }: Kept): Arrangement {
  const order = /^(.+)~(up|down)$/s.exec(of(table, sort)[0] ?? "");
  return {
    sort: order?.[1] === undefined ? null : { column: order[1], down: order[2] === "down" },
    hidden: new Set(of(table, hide)),
    find: of(table, rows)[0] ?? "",
  };
}

function arrange(table: string, before: Kept, part: Partial<Arrangement>): Kept {
  const { sort, hidden, find } = { ...arrangementOf(table, before), ...part };
  return {
    sort: withOf(table, before.sort, sort ? [`${sort.column}~${sort.down ? "down" : "up"}`] : []),
    hide: withOf(table, before.hide, [...hidden]),
    rows: withOf(table, before.rows, find ? [find] : []),
  };
}

/** Where it is kept: in the address, or in a dialog for as long as that is open. */
function useKept() {
  const [own, setOwn] = useState<Kept>({});
  const apart = useContext(Apart);
  const search: Search = useSearch({ strict: false });
  const navigate = useNavigate();
  const change = (to: (before: Kept) => Kept) => {
    if (apart) setOwn((before) => ({ ...before, ...to(before) }));
    else
      void navigate({
        to: ".",
        search: (before: Search) => ({ ...before, ...to(before) }),
        replace: true,
        resetScroll: false,
      });
  };
  return [apart ? own : search, change] as const;
}

export function useArrangement(table: string) {
  const [kept, change] = useKept();
  return [arrangementOf(table, kept), (part: Partial<Arrangement>) => change((before) => arrange(table, before, part))] as const;
}

/** Whether a chart is shown as the table of its numbers: `table=throughput`. */
export function useAsTable(name: string): readonly [shown: boolean, turn: () => void] {
  const [{ table = [] }, change] = useKept();
  const turn = () =>
    change(({ table = [] }) => {
      const others = table.filter((one) => one !== name);
      const all = others.length === table.length ? [...table, name] : others;
      return { table: all.length > 0 ? all : undefined };
    });
  return [table.includes(name), turn];
}

/** Whether a chart is on a logarithmic axis: `axis=cycle-times~log`. `first` is what it is where nobody chose. */
export function useAxis(name: string, first: boolean): readonly [logarithmic: boolean, choose: (logarithmic: boolean) => void] {
  const [{ axis }, change] = useKept();
  const chosen = of(name, axis)[0];
  const choose = (logarithmic: boolean) =>
    change(({ axis }) => ({ axis: withOf(name, axis, logarithmic === first ? [] : [logarithmic ? "log" : "even"]) }));
  return [chosen === undefined ? first : chosen === "log", choose];
}

/** What is supposed of something, as src/api/what-if.ts writes it; `null` where nobody looks at that: `suppose=epic:a~scope~5`. */
export function useSuppose(about: string): readonly [said: string | null, say: (said: string | null) => void] {
  const [{ suppose }, change] = useKept();
  const say = (said: string | null) =>
    change(({ suppose }) => ({ suppose: withOf(about, suppose, said === null ? [] : [said]) }));
  return [of(about, suppose)[0] ?? null, say];
}

/** So long after the last key what was typed is handed on. */
const QUIET_MS = 300;

/** What is typed, handed on once nobody types; what comes from elsewhere, as by the way back, takes its place. */
export function useTyped(value: string, hand: (text: string) => void): readonly [typed: string, type: (text: string) => void] {
  const [typed, type] = useState(value);
  const [seen, see] = useState(value);
  const [handed, setHanded] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  if (seen !== value) {
    see(value);
    // What was handed on comes back, while more is typed perhaps.
    if (value !== handed) {
      type(value);
      setHanded(value);
    }
  }
  return [
    typed,
    (text) => {
      type(text);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        setHanded(text);
        hand(text);
      }, QUIET_MS);
    },
  ];
}
