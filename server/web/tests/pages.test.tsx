import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Dashboard } from "@/api/types";
import { formatter } from "@/design/format";
import { DEMO, recorded, visited } from "./shown";

afterEach(() => vi.unstubAllGlobals());
const of = (name: string) => JSON.parse(recorded(name)) as Dashboard;

describe.each([
  ["/", "overview"],
  ["/dora", "dora"],
  ["/flow", "flow"],
  ["/change", "change"],
  ["/reliability", "reliability"],
  ["/projects", "projects"],
  ["/project?project=jira%3Atickets%3Aprojects%2F10101", "project"],
  ["/teams", "teams"],
  ["/forecast", "forecast"],
])("%s", (path, name) => {
  it("shows every tile, chart and table that the API told of", async () => {
    await visited(path);
    const dashboard = of(name);
    // A project is called by its name.
    await screen.findByRole("heading", { level: 1, name: name === "project" ? "Project Shop" : dashboard.title });
    const figures = await screen.findByRole("region", { name: "Figures" });
    expect(within(figures).getAllByRole("article")).toHaveLength(dashboard.tiles.length);
    // What stands below comes one by one.
    await screen.findByRole("heading", { name: "What this rests on" });
    // Two more where work items stand one by one, and those of a page alone.
    const more = { dora: 1, flow: 2, reliability: 1, project: 3 }[name] ?? 0;
    const charts = dashboard.series.length + more;
    await waitFor(() => expect(screen.getAllByRole("figure")).toHaveLength(charts));
    for (const by of ["team", "project", "repository"]) {
      const tables = dashboard.tables.filter((table) => table.by === by);
      const [full, empty] = [tables.filter(({ rows }) => rows.length > 0), tables.filter(({ rows }) => rows.length === 0)];
      expect(screen.queryAllByRole("table", { name: new RegExp(`^By ${by}`) })).toHaveLength(full.length);
      expect(screen.queryAllByText(`No ${by} in this span.`)).toHaveLength(empty.length);
      expect(screen.queryAllByRole("heading", { name: `By ${by}` })).toHaveLength(Math.min(1, tables.length));
    }
    for (const { connection } of dashboard.freshness)
      expect(screen.getAllByText(connection, { exact: false })).not.toHaveLength(0);
  });
});

it("calls a project by its name also where no risk of it is told", async () => {
  const project = JSON.stringify({ ...of("project"), risks: [] });
  await visited("/project?project=p%3A1&team=p%3A2", { ...DEMO, "/api/v1/dashboards/project/": project });
  await screen.findByRole("heading", { level: 1, name: "Project Shop" });
  expect(document.title).toBe("Project Shop – Pulse");
});

it("says three sentences below the headline, and the others when somebody asks", async () => {
  await visited("/");
  const words = await screen.findByRole("region", { name: "In words" });
  const told = of("overview").narrative;
  const folded = within(words)
    .getByText(/^\d+ more$/)
    .closest("details");
  const open = within(words)
    .getAllByRole("listitem")
    .filter((item) => !folded?.contains(item));
  expect(open).toHaveLength(3);
  for (const { text } of told)
    for (const sentence of text.split(/(?<=[.!?]) (?=[A-Z0-9])/))
      expect(words.textContent).toContain(formatter("en", "UTC").sentence(sentence));
  expect(folded?.open).toBe(false);
});

it("asks for what the address says, and for nothing else", async () => {
  const { fetched } = await visited("/flow?from=2026-08-31&until=2026-11-27&grain=month&team=p%3A1");
  await screen.findByRole("region", { name: "Figures" });
  const paths = fetched.mock.calls.map(([path]) => path);
  expect(paths).toContain("/api/v1/dashboards/flow?from=2026-08-31&until=2026-11-27&grain=month&team=p%3A1");
});

it("keeps what is chosen in the address", async () => {
  const user = userEvent.setup();
  const { router } = await visited("/dora");
  await user.selectOptions(await screen.findByRole("combobox", { name: "By" }), "month");
  await waitFor(() => expect(router.state.location.searchStr).toBe("?grain=month"));
});

