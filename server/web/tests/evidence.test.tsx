import { screen, waitFor, within } from "@testing-library/react";
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { EvidenceRow } from "@/api/types";
import { placeOf } from "@/parts/Evidence";
import { reasons } from "@/parts/things";
import { DEMO, recorded, visited } from "./shown";

const row = (part: Partial<EvidenceRow>): EvidenceRow => ({
  at: "2026-11-16T10:40:04Z",
  subject_id: "github:hub:10000021/pull_requests/1",
  repository_id: null,
  project_id: null,
  team_id: null,
  value: 1,
  open: false,
  excluded: null,
  counted: true,
  ...part,
});

const HREF = "/api/v1/metrics/change_lead_time/evidence";
async function titles(rows: EvidenceRow[]) {
  const view = await visited(`/dora?evidence=${encodeURIComponent(HREF)}`, { ...DEMO, [HREF]: JSON.stringify(rows) });
  const table = await screen.findByRole("table", { name: "Rows: Counted" });
  const heads = within(table).getAllByRole("columnheader");
  return { ...view, table, titles: heads.map((head) => head.querySelector("button")?.textContent) };
}

it("names beside each row which repository it is of, where there are several", async () => {
  const shown = await titles([row({ repository_id: "p:1", team_id: "p:2" }), row({ repository_id: "p:2", team_id: "p:2" })]);
  expect(shown.titles).toEqual(["What", "repository", "When", "Value", "team"]);
  const named = await within(shown.table).findByText("Shop");
  const cells = named.closest("tr")?.children;
  expect(cells?.[1]?.textContent).toBe("Shop");
  // What is shown of an id is short: the room for a sentence, which its own length would get, would push the repository out of sight.
  expect(cells?.[0]?.textContent).toBe("pull request 1");
  expect(cells?.[0]?.className).not.toContain("min-w-44");
});

it("has what all rows have in common at the end", async () => {
  const shown = await titles([row({ repository_id: "p:1" }), row({ repository_id: "p:1" })]);
  expect(shown.titles).toEqual(["What", "When", "Value", "repository"]);
});

it("calls columns what people do, with the names of SQL behind that, and one that it does not know as SQL does", async () => {
  const more = {
    numerator: 1,
    denominator: 3,
    sprint_id: "jira:acme:sprints/118",
    left_at: "2026-11-17T10:00:00Z",
    own_thing: 4,
  };
  const shown = await titles([row({ ...more, value: null, team_id: "p:2" })]);
  expect(shown.titles).toEqual(["What", "When", "Part", "Whole", "Sprint", "Until", "own thing", "team"]);
  const raw = within(shown.table)
    .getAllByRole("columnheader")
    .map((head) => head.querySelector("button")?.title);
  expect(raw).toEqual(["subject_id", "at", "numerator", "denominator", "sprint_id", "left_at", "own_thing", "team_id"]);
  within(shown.table).getByText("sprint 118");
});

it("says why rows are left out, and of what class they are, in the page's words, with the API's behind them", async () => {
  const left = { value: null, counted: false, class: "unplanned", stage: "doing" };
  const rows = [row({ ...left, excluded: "bot" }), row({ ...left, excluded: "rain" })];
  await visited(`/dora?evidence=${encodeURIComponent(HREF)}`, { ...DEMO, [HREF]: JSON.stringify(rows) });
  const dialog = await screen.findByRole("dialog");
  await within(dialog).findByText("by a program:");
  // One of a metric of the tenant's own is told as that says it.
  within(dialog).getByText("rain:");
  const table = within(dialog).getByRole("table");
  expect(within(table).getByText("by a program").title).toBe("bot");
  within(table).getAllByText("unplanned");
  within(table).getAllByText("doing");
});

it("says what a row lacks that is not linked, mapped or attributed", async () => {
  const left = { value: null, numerator: 0, denominator: 1 };
  const lacking = ["no project", "no owner", "no owner"].map((lacks) => row({ ...left, lacks }));
  const shown = await titles([...lacking, row({ ...left, numerator: 1, lacks: null })]);
  expect(shown.titles).toContain("What it lacks");
  expect(within(shown.table).getAllByText("in no team, and nobody owns its project")[0]?.title).toBe("no owner");
  const counted = within(screen.getByRole("dialog")).getByText("in no team, and nobody owns its project:");
  expect([...(counted.closest("ul")?.children ?? [])].map((one) => one.textContent)).toEqual([
    "in no team, and nobody owns its project: 2",
    "in no team, and in no project: 1",
  ]);
});

