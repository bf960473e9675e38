import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { readFileSync } from "node:fs";
import { expect, it, vi } from "vitest";
import type { Dashboard, Series } from "@/api/types";
import { formatter, type Change } from "@/design/format";
import { arranged, csv, type Grid } from "@/parts/grid";
import { DataTable } from "@/parts/DataTable";
import { LocaleProvider } from "@/parts/Locale";
import { Modal } from "@/parts/Modal";
import { placed, recorded, shown, visited } from "./shown";

const GRID: Grid = {
  name: "teams",
  title: "Teams",
  columns: [
    { name: "team", title: "Team", unit: null },
    { name: "rate", title: "Fail rate", unit: "ratio" },
    { name: "size", title: "Size", unit: "lines" },
  ],
  rows: [
    ["Shop", 0.2, 10],
    ["Team 10", null, 4],
    ["Team 9", 0.05, 30],
    ["=cmd", 0.1, 7],
  ].map(([team, rate, size]) => ({
    key: String(team),
    cells: [{ value: team ?? null }, { value: rate ?? null, n: 12 }, { value: size ?? null }],
  })),
};
const before = formatter("en", "UTC").order;
const order = (sort: { column: string; down: boolean } | null, find = "") =>
  arranged(GRID, sort, find, before).map(({ key }) => key);

it("sorts numbers as numbers and names as people count, what is missing last either way", () => {
  expect(order({ column: "rate", down: false })).toEqual(["Team 9", "=cmd", "Shop", "Team 10"]);
  expect(order({ column: "rate", down: true })).toEqual(["Shop", "=cmd", "Team 9", "Team 10"]);
  expect(order({ column: "team", down: false }).slice(-2)).toEqual(["Team 9", "Team 10"]);
});

it("sorts names as people of the tenant's locale do, whatever the browser speaks", async () => {
  const rows = ["Zebra", "Öst", "Olle"].map((team) => ({ key: team, cells: [{ value: team }, { value: 1 }, { value: 1 }] }));
  const sorted = async (locale: string) => {
    const { unmount } = await placed(
      <LocaleProvider value={formatter(locale, "UTC")}>
        <DataTable grid={{ ...GRID, rows }} />
      </LocaleProvider>,
      "/?sort=teams~team~up",
    );
    const names = screen.getAllByRole("rowheader").map(({ textContent }) => textContent);
    unmount();
    return names;
  };
  expect(await sorted("de")).toEqual(["Olle", "Öst", "Zebra"]);
  expect(await sorted("sv-SE")).toEqual(["Olle", "Zebra", "Öst"]);
});

it("finds rows by any of their texts", () => {
  expect(order(null, "team")).toEqual(["Team 10", "Team 9"]);
  expect(order(null, "  ")).toHaveLength(4);
});

it("writes CSV with units and n, and nothing that a spreadsheet would compute", () => {
  expect(csv(GRID, GRID.rows)).toBe(
    [
      "Team,Fail rate (ratio),Fail rate (n),Size (lines)",
      "Shop,0.2,12,10",
      "Team 10,,12,4",
      "Team 9,0.05,12,30",
      "'=cmd,0.1,12,7",
      "",
    ].join("\r\n"),
  );
});

it("keeps what the page keeps in one line apart from files, and from what is typed", () => {
  const cells = [{ value: "older than 85\u00a0%", words: "9.5\u00a0days" }, { value: "a\u00a0b" }, { value: 1 }];
  const grid = { ...GRID, rows: [{ key: "one", cells }] };
  expect(csv(grid, grid.rows).split("\r\n")[1]).toBe("older than 85 %,a\u00a0b,1");
  expect(["85 %", "9.5 days", "9.5\u00a0days", "95 %"].map((find) => arranged(grid, null, find, before).length)).toEqual([
    1, 1, 1, 0,
  ]);
});

it("counts its rows as numbers are written everywhere", async () => {
  const many = { ...GRID, rows: Array.from({ length: 1_172 }, (_, at) => ({ key: String(at), cells: [{ value: at }] })) };
  await shown(<DataTable grid={many} first={1} />);
  screen.getByText("1,172 rows");
  await userEvent.setup().type(screen.getByRole("searchbox", { name: "Filter Teams" }), "117");
  screen.getByText("4 of 1,172 rows");
});

