import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { forget } from "@/explore/kept";
import { Field, type FieldProps } from "./field";
import { DEMO, visited } from "./shown";

/** What draws text needs a browser that lays it out; `npm run e2e` has one. Here the editor is a field that does the same. */
vi.mock("@/explore/Editor", () => ({
  default: (props: FieldProps) => <Field {...props} />,
}));

const ARROW = readFileSync("tests/recorded/rows.arrow");

/** The page, and what it asked of `/api/v1/sql`. */
async function explore(path = "/explore", sql: () => Response | Promise<Response> = rows) {
  const visit = await visited(path);
  const others = globalThis.fetch;
  const asked: { body: unknown; accept: string | null }[] = [];
  const stopped: string[] = [];
  vi.stubGlobal("fetch", (path: string, init?: RequestInit) => {
    if (init?.method === "DELETE" && path.startsWith("/api/v1/queries/")) {
      stopped.push(path);
      return Promise.resolve(new Response(null, { status: 204 }));
    }
    if (path !== "/api/v1/sql") return others(path, init);
    asked.push({ body: JSON.parse(init?.body as string), accept: new Headers(init?.headers).get("accept") });
    return sql();
  });
  const field = await screen.findByRole<HTMLTextAreaElement>("textbox", { name: "SQL" });
  return { ...visit, asked, stopped, field };
}

const rows = () =>
  new Response(ARROW, {
    headers: { "Content-Type": "application/vnd.apache.arrow.stream", "pulse-query": "query_7", "pulse-cache": "hit" },
  });

beforeEach(() => {
  forget();
  // Nothing is laid out here: the grid is as high as somebody's screen would have it.
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(600);
});
afterEach(() => vi.unstubAllGlobals());

it("asks what is written with values of their types, and shows the rows with types and NULL apart from what is empty", async () => {
  const user = userEvent.setup();
  const { field, asked, router } = await explore();
  fireEvent.change(field, { target: { value: "SELECT 1 WHERE a > $n" } });
  await user.selectOptions(await screen.findByRole("combobox", { name: "Type of $n" }), "integer");
  await user.type(screen.getByRole("textbox", { name: "$n" }), "2");
  fireEvent.keyDown(field, { key: "Enter", ctrlKey: true });
  const grid = await screen.findByRole("grid", { name: /^Rows/ });
  expect(asked).toEqual([
    {
      body: { sql: "SELECT 1 WHERE a > $n", params: { n: { type: "integer", value: 2 } } },
      accept: "application/vnd.apache.arrow.stream",
    },
  ]);
  expect(
    within(grid)
      .getAllByRole("columnheader")
      .map(({ textContent }) => textContent),
  ).toEqual(["monthtimestamp, UTC", "statustext", "deploymentsinteger", "recoverydouble", "notetext"]);
  const cells = within(grid)
    .getAllByRole("gridcell")
    .map(({ textContent }) => textContent);
  expect(cells).toContain("NULL");
  expect(cells).toContain("“”");
  screen.getByText(/from a kept answer/);
  expect(router.state.location.search).toEqual({ sql: "SELECT 1 WHERE a > $n", params: '[["n","integer","2"]]' });
});

it("says which value is missing, and asks nothing", async () => {
  const user = userEvent.setup();
  const { field, asked } = await explore("/explore?sql=SELECT+%241&params=%5B%5B%221%22%2C%22integer%22%2C%22%22%5D%5D");
  expect(field.value).toBe("SELECT $1");
  await user.click(screen.getByRole("button", { name: /^Run/ }));
  await screen.findByText(/A value is missing/);
  expect(document.activeElement).toBe(screen.getByRole("textbox", { name: "$1" }));
  expect(asked).toEqual([]);
});

it("sorts in place by the head of a column, and back", async () => {
  const user = userEvent.setup();
  await explore("/explore?sql=SELECT+1");
  await user.click(screen.getByRole("button", { name: /^Run/ }));
  const grid = await screen.findByRole("grid");
  const first = () => within(grid).getAllByRole("row")[1]?.textContent;
  const before = first();
  const head = within(grid).getByRole("columnheader", { name: /deployments/ });
  await user.click(within(head).getByRole("button"));
  await user.click(within(head).getByRole("button"));
  expect(head.getAttribute("aria-sort")).toBe("descending");
  expect(first()).not.toBe(before);
  await user.click(within(head).getByRole("button"));
  expect(head.getAttribute("aria-sort")).toBe("none");
  expect(first()).toBe(before);
});

