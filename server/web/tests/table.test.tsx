import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { Change } from "@/design/format";
import { arranged, csv, type Grid } from "@/parts/grid";
import { DataTable } from "@/parts/DataTable";
import { shown } from "./shown";

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
const order = (sort: { column: string; down: boolean } | null, find = "") => arranged(GRID, sort, find).map(({ key }) => key);

it("sorts numbers as numbers and names as people count, what is missing last either way", () => {
  expect(order({ column: "rate", down: false })).toEqual(["Team 9", "=cmd", "Shop", "Team 10"]);
  expect(order({ column: "rate", down: true })).toEqual(["Shop", "=cmd", "Team 9", "Team 10"]);
  expect(order({ column: "team", down: false }).slice(-2)).toEqual(["Team 9", "Team 10"]);
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
  expect(["85 %", "9.5 days", "9.5\u00a0days", "95 %"].map((find) => arranged(grid, null, find).length)).toEqual([1, 1, 1, 0]);
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