it("is sorted by its heads, says so, and leaves out columns", async () => {
  const user = userEvent.setup();
  await shown(<DataTable grid={GRID} />);
  const first = () => within(screen.getAllByRole("row")[1] ?? document.body).getByRole("rowheader").textContent;
  await user.click(screen.getByRole("button", { name: "Size" }));
  expect(first()).toBe("Team 9");
  expect(screen.getByRole("columnheader", { name: "Size lines" }).getAttribute("aria-sort")).toBe("descending");
  await user.click(screen.getByRole("button", { name: "Size" }));
  expect(first()).toBe("Team 10");
  await user.click(screen.getByRole("button", { name: "Columns" }));
  await user.click(await screen.findByRole("checkbox", { name: "Fail rate" }));
  expect(screen.queryByRole("columnheader", { name: /Fail rate/, hidden: true })).toBeNull();
});

it("tells how a cell changed beside an arrow, and of what is too little nothing", async () => {
  const change = (way: Change["way"], amount: string, verdict: Change["verdict"]): Change => ({
    way,
    amount,
    verdict,
    text: `${way} ${amount}`,
    against: "from 20",
  });
  const columns = ["team", "a", "b", "c", "d"].map((name) => ({ name, title: name, unit: "lines" }));
  const worse = change("up", "42 times", "worse");
  const cells = [
    { value: "Shop" },
    { value: 20, change: worse },
    { value: 21, change: change("down", "2 points", null) },
    { value: 22, change: change("same", "0 %", null) },
    { value: 23, change: worse, few: true },
  ];
  await shown(<DataTable grid={{ ...GRID, columns, rows: [{ key: "Shop", cells }] }} />);
  const row = within(screen.getAllByRole("row")[1] ?? document.body);
  const told = row.getAllByRole("cell").map(({ textContent }) => textContent);
  expect(told).toEqual(["20up 42 times, worse", "21down 2 points", "22", "23too few"]);
});

it("ends in a shade of the ground that it stands on, whichever that is", () => {
  const css = readFileSync("src/design/page.css", "utf8");
  const shade = /^\.scrolled \{[^}]*\}/m.exec(css)?.[0] ?? "";
  expect(shade).toContain("var(--ground) 50%");
  expect(shade).not.toMatch(/--c-(surface|canvas|sunken)/);
  for (const ground of ["canvas", "surface", "sunken"])
    expect(css).toMatch(new RegExp(`\\.bg-${ground} \\{\\s*--ground: var\\(--c-${ground}\\);`));
});

/** What a table looks like. */
const arrangedBy = (title: string) => {
  const table = screen.getByRole("table", { name: title });
  const heads = within(table).getAllByRole("columnheader");
  return {
    table,
    columns: heads.map((head) => head.querySelector("button")?.textContent),
    sorted: heads.filter((head) => head.getAttribute("aria-sort") !== "none").map((head) => head.getAttribute("aria-sort")),
    first: within(table).getAllByRole("rowheader")[0]?.textContent,
  };
};
const named = (name: string, title: string, rows = GRID.rows): Grid => ({ ...GRID, name, title, rows });
/** More rows than are looked through at a glance. */
const MANY = [1, 2, 3].flatMap((time) => GRID.rows.map(({ key, cells }) => ({ key: `${key}${time}`, cells })));

it("has in the address how each table is arranged, where that is other than at first, and goes back to the page before", async () => {
  const user = userEvent.setup();
  const { router } = await placed(
    <>
      <DataTable grid={named("teams", "Teams", MANY)} />
      <DataTable grid={named("others", "Others")} />
    </>,
  );
  await act(() => router.navigate({ to: ".", search: { grain: "week" } }));
  const told = () => router.state.location.searchStr;
  const [one, other] = ["Teams", "Others"].map((name) => within(screen.getByRole("table", { name })));
  await user.click(one?.getByRole("button", { name: "Size" }) as HTMLElement);
  expect(told()).toBe("?grain=week&sort=teams~size~down");
  await user.click(other?.getByRole("button", { name: "Team" }) as HTMLElement);
  expect(told()).toBe("?grain=week&sort=teams~size~down&sort=others~team~up");
  await user.click(screen.getAllByRole("button", { name: "Columns" })[1] as HTMLElement);
  await user.click(await screen.findByRole("checkbox", { name: "Fail rate" }));
  expect(told()).toBe("?grain=week&sort=teams~size~down&sort=others~team~up&hide=others~rate");
  expect(arrangedBy("Teams")).toMatchObject({ columns: ["Team", "Fail rate", "Size"], sorted: ["descending"], first: "Team 9" });
  expect(arrangedBy("Others")).toMatchObject({ columns: ["Team", "Size"], sorted: ["ascending"], first: "=cmd" });
  await user.click(screen.getByRole("checkbox", { name: "Fail rate" }));
  await user.keyboard("{Escape}");
  // The other way, and then as it was.
  await user.click(one?.getByRole("button", { name: "Size" }) as HTMLElement);
  expect(told()).toBe("?grain=week&sort=others~team~up&sort=teams~size~up");
  await user.click(one?.getByRole("button", { name: "Size" }) as HTMLElement);
  await user.click(other?.getByRole("button", { name: "Team" }) as HTMLElement);
  await user.click(other?.getByRole("button", { name: "Team" }) as HTMLElement);
  expect(told()).toBe("?grain=week");
  await user.type(screen.getByRole("searchbox", { name: "Filter Teams" }), "sho");
  await waitFor(() => expect(told()).toBe("?grain=week&rows=teams~sho"));
  await user.type(screen.getByRole("searchbox", { name: "Filter Teams" }), "p");
  await waitFor(() => expect(told()).toBe("?grain=week&rows=teams~shop"));
  act(() => router.history.back());
  await waitFor(() => expect(told()).toBe(""));
  await waitFor(() => expect(screen.getByRole<HTMLInputElement>("searchbox", { name: "Filter Teams" }).value).toBe(""));
});