it("says how many more reasons there are than it tells at first, and tells them on demand", async () => {
  // Ten reasons, of which the first is met ten times and the last once.
  const rows = Array.from({ length: 10 }, (_, place) =>
    Array.from({ length: 10 - place }, () => row({ value: null, counted: false, excluded: `reason ${place}` })),
  ).flat();
  const shownOf = async (some: EvidenceRow[]) => {
    const view = await visited(`/dora?evidence=${encodeURIComponent(HREF)}`, { ...DEMO, [HREF]: JSON.stringify(some) });
    const dialog = await screen.findByRole("dialog");
    const first = (await within(dialog).findByText("reason 0:")).closest("ul");
    return { ...view, dialog, first: first?.children.length };
  };
  const { dialog, first, unmount } = await shownOf(rows);
  expect(first).toBe(8);
  const more = within(dialog).getByText("and 2 more", { selector: "summary" });
  const hidden = [...(more.closest("details")?.querySelectorAll("li") ?? [])];
  expect(hidden.map((one) => one.textContent)).toEqual(["reason 8: 2", "reason 9: 1"]);
  unmount();
  // Nine are told at once: a line that hides one takes as much room.
  const nine = await shownOf(rows.filter(({ excluded }) => excluded !== "reason 9"));
  expect(nine.first).toBe(9);
  expect(within(nine.dialog).queryByText(/^and .* more$/)).toBeNull();
});

it("has words for every reason that a metric leaves a row out for, and for all that one lacks", () => {
  const folder = "../../sql/metrics";
  const given = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".sql"))
    .map((name) => readFileSync(`${folder}/${name}`, "utf8"))
    .flatMap((text) => [...text.matchAll(/CASE((?:(?!CASE)[\s\S])*?)END AS excluded/g), ...text.matchAll(/^ *(.*) AS lacks$/gm)])
    .flatMap(([, cases = ""]) => [...cases.matchAll(/(?:THEN|ELSE|,) '([^']+)'/g)].map(([, reason = ""]) => reason));
  expect(given.length).toBeGreaterThan(28);
  expect([...new Set(given)].filter((reason) => !(reason in reasons()))).toEqual([]);
});

it("has words for every reason for which a row of facts does not count", () => {
  const columns = readFileSync("../../docs/data-model.md", "utf8").matchAll(/^\| `excluded` \| text \| why ([^|]*) \|$/gm);
  const given = [...columns].flatMap(([, why = ""]) => [...why.matchAll(/`([^`]+)`/g)].map(([, reason = ""]) => reason));
  expect(given.length).toBeGreaterThan(25);
  expect([...new Set(given)].filter((reason) => !(reason in reasons()))).toEqual([]);
});

it("calls what the rows are limited to by its name, and what is not known by the end of its id", async () => {
  const href = `${HREF}?from=2026-11-16&until=2026-11-27&team=p%3A2&repository=github%3Ahub%3A7`;
  await visited(`/dora?evidence=${encodeURIComponent(href)}`, { ...DEMO, [HREF]: "[]" });
  const dialog = await screen.findByRole("dialog");
  await within(dialog).findByText(/, team Payments/);
  expect(dialog.textContent).toContain("From Nov 16, 2026 to Nov 26, 2026, team Payments, repository 7");
});

it("tells rows apart by repository, else by project, else by team, and some of none from those of one", () => {
  const [here, there] = [
    { repository_id: "a", project_id: "p" },
    { repository_id: "b", project_id: "q" },
  ];
  expect(placeOf([row(here), row(there)])).toBe("repository");
  expect(placeOf([row(here), row({ ...there, repository_id: "a" })])).toBe("project");
  expect(placeOf([row({ team_id: "t" }), row({})])).toBe("team");
  expect(placeOf([row({ owning_team_id: "t" }), row({ owning_team_id: "u" })])).toBe("owning_team");
  expect(placeOf([row(here), row(here)])).toBeUndefined();
});

it("sets names in a definition apart, and not their backticks", async () => {
  const told = JSON.parse(recorded("metrics")) as { metrics: { name: string }[] };
  const metrics = told.metrics.map((one) =>
    one.name === "change_lead_time" ? { ...one, description: "Of `n` changes.", formula: "`n` ÷ weeks" } : one,
  );
  const all = JSON.stringify({ ...told, metrics });
  await visited(`/dora?evidence=${encodeURIComponent(HREF)}`, { ...DEMO, [HREF]: "[]", "/api/v1/metrics": all });
  const dialog = await screen.findByRole("dialog");
  const names = await within(dialog).findAllByText("n", { selector: "code" });
  expect(names).toHaveLength(2);
  expect(dialog.textContent).not.toContain("`");
});

it("opens from an address nothing but the rows of a metric, and asks for nothing that makes no sense", async () => {
  for (const href of [
    "/api/v1/jobs",
    "https://elsewhere.example/api/v1/metrics/x/evidence",
    "/api/v1/metrics/../jobs/evidence",
  ]) {
    const query = new URLSearchParams({ evidence: href, from: "yesterday", grain: "year", compare: "x", team: "blue" });
    const { fetched, router, unmount } = await visited(`/dora?${query.toString()}`);
    await screen.findByRole("region", { name: "Figures" });
    const asked = fetched.mock.calls.map(([path]) => path);
    expect(asked).toContain("/api/v1/dashboards/dora?team=blue");
    expect(asked).not.toContain(href);
    expect(screen.queryByRole("dialog")).toBeNull();
    await waitFor(() => expect(router.state.location.searchStr).toBe("?team=blue"));
    unmount();
  }
});

it("takes of the address of a list only what makes sense", async () => {
  const { router } = await visited(`/notifications?state=${"x".repeat(300)}&find=`);
  await screen.findByRole("heading", { level: 1, name: "Notifications" });
  await waitFor(() => expect(router.state.location.searchStr).toBe(""));
});