it("opens the rows behind a number at an address of their own, with formula, reasons and SQL", async () => {
  const { router } = await visited("/dora");
  await userEvent.setup().click(await screen.findByRole("link", { name: /^Change lead time: .* Open the rows/ }));
  const drawer = await screen.findByRole("dialog", { name: "Change lead time" });
  expect(router.state.location.searchStr).toContain("evidence=%2Fapi%2Fv1%2Fmetrics%2Fchange_lead_time%2Fevidence");
  await within(drawer).findByRole("table", { name: "Rows: Counted" });
  within(drawer).getByText(/finish of the first successful production deployment/);
  within(drawer).getByText("dora.change_lead_time");
  expect(drawer.textContent).toContain("FROM facts.changes");
});

it("says what went wrong, and offers to ask again", async () => {
  const user = userEvent.setup();
  const busy: [number, string] = [504, '{"code":"timed-out","title":"It took too long","detail":"Ask for a shorter span."}'];
  const { fetched } = await visited("/dora", { ...DEMO, "/api/v1/dashboards/dora": busy });
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("Ask for a shorter span.");
  const before = fetched.mock.calls.length;
  await user.click(within(alert).getByRole("button", { name: "Ask again" }));
  await waitFor(() => expect(fetched.mock.calls.length).toBeGreaterThan(before));
});

it("offers to clear the filters where they were refused, and not to ask the same again", async () => {
  const user = userEvent.setup();
  const refused: [number, string] = [400, '{"code":"invalid-question","title":"Not so","detail":"no team `Gone` in the data"}'];
  const dora = (path: string) => (path.includes("team=Gone") ? refused : recorded("dora"));
  const { router } = await visited("/dora?team=Gone&grain=month&survey=2024", { ...DEMO, "/api/v1/dashboards/dora": dora });
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("No team Gone in the data.");
  expect(within(alert).queryByRole("button", { name: "Ask again" })).toBeNull();
  await user.click(within(alert).getByRole("button", { name: "Clear the filters" }));
  await screen.findByRole("link", { name: /^Change lead time: .* Open the rows/ });
  expect(screen.queryByRole("alert")).toBeNull();
  expect(router.state.location.searchStr).toBe("?survey=2024");
});

it("offers neither where what was refused is the page itself", async () => {
  const refused: [number, string] = [404, '{"code":"not-found","title":"There is no such thing","detail":"no project `gone`"}'];
  await visited("/project?project=gone", { ...DEMO, "/api/v1/dashboards/project/": refused });
  expect(within(await screen.findByRole("alert")).queryByRole("button")).toBeNull();
});

it("leads whoever is not signed in to the door", async () => {
  const none: [number, string] = [401, '{"code":"no-valid-token","title":"Sign in first","detail":"…"}'];
  await visited("/dora", { "/api/": none });
  expect((await screen.findByRole("link", { name: "Sign in" })).getAttribute("href")).toBe("/sign-in");
});

it("goes to a place by a few letters", async () => {
  const user = userEvent.setup();
  const { router } = await visited("/");
  await screen.findByRole("region", { name: "Figures" });
  await user.keyboard("{Control>}k{/Control}");
  const field = await screen.findByRole("combobox", { name: /^Go to/ });
  // Nobody has to click into it.
  expect(document.activeElement).toBe(field);
  await user.keyboard("reli{Enter}");
  await waitFor(() => expect(router.state.location.pathname).toBe("/reliability"));
});