it("goes from cell to cell by keys, and copies what is chosen", async () => {
  const user = userEvent.setup();
  const { field } = await explore("/explore?sql=SELECT+1");
  fireEvent.keyDown(field, { key: "Enter", ctrlKey: true });
  const grid = await screen.findByRole("grid");
  grid.focus();
  await user.keyboard("{ArrowRight}{Shift>}{ArrowRight}{ArrowDown}{/Shift}{Control>}c{/Control}");
  await screen.findByText("Copied 4 cells");
  expect((await navigator.clipboard.readText()).split("\n").map((line) => line.split("\t").length)).toEqual([2, 2]);
});

it("stops at the server what is stopped here", async () => {
  const user = userEvent.setup();
  const never = () =>
    new Response(new ReadableStream({ start: (stream) => stream.enqueue(ARROW.subarray(0, 100)) }), {
      headers: { "pulse-query": "query_9" },
    });
  const { asked, stopped } = await explore("/explore?sql=SELECT+1", never);
  await user.click(screen.getByRole("button", { name: /^Run/ }));
  const stop = await screen.findByRole("button", { name: "Stop" });
  await waitFor(() => expect(asked).toHaveLength(1));
  // Its id comes with the head of the answer.
  await new Promise((ready) => setTimeout(ready, 0));
  await user.click(stop);
  await screen.findByRole("button", { name: "Run it again" });
  await waitFor(() => expect(stopped).toEqual(["/api/v1/queries/query_9"]));
});

it("says why an answer broke off, and shows no part of it", async () => {
  const user = userEvent.setup();
  const broken = () =>
    new Response(
      new ReadableStream({
        start: (stream) => {
          stream.enqueue(ARROW.subarray(0, 600));
          stream.error(new TypeError("network error"));
        },
      }),
      { headers: { "pulse-query": "query_1" } },
    );
  await explore("/explore?sql=SELECT+1", broken);
  await user.click(screen.getByRole("button", { name: /^Run/ }));
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("The answer broke off");
  expect(screen.queryByRole("grid")).toBeNull();
});

it("tells the place of a mistake and what was probably meant", async () => {
  const user = userEvent.setup();
  const problem =
    '{"code":"invalid-question","title":"The question cannot be answered as it stands","detail":"table not found","line":2,"column":6,"suggestion":"facts.deployments"}';
  await explore("/explore?sql=SELECT+id%0AFROM+facts.deploymnts", () => new Response(problem, { status: 400 }));
  await user.click(screen.getByRole("button", { name: /^Run/ }));
  await screen.findByText("Line 2, character 6");
  // A sentence, without the word by which programs know it.
  screen.getByText("Table not found.");
  expect(screen.queryByText("invalid-question")).toBeNull();
  screen.getByText("facts.deployments");
  screen.getByRole("button", { name: "Write that" });
  // A mistake is mended: asking the same again would fail again.
  expect(screen.queryByRole("button", { name: "Ask again" })).toBeNull();
});

it("lists this browser's questions, and opens one again", async () => {
  const user = userEvent.setup();
  const { field } = await explore("/explore?sql=SELECT+1");
  await user.click(screen.getByRole("button", { name: /^Run/ }));
  await screen.findByRole("grid");
  fireEvent.change(field, { target: { value: "SELECT 2" } });
  await user.click(screen.getByRole("tab", { name: "History" }));
  await user.click(screen.getByRole("button", { name: "Open" }));
  expect(field.value).toBe("SELECT 1");
  await user.click(screen.getByRole("button", { name: "Clear this list" }));
  screen.getByText("Nothing asked yet");
});

it("shows what is under way, and stops one", async () => {
  const user = userEvent.setup();
  const { stopped } = await explore();
  await user.click(screen.getByRole("tab", { name: "Under way" }));
  await screen.findByText(/running, 4.21 s, 0 rows/);
  expect(screen.getByText(/finished, .*, 200 rows, a kept answer$/)).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Stop" }));
  await waitFor(() => expect(stopped).toEqual(["/api/v1/queries/query_1"]));
});

it("takes a sample of a table that was found by a column", async () => {
  const user = userEvent.setup();
  const { field, asked } = await explore();
  await user.type(screen.getByRole("searchbox", { name: "Find a table or column" }), "recovery_seconds");
  await user.click(await screen.findByRole("button", { name: "Sample" }));
  await screen.findByRole("grid");
  expect(field.value).toBe("SELECT *\nFROM facts.deployments\nLIMIT 100");
  expect(asked).toHaveLength(1);
});