it("is arranged as the address says, and only by what it has", async () => {
  const at = "/?sort=teams~size~down&hide=teams~rate&hide=teams~team&hide=teams~gone&hide=team~size&rows=teams~team";
  await placed(<DataTable grid={named("teams", "Teams", MANY)} />, at);
  expect(arrangedBy("Teams")).toMatchObject({ columns: ["Team", "Size"], sorted: ["descending"], first: "Team 9" });
  screen.getByText("6 of 12 rows");
});

it("shows what is looked for in few rows, too, so that it can be left", async () => {
  const { router } = await placed(<DataTable grid={GRID} />, "/?rows=teams~shop");
  screen.getByText("1 of 4 rows");
  await userEvent.setup().clear(screen.getByRole("searchbox", { name: "Filter Teams" }));
  await waitFor(() => expect(router.state.location.searchStr).toBe(""));
  screen.getByText("4 rows");
});

it("gives away as a file what it shows: neither columns that are left out nor rows that are not looked for", async () => {
  const made: Blob[] = [];
  vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => {
    made.push(blob as Blob);
    return "blob:table";
  });
  const at = "/?sort=teams~size~down&hide=teams~rate&rows=teams~shop";
  await placed(<DataTable grid={named("teams", "Teams", MANY)} />, at);
  await userEvent.setup().click(screen.getByRole("button", { name: "CSV" }));
  expect(await made[0]?.text()).toBe(["Team,Size (lines)", "Shop,10", "Shop,10", "Shop,10", ""].join("\r\n"));
});

it("keeps in a dialog how it is arranged to itself", async () => {
  const user = userEvent.setup();
  const { router } = await placed(
    <Modal title="Rows" onClose={() => undefined}>
      <DataTable grid={GRID} />
    </Modal>,
    "/?sort=teams~rate~down",
  );
  expect(arrangedBy("Teams").sorted).toEqual([]);
  await user.click(screen.getByRole("button", { name: "Size" }));
  await user.click(screen.getByRole("button", { name: "Columns" }));
  await user.click(await screen.findByRole("checkbox", { name: "Fail rate" }));
  expect(arrangedBy("Teams")).toMatchObject({ columns: ["Team", "Size"], sorted: ["descending"], first: "Team 9" });
  expect(router.state.location.searchStr).toBe("?sort=teams~rate~down");
});

it("stands in a chart's place where the address says so, arranged as it says", async () => {
  const user = userEvent.setup();
  const [{ metric }] = (JSON.parse(recorded("dora")) as Dashboard).series as [Series];
  const { router } = await visited(`/dora?table=${metric}&sort=${metric}~period~down&sort=by_team~${metric}~up`);
  const chart = (await screen.findByRole("button", { name: "Chart" })).closest("figure") as HTMLElement;
  const head = within(chart).getByRole("columnheader", { name: "Period" });
  expect(head.getAttribute("aria-sort")).toBe("descending");
  await user.click(within(chart).getByRole("button", { name: "Chart" }));
  await waitFor(() => expect(router.state.location.searchStr).toBe(`?sort=${metric}~period~down&sort=by_team~${metric}~up`));
  expect(within(chart).queryByRole("table")).toBeNull();
});