it("finds metrics, repositories and what can be done by a few letters, too", async () => {
  const user = userEvent.setup();
  const groups = JSON.stringify({ groups: [{ key: "github:hub/acme/storefront", name: "acme/storefront" }] });
  const { router } = await visited("/flow?from=2026-08-31&until=2026-11-27&grain=week", {
    "/api/v1/metrics/deployment_frequency": groups,
    ...DEMO,
    "/api/v1/me": recorded("me"),
  });
  const go = async (letters: string) => {
    await user.keyboard("{Control>}k{/Control}");
    await screen.findByRole("combobox", { name: /^Go to/ });
    await user.keyboard(letters);
  };
  await screen.findByRole("region", { name: "Figures" });
  await go("change lead");
  // The rows are those of the span that the page shows.
  await screen.findByRole("option", { name: /^Change lead time ?metric$/ });
  await user.keyboard("{Enter}");
  const rows = "/api/v1/metrics/change_lead_time/evidence?from=2026-08-31&until=2026-11-27";
  await waitFor(() => expect(router.state.location.search).toMatchObject({ evidence: rows, grain: "week" }));
  await user.click(
    within(await screen.findByRole("dialog", { name: "Change lead time" })).getByRole("button", { name: "Close" }),
  );
  await go("storefront");
  await screen.findByRole("option", { name: /^acme.storefront ?repository$/ });
  await user.keyboard("{Enter}");
  await waitFor(() => expect(router.state.location.search).toMatchObject({ repository: "github:hub/acme/storefront" }));
  await go("sign out");
  const places = within(screen.getByRole("listbox", { name: "Places" }));
  expect(places.getAllByRole("option").map(({ textContent }) => textContent)).toEqual(["Sign outaction"]);
});

it("shows jobs by their chains, and tries one that waits for a person again", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/jobs", { ...DEMO, "/api/v1/jobs/": "{}" });
  const again = await screen.findByRole("button", { name: "Try again Read tickets" });
  const lists = screen.getAllByRole("list").filter((list) => list.tagName === "OL");
  // The chain of `job_4` changed last; that of the landing and its mapping is two jobs long.
  expect(lists.map((list) => within(list).getAllByRole("listitem").length)).toEqual([1, 1, 2]);
  await user.click(again);
  await waitFor(() =>
    expect(fetched).toHaveBeenCalledWith("/api/v1/jobs/job_3/resume", expect.objectContaining({ method: "POST" })),
  );
});

it("keeps the focus at what was pressed, which is another deed then", async () => {
  const user = userEvent.setup();
  let there = recorded("jobs");
  await visited("/jobs", {
    ...DEMO,
    "/api/v1/jobs": () => there,
    "/api/v1/jobs/": () => {
      there = there.replace('"state":"paused"', '"state":"queued"');
      return "{}";
    },
  });
  const resume = await screen.findByRole("button", { name: "Resume Tidy up tables" });
  await user.click(resume);
  await waitFor(() => expect(resume.textContent).toBe("Pause Tidy up tables"));
  expect(document.activeElement).toBe(resume);
});

it("shows the one chain that the address names, and leads to all of them", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/jobs?open=job_1", {
    ...DEMO,
    "/api/v1/jobs": (path) => recorded(path.includes("run=") ? "run" : "jobs"),
  });
  await screen.findByText("One of them and what follows it.");
  await waitFor(() => expect(screen.getAllByRole("list").filter(({ tagName }) => tagName === "OL")).toHaveLength(1));
  expect(fetched).toHaveBeenCalledWith("/api/v1/jobs?limit=50&run=job_1", expect.anything());
  await user.click(screen.getByRole("link", { name: "All jobs" }));
  await waitFor(() => expect(screen.getAllByRole("list").filter(({ tagName }) => tagName === "OL")).toHaveLength(3));
});

it("tells every step of a job, and lists the jobs of one state alone", async () => {
  const user = userEvent.setup();
  const at = 1_795_708_203_000_000;
  const steps = [
    { at, state: "queued", attempt: 0, worker: null, reason: "asked for by schedule" },
    { at: at + 1_000_000, state: "running", attempt: 8, worker: "node-1", reason: "begun" },
    { at: at + 2_000_000, state: "dead", attempt: 8, worker: "node-1", reason: "the vendor refused the credential: 401" },
  ];
  const { fetched, router } = await visited("/jobs", { ...DEMO, "/api/v1/jobs/": JSON.stringify({ steps }) });
  const row = (await screen.findByRole("button", { name: "Try again Read tickets" })).closest("li") as HTMLElement;
  await user.click(within(row).getByRole("button", { name: "Log of Read tickets" }));
  const log = await within(row).findByRole("list", { name: "Log of Read tickets" });
  expect(fetched).toHaveBeenCalledWith("/api/v1/jobs/job_3", expect.anything());
  const lines = within(log).getAllByRole("listitem");
  expect(lines.map((line) => line.querySelector("span")?.textContent)).toEqual(["queued", "running", "waits for a person"]);
  expect(lines[2]?.textContent).toMatch(/, try 8, by node-1the vendor refused the credential: 401$/);
  await user.selectOptions(screen.getByRole("combobox", { name: "State" }), "waits for a person");
  await waitFor(() => expect(fetched).toHaveBeenCalledWith("/api/v1/jobs?limit=100&state=dead", expect.anything()));
  expect(router.state.location.searchStr).toBe("?state=dead");
});

