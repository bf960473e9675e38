import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Plan, Section } from "@/api/reports";
import type { Definition } from "@/api/types";
import { daysOf, lacks, moved, shownAs, trendOf } from "@/pages/reports/sections";
import { showsWords } from "@/pages/reports/words";
import { OWNER } from "./people";
import { changes, recorded, visited } from "./shown";

afterEach(() => vi.unstubAllGlobals());

/** The drawer of a new report with sections of its own, which begins like the risk register: risks, forecasts, what is open. */
async function itself(more: Parameters<typeof visited>[1] = {}) {
  const user = userEvent.setup();
  const { fetched } = await visited("/reports", { ...more, ...OWNER, "/api/v1/report-definitions/": "{}" });
  await user.click(await screen.findByRole("button", { name: "Define one" }));
  const dialog = await screen.findByRole("dialog", { name: "Define a report" });
  await user.selectOptions(within(dialog).getByLabelText("Like"), "risk-register");
  await user.click(within(dialog).getByRole("radio", { name: "Sections of its own" }));
  await user.type(within(dialog).getByLabelText("Title"), "Ours");
  const order = () =>
    within(dialog)
      .getAllByLabelText<HTMLInputElement>("Heading")
      .map(({ value }) => value);
  const section = (name: string) => within(within(dialog).getByRole("listitem", { name: new RegExp(`: ${name}$`) }));
  const kept = () => (changes(fetched).at(-1)?.body as Plan | undefined)?.definition?.sections;
  return { user, fetched, dialog, order, section, kept };
}

it("puts the sections of a report of one's own in another order, by button and by key, and the focus stays with what moved", async () => {
  const { user, dialog, order, section } = await itself();
  expect(order()).toEqual(["Risks", "Forecasts", "What is open"]);
  const up = section("What is open").getByRole("button", { name: "Move What is open up" });
  await user.click(up);
  expect(order()).toEqual(["Risks", "What is open", "Forecasts"]);
  expect(document.activeElement?.getAttribute("aria-label")).toBe("Move What is open up");
  await user.keyboard("{Enter}");
  expect(order()).toEqual(["What is open", "Risks", "Forecasts"]);
  // At the first place there is no further up: the way back has the focus.
  expect(document.activeElement?.getAttribute("aria-label")).toBe("Move What is open down");
  expect(section("What is open").getByRole("button", { name: "Move What is open up" })).toHaveProperty("disabled", true);
  within(dialog).getByText("What is open is at place 1 of 3");
  await user.click(section("Risks").getByLabelText("Heading"));
  await user.keyboard("{Alt>}{ArrowDown}{/Alt}");
  expect(order()).toEqual(["What is open", "Forecasts", "Risks"]);
  await user.keyboard("{Alt>}{ArrowDown}{/Alt}");
  expect(order()).toEqual(["What is open", "Forecasts", "Risks"]);
});

it("adds a section, says what it lacks, and keeps what is in each", async () => {
  const { user, dialog, order, section, kept } = await itself();
  await user.click(section("Forecasts").getByRole("button", { name: "Leave Forecasts out" }));
  expect(order()).toEqual(["Risks", "What is open"]);
  await user.click(within(dialog).getByRole("button", { name: "Add a section" }));
  const define = within(dialog).getByRole("button", { name: "Define it" });
  expect(define).toHaveProperty("disabled", true);
  within(dialog).getByText("It needs a heading.");
  // Its heading has the focus.
  await user.keyboard("Speed");
  section("Speed").getByText("Choose a metric.");
  await user.selectOptions(section("Speed").getByLabelText("Another metric"), "change_lead_time");
  await user.selectOptions(section("Speed").getByLabelText("Shows"), "charts");
  const chart = within(section("Speed").getByRole("group", { name: "Chart 1" }));
  await user.selectOptions(chart.getByLabelText("Told apart by"), "team");
  await user.selectOptions(chart.getByLabelText("As"), "bar");
  await user.type(section("Speed").getByLabelText("Text"), "By team.");
  await user.selectOptions(section("Risks").getByLabelText("Shows"), "text");
  section("Risks").getByText("It needs a text.");
  expect(define).toHaveProperty("disabled", true);
  await user.type(section("Risks").getByLabelText("Text"), "Ask Ada.");
  await user.selectOptions(within(dialog).getByLabelText("Language"), "de");
  await user.click(define);
  await waitFor(() => expect(kept()).toBeDefined());
  expect(kept()).toEqual([
    { title: "Risks", text: "Ask Ada.", shows: "text" },
    {
      title: "What is open",
      text: "",
      shows: { tiles: ["work_in_progress", "work_item_age", "open_incidents", "open_pull_requests"] },
    },
    { title: "Speed", text: "By team.", shows: { charts: [{ metric: "change_lead_time", by: "team", shape: "bar" }] } },
  ]);
});