it("shows values of the columns of a table that is opened", async () => {
  const user = userEvent.setup();
  const columns = [{ name: "recovery_seconds", type: "Float64", nullable: true, about: "", samples: ["3600.0", "86400.0"] }];
  const table = { name: "deployments", kind: "table", about: "", rows: 4, columns };
  await visited("/explore", { ...DEMO, "/api/v1/catalog/facts/deployments": JSON.stringify(table) });
  await user.type(await screen.findByRole("searchbox", { name: "Find a table or column" }), "recovery_seconds");
  await screen.findByText("such as 3600.0, 86400.0");
});

it("draws the rows, and says the values by keys", async () => {
  const user = userEvent.setup();
  await explore("/explore?sql=SELECT+1");
  await user.click(screen.getByRole("button", { name: /^Run/ }));
  await screen.findByRole("grid");
  await user.click(screen.getByRole("tab", { name: "Chart" }));
  const chart = screen.getByRole("slider");
  chart.focus();
  await user.keyboard("{End}");
  expect(chart.getAttribute("aria-valuetext")).toMatch(/^\d{4}-\d{2}-\d{2}: deployments \d+/);
});

it("opens what the address says, keeps it there, and is brought there again by the way back", async () => {
  const user = userEvent.setup();
  const { router } = await explore("/explore?sql=SELECT+1&tab=history");
  const isOpen = (name: string) => screen.getByRole("tab", { name }).getAttribute("aria-selected") === "true";
  expect(isOpen("History")).toBe(true);
  screen.getByText("Nothing asked yet");
  await user.click(screen.getByRole("tab", { name: "Plan" }));
  await waitFor(() => expect(router.state.location.search).toEqual({ sql: "SELECT 1", tab: "plan" }));
  // Going from tab to tab is no step on the way back; to another page and back leads to the one that was open.
  expect(router.history.length).toBe(1);
  await act(() => router.navigate({ to: "/teams" }));
  await screen.findByRole("heading", { level: 1, name: "Teams" });
  act(() => router.history.back());
  await waitFor(() => expect(isOpen("Plan")).toBe(true));
  // What came of a statement is seen.
  await user.click(screen.getByRole("button", { name: /^Run/ }));
  await screen.findByRole("grid");
  await waitFor(() => expect(router.state.location.search).toEqual({ sql: "SELECT 1" }));
  await user.click(screen.getByRole("tab", { name: "Chart" }));
  await user.click(screen.getByRole("button", { name: /^Run/ }));
  await screen.findByRole("slider");
  expect(router.state.location.search).toEqual({ sql: "SELECT 1", tab: "chart" });
});

it("has in the address how the rows are drawn, and draws what an address says of columns that there are", async () => {
  const user = userEvent.setup();
  const { router } = await explore("/explore?sql=SELECT+1&tab=chart&chart=bar~1~2");
  await user.click(screen.getByRole("button", { name: /^Run/ }));
  const form = await screen.findByRole<HTMLSelectElement>("combobox", { name: "Form" });
  expect([form.value, screen.getByRole<HTMLSelectElement>("combobox", { name: "Along" }).value]).toEqual(["bar", "1"]);
  await user.click(screen.getByRole("checkbox", { name: "recovery" }));
  await waitFor(() => expect(router.state.location.search).toMatchObject({ chart: "bar~1~2~3" }));
  await user.selectOptions(form, "line");
  await waitFor(() => expect(router.state.location.search).toMatchObject({ chart: "line~1~2~3" }));
  // The same again is drawn the same; another statement has other columns.
  await user.click(screen.getByRole("button", { name: /^Run/ }));
  await waitFor(() => expect(router.state.location.search).toMatchObject({ chart: "line~1~2~3" }));
  await act(() => router.navigate({ to: ".", search: { sql: "SELECT 1", tab: "chart", chart: "line~9~8" } }));
  await waitFor(() => expect(screen.getByRole<HTMLSelectElement>("combobox", { name: "Along" }).value).toBe("0"));
});

it("opens the rows where the address names no tab that there is", async () => {
  const { router } = await explore("/explore?tab=secrets");
  expect(screen.getByRole("tab", { name: "Rows" }).getAttribute("aria-selected")).toBe("true");
  await waitFor(() => expect(router.state.location.searchStr).toBe(""));
});

it("is no page for whoever may not ask", async () => {
  await visited("/explore", { ...DEMO, "/api/v1/me": DEMO["/api/v1/me"].replace(',"sql:run"', "") });
  await screen.findByText("Questions in SQL are not yours to ask");
  expect(screen.queryByRole("link", { name: "Explore" })).toBeNull();
});