it("says why a connection fails, and how much of it is there", async () => {
  await visited("/connections");
  await waitFor(() => expect(screen.getAllByText("the vendor refused the credential: 401")).toHaveLength(2));
  screen.getByRole("table", { name: "How much of hub is there" });
  expect(screen.getAllByText("3 could not be mapped")).toHaveLength(2);
});

it("says how a reading that is under way stands as it is said elsewhere", async () => {
  const health = { ...(JSON.parse(recorded("health")) as object), open: { job: "job_9", state: "failed" } };
  await visited("/connections", { "/api/v1/connections/hub/health": JSON.stringify(health), ...DEMO });
  await screen.findByText("now: failed, to be tried again");
});

it("leads from a row to where the tool shows it, when the row says where, and to nothing that a browser would run", async () => {
  const row = (subject_id: string, url?: string | null) => ({
    at: "2026-11-16T10:40:04Z",
    subject_id,
    ...(url !== undefined && { url }),
    value: 1,
    open: false,
    excluded: null,
    counted: true,
  });
  const pull = (id: number, url?: string | null) => row(`github:hub:1/pull_requests/${id}`, url);
  const rows = [
    pull(1),
    pull(2, null),
    pull(3, "https://github.com/acme/shop/pull/3"),
    pull(4, "javascript:alert(1)"),
    pull(5, " javascript:alert(1)//https://github.com"),
    pull(6, "data:text/html,https://github.com"),
    pull(7, "//elsewhere.example/7"),
    row("jira:tickets:issues/10042", "http://jira.acme.internal/browse/PAY-7"),
  ];
  const href = "/api/v1/metrics/change_lead_time/evidence";
  await visited(`/dora?evidence=${encodeURIComponent(href)}`, { ...DEMO, [href]: JSON.stringify(rows) });
  const table = await screen.findByRole("table", { name: "Rows: Counted" });
  expect(within(table).getAllByRole("rowheader")).toHaveLength(rows.length);
  const links = within(table).getAllByRole("link");
  expect(links.map((link) => link.getAttribute("href"))).toEqual([
    "https://github.com/acme/shop/pull/3",
    "http://jira.acme.internal/browse/PAY-7",
  ]);
  for (const link of links) {
    expect(link.getAttribute("rel")).toBe("noreferrer");
    expect(link.getAttribute("target")).toBe("_blank");
  }
  expect(links[0]?.textContent).toContain("pull request 3");
  // An address is no column of its own, and a number that Jira alone knows is nobody's name for it.
  expect(within(table).queryByRole("columnheader", { name: "url" })).toBeNull();
  expect(links[1]?.textContent).toContain("issue PAY-7");
});

it("leads from a team to the same page of it alone, of the same days", async () => {
  const user = userEvent.setup();
  const { router, findByRole } = await visited("/flow?from=2026-08-31&until=2026-11-27");
  const table = await findByRole("table", { name: "By team" });
  expect(within(table).queryByRole("link", { name: "no team" })).toBeNull();
  await user.click(within(table).getByRole("link", { name: "Shop" }));
  const alone = "/flow?from=2026-08-31&until=2026-11-27&team=github%3Ahub%3Ateams%2F10000015";
  await waitFor(() => expect(router.state.location.href).toBe(alone));
});

it("says on paper what the page is limited to", async () => {
  const { findByText } = await visited("/dora?owning_team=p%3A1&team=p%3A2");
  const told = await findByText("Only of team Payments; owning team Shop");
  expect(told.className).toContain("print:block");
});