it("says in which steps, against what and of what a report tells", async () => {
  const { user, fetched, dialog } = await itself();
  await user.selectOptions(within(dialog).getByLabelText("Charts by"), "month");
  const steps = within(dialog).getByLabelText("Steps of a chart");
  await user.clear(steps);
  expect(within(dialog).getByRole("button", { name: "Define it" })).toHaveProperty("disabled", true);
  await user.type(steps, "6");
  await user.selectOptions(within(dialog).getByLabelText("Against"), "year_ago");
  const before = within(dialog).getByRole<HTMLInputElement>("checkbox", { name: "Reliability" }).checked;
  await user.click(within(dialog).getByRole("checkbox", { name: "Reliability" }));
  await user.click(within(dialog).getByRole("button", { name: "Define it" }));
  await waitFor(() => expect(changes(fetched)).toHaveLength(1));
  const { definition } = changes(fetched)[0]?.body as Plan;
  expect(definition).toMatchObject({ grain: "month", trend: 6, compare: "year_ago" });
  expect(definition?.headline.includes("reliability")).toBe(!before);
});

it("takes a section that was left out back to its place, and loses no metric on the way through other kinds", async () => {
  const { user, dialog, order, section } = await itself();
  await user.click(section("Forecasts").getByRole("button", { name: "Leave Forecasts out" }));
  await user.click(within(dialog).getByRole("button", { name: "Undo: Forecasts is left out" }));
  expect(order()).toEqual(["Risks", "Forecasts", "What is open"]);
  expect(document.activeElement).toBe(section("Forecasts").getByLabelText("Heading"));
  expect(within(dialog).queryByRole("button", { name: /^Undo/ })).toBeNull();
  const metrics = () =>
    within(section("What is open").getByRole("list", { name: "Its metrics" }))
      .getAllByRole("listitem")
      .map(({ textContent }) => textContent);
  const before = metrics();
  for (const kind of ["charts", "table", "text", "risks", "tiles"])
    await user.selectOptions(section("What is open").getByLabelText("Shows"), kind);
  expect(metrics()).toEqual(before);
  // The last of them leaves the focus at what adds another.
  for (const name of ["Risks", "Forecasts", "What is open"])
    await user.click(section(name).getByRole("button", { name: `Leave ${name} out` }));
  expect(document.activeElement?.textContent).toBe("Add a section");
});

it("takes a saved query with the values of its parameters, and none that it does not take", async () => {
  const saved = JSON.parse(recorded("saved-query")) as { id: string };
  const one = {
    ...saved,
    id: "query_1",
    title: "Late ones",
    parameters: [
      { name: "days", type: "integer", default: 7 },
      { name: "keys", type: "text[]", default: ["PAY", "SHOP"] },
    ],
  };
  const { user, dialog, section, kept } = await itself({
    "/api/v1/saved-queries": JSON.stringify({ items: [one], next: null }),
  });
  await user.selectOptions(section("Forecasts").getByLabelText("Shows"), "query");
  section("Forecasts").getByText("Choose a saved query.");
  await user.selectOptions(await section("Forecasts").findByLabelText("Saved query"), "query_1");
  const days = section("Forecasts").getByLabelText<HTMLInputElement>("$days");
  expect(days.value).toBe("7");
  await user.clear(days);
  await user.type(days, "x");
  section("Forecasts").getByText("$days has no value that it takes.");
  expect(within(dialog).getByRole("button", { name: "Define it" })).toHaveProperty("disabled", true);
  await user.clear(days);
  await user.type(days, "30");
  const keys = section("Forecasts").getByLabelText<HTMLTextAreaElement>("$keys");
  expect(keys.value).toBe("PAY\nSHOP");
  await user.type(keys, "{Enter}OPS");
  // Another section of the same query has fields of its own.
  await user.selectOptions(section("Risks").getByLabelText("Shows"), "query");
  await user.selectOptions(await section("Risks").findByLabelText("Saved query"), "query_1");
  expect(section("Risks").getByLabelText<HTMLTextAreaElement>("$keys").value).toBe("PAY\nSHOP");
  await user.click(within(dialog).getByRole("button", { name: "Define it" }));
  await waitFor(() => expect(kept()).toBeDefined());
  expect(kept()?.[1]?.shows).toEqual({
    query: {
      saved: "query_1",
      params: {
        days: { type: "integer", value: 30 },
        keys: { type: "text[]", value: ["PAY", "SHOP", "OPS"] },
      },
    },
  });
});

it("shows what a section would say, of the report's days and of what it is on", async () => {
  vi.setSystemTime(new Date("2026-11-26T10:00:00Z"));
  const answer = {
    definition: { name: "work_in_progress", title: "Work in progress", unit: "items", direction: "lower", minimum_n: 10 },
    as_of: 0,
    groups: [{ key: null, name: null, points: [], total: { value: 12 } }],
    overall: null,
    spread: null,
  };
  const { user, fetched, section } = await itself({ "/api/v1/metrics/work_in_progress": JSON.stringify(answer) });
  const open = section("What is open");
  for (const other of ["Work item age", "Open incidents", "Open pull requests"])
    await user.click(open.getByRole("button", { name: `Leave ${other} out` }));
  await user.click(open.getByRole("button", { name: "What it shows now" }));
  await open.findByText("Work in progress: 12 items");
  // Four whole weeks before Monday, 23 November.
  const path = (fetched.mock.calls as unknown as [string][])
    .map(([path]) => path)
    .find((path) => path.includes("work_in_progress?"));
  expect(path).toContain("from=2026-10-26&until=2026-11-23&grain=week");
  await user.click(section("Risks").getByRole("button", { name: "What it shows now" }));
  section("Risks").getByText(/there once it is made/);
  vi.useRealTimers();
});

it("knows which days a period means, what a section lacks, and what stays of it as another kind", () => {
  const today = "2026-11-26";
  expect(daysOf({ last: "week" }, today)).toEqual({ from: "2026-11-16", until: "2026-11-23" });
  expect(daysOf({ last: "quarter" }, "2026-02-28")).toEqual({ from: "2025-10-01", until: "2026-01-01" });
  expect(daysOf({ last_of: { count: 2, unit: "month" } }, today)).toEqual({ from: "2026-09-01", until: "2026-11-01" });
  expect(daysOf({ so_far: "year" }, today)).toEqual({ from: "2026-01-01", until: "2026-11-27" });
  // A Sunday is in the week of the Monday before.
  expect(daysOf({ so_far: "week" }, "2026-11-29").from).toBe("2026-11-23");
  expect(trendOf({ trend: 13, grain: "month" }, { from: "2026-10-01", until: "2026-11-01" }).from).toBe("2025-10-01");
  expect(trendOf({ trend: 1, grain: "week" }, { from: "2026-10-01", until: "2026-11-01" }).from).toBe("2026-10-01");
  expect([moved([1, 2, 3], 0, 2), moved([1, 2, 3], 2, 3)]).toEqual([
    [2, 3, 1],
    [1, 2, 3],
  ]);
  const section = (part: Partial<Section>): Section => ({ title: "x", text: "", shows: "risks", ...part });
  expect(lacks(section({}))).toBeNull();
  expect(lacks(section({ shows: { pivot: { metric: "", by: null, cells: "values" } } }))).toBe("Choose a metric.");
  expect(lacks(section({ shows: { tiles: Array.from({ length: 21 }, (_, at) => `m${at}`) } }))).toContain("20");
  const known = [
    { name: "a", dimensions: ["team"] },
    { name: "b", dimensions: [] },
  ] as unknown as Definition[];
  expect(shownAs("table", { tiles: ["a", "b"] }, known)).toEqual({ table: { by: "team", metrics: ["a"] } });
  expect(shownAs("pivot", { tiles: ["a", "b"] }, known)).toEqual({ pivot: { metric: "a", by: null, cells: "values" } });
  expect(shownAs("tiles", "risks", known)).toEqual({ tiles: [] });
  expect(showsWords({ query: { saved: "q" } }, (metric) => metric)).toBe("the rows of a saved query");
});
