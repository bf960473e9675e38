import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Flow, House } from "@/api/house";
import type { Likeness, Mapping, Proposal, Trial } from "@/api/mapping";
import { formatter } from "@/design/format";
import { connectionName, missed } from "@/pages/mapping/Environments";
import { bestKnown, decisionsOf, taken, unanswered } from "@/pages/mapping/likeness";
import { holder, literal, matches, moved } from "@/pages/mapping/patterns";
import { backOf, decisionsOf as scopesOf, scopedBoard, scopedRepository, suggestions } from "@/pages/mapping/projects";
import { draftOf, flowOf, suggested } from "@/pages/mapping/stage-draft";
import { summaries } from "@/pages/mapping/type-lists";
import { columnWord, figuresThatChange, tableWords } from "@/parts/effect-words";
import { as, OWNER } from "./people";
import { changes, recorded, visited } from "./shown";
import { plain } from "./plain";

afterEach(() => vi.unstubAllGlobals());

const mapping = JSON.parse(recorded("mapping")) as Mapping;
const house = JSON.parse(recorded("tenant")) as House;
const { effects } = JSON.parse(recorded("trial")) as Trial;
const { flow } = house.rules;
const JOB = JSON.stringify({ id: "job_2", kind: "map", subject: "", run: "job_2", state: "queued" });

describe("a pattern", () => {
  it("is of a whole word, upper and lower case alike", () => {
    for (const [pattern, word, is] of [
      ["in review", "In Review", true],
      ["*review*", "Code Review", true],
      ["review", "Code Review", false],
      ["v?.[0-9]", "v1.7", true],
      ["v?.[!0-9]", "v1.7", false],
      ["a.b", "axb", false],
      ["[*]", "*", true],
      ["[", "[", true],
      ["a\\*", "a*", true],
      ["a\\*", "ab", false],
      ["[z-a]", "m", false],
    ] as const)
      expect([pattern, word, matches(pattern, word)]).toEqual([pattern, word, is]);
  });

  it("of one word stands for that word, whatever signs it has", () => {
    for (const word of ["To Do", "[x] *done?*", "back\\slash", "Waiting, on others"]) {
      expect(matches(literal(word), word)).toBe(true);
      expect(matches(literal(word), `${word}!`)).toBe(false);
      expect(literal(word)).not.toContain(",");
    }
    expect(matches(literal("*"), "x")).toBe(false);
  });
});

describe("a word", () => {
  const lists = [
    { name: "a", patterns: ["*debt*", "chore"] },
    { name: "b", patterns: ["task"] },
  ];

  it("is in the first list that holds it, by a pattern of its own or a wider one", () => {
    expect(holder(lists, "Task")).toEqual({ at: 1, name: "b", pattern: "task", own: true });
    expect(holder(lists, "Tech Debt")).toEqual({ at: 0, name: "a", pattern: "*debt*", own: false });
    expect(holder(lists, "Story")).toBeNull();
  });

  it("is moved with its own pattern, and wider ones stay", () => {
    expect(moved(lists, "Task", 0)).toEqual([
      { name: "a", patterns: ["*debt*", "chore", "Task"] },
      { name: "b", patterns: [] },
    ]);
    expect(moved(lists, "Task", null).map(({ patterns }) => patterns)).toEqual([["*debt*", "chore"], []]);
    expect(moved(lists, "debt", 0)).toEqual(lists);
    const alike = ["x", "y"].map((pattern) => ({ name: "", patterns: [pattern] }));
    expect(moved(alike, "Task", 1).map(({ patterns }) => patterns)).toEqual([["x"], ["y", "Task"]]);
  });
});

describe("suggested stages", () => {
  it("are taken whole where there are none, and name each status once", () => {
    const taken = flowOf(suggested(draftOf(flow), mapping));
    expect(taken.stages.map(({ name }) => name)).toEqual(["Backlog", "Ready", "In progress", "Review", "Done"]);
    expect(taken.stages[2]).toEqual({ name: "In progress", statuses: ["In Progress", "Waiting? on others"], active: true });
    expect(taken.commitment).toBe("Ready");
  });

  it("leave what somebody decided, and stand where they would in the order", () => {
    const own: Flow = {
      ...flow,
      stages: [
        { name: "backlog", statuses: ["To Do", "Selected*"], active: false },
        { name: "Done", statuses: ["done"], active: false },
      ],
      commitment: "backlog",
    };
    const { stages, commitment } = flowOf(suggested(draftOf(own), mapping));
    expect(stages.map(({ name }) => name)).toEqual(["backlog", "In progress", "Review", "Done"]);
    expect([stages[0], stages[3], commitment]).toEqual([own.stages[0], own.stages[1], "backlog"]);
  });

  it("lose a commitment to a stage that is gone", () => {
    expect(flowOf({ stages: [], commitment: "Ready", blocked: [], abandoned: [] }).commitment).toBeNull();
  });
});

it("lists each type once, those with the most items without a class first", () => {
  const found = summaries(mapping.types);
  expect(found.map(({ kind }) => kind)).toEqual(["Task", "Epic", "", "Story", "Bug", "Tech Debt Task"]);
  expect(found[0]).toEqual({
    kind: "Task",
    items: 96,
    unclassified: 84,
    levels: ["item"],
    classes: [
      { name: "unclassified", items: 84 },
      { name: "debt", items: 12 },
    ],
  });
});

describe("what is decided of people", () => {
  const [named, login] = mapping.people as [Likeness, Likeness];

  it("is that the others are the one of whom the most is known", () => {
    expect(bestKnown(named.people)).toBe("github:hub:users/7");
    expect(decisionsOf(named, { ...unanswered(named), what: "one" })).toEqual([
      { entity: "identity_overrides", row: { identity_id: "jira:tickets:users/5b10", person_id: "github:hub:users/7" } },
    ]);
    expect(decisionsOf(named, unanswered(named))).toEqual([]);
  });

  it("takes them apart, and leaves those together that one goes by", () => {
    expect(decisionsOf(login, { ...unanswered(login), what: "apart" }).map(({ row }) => row)).toEqual([
      { identity_id: "git:api:authors/d", person_id: "git:api:authors/d" },
      { identity_id: "git:api:authors/d2", person_id: "git:api:authors/d" },
      { identity_id: "github:hub:users/91", person_id: null },
    ]);
  });

  it("is that one is a program, and can be taken back", () => {
    const decisions = decisionsOf(login, { ...unanswered(login), programs: ["github:hub:users/91"] });
    expect(decisions.map(({ row }) => row)).toEqual([
      { identity_id: "github:hub:users/91", person_id: "github:hub:users/91", is_bot: true },
    ]);
    expect(taken(decisions)).toEqual([
      { entity: "identity_overrides", row: { id: "push:decisions:identity_overrides/github:hub:users/91", deleted: true } },
    ]);
  });
});

it("puts repositories into projects, new ones first, and knows the way back", () => {
  const repositories = mapping.repositories.map(scopedRepository);
  const choices = {
    ...suggestions(repositories, {}),
    "github:hub:repositories/2": "push:decisions:tools",
    "github:hub:repositories/3": "",
  };
  const made = [
    { id: "tools", name: "Tools", team: "" },
    { id: "unused", name: "Unused", team: "t" },
  ];
  expect(scopesOf("repository", choices, made)).toEqual([
    { entity: "projects", row: { id: "tools", name: "Tools" } },
    {
      entity: "project_scopes",
      row: { scope_id: "github:hub:repositories/1", scope_kind: "repository", project_id: "jira:tickets:projects/10101" },
    },
    {
      entity: "project_scopes",
      row: { scope_id: "github:hub:repositories/2", scope_kind: "repository", project_id: "push:decisions:tools" },
    },
    { entity: "project_scopes", row: { id: "push:decisions:project_scopes/github:hub:repositories/3", deleted: true } },
  ]);
  const back = backOf("repository", choices, repositories);
  expect(back.map(({ row }) => row.project_id ?? row.deleted)).toEqual([true, true, "p:2"]);
  expect(suggestions(repositories, { "github:hub:repositories/1": "p:2" })).toEqual({});
});

it("puts boards into projects, and takes a decision back where the board's own source says a project", () => {
  const boards = mapping.boards.map(scopedBoard);
  const choices = suggestions(boards, {});
  expect(choices).toEqual({ "jira:tickets:boards/7": "jira:tickets:projects/10101" });
  expect(scopesOf("board", choices, [])).toEqual([
    {
      entity: "project_scopes",
      row: { scope_id: "jira:tickets:boards/7", scope_kind: "board", project_id: "jira:tickets:projects/10101" },
    },
  ]);
  const all = Object.fromEntries(boards.map(({ id }) => [id, "p:1"]));
  const back = backOf("board", all, boards);
  expect(back.map(({ row }) => row.project_id ?? row.deleted)).toEqual([true, true, "p:2"]);
});

it("points out environments that look like production and do not count, and whose settings say so", () => {
  expect(missed(mapping.environments).map(({ environment }) => environment)).toEqual(["eu-prod"]);
  expect([connectionName("github:hub"), connectionName("push:ci")]).toEqual(["hub", null]);
});

describe("effects", () => {
  const { count } = formatter("en", "UTC");

  it("are told in words", () => {
    expect(effects?.tables.map((table) => tableWords(table, count))).toEqual([
      "412 of 5,210 work items: stage 412, team 300",
      "3 stays in a status would come; 1 stay in a status would go",
    ]);
    const columns = Object.fromEntries("abcdefgh".split("").map((name, at) => [name, 8 - at]));
    expect(tableWords({ table: "new_facts", rows: 1, come: 0, go: 0, change: 1, columns }, count)).toBe(
      "1 of 1 new facts: a 8, b 7, c 6, d 5, e 4, f 3, 2 more",
    );
    expect(["started_at", "team_id", "review_seconds", "is_bot"].map(columnWord)).toEqual([
      "started",
      "team",
      "review",
      "is bot",
    ]);
  });

  it("name figures that would be others, and no noise", () => {
    if (!effects) throw new Error("none were recorded");
    expect(figuresThatChange(effects).map(({ metric }) => metric)).toEqual(["flow_efficiency", "lead_time"]);
    const same = { metric: "x", title: "X", unit: "ratio", value: 0.3, n: 3, tried_value: 0.1 + 0.2, tried_n: 3 };
    expect(figuresThatChange({ tables: [], figures: [same] })).toEqual([]);
    expect(figuresThatChange({ tables: [], figures: [{ ...same, tried_n: 4 }] })).toHaveLength(1);
  });
});

/** What was tried, and what was done. */
const tried = (view: Awaited<ReturnType<typeof visited>>) =>
  changes(view.fetched).filter(({ path }) => path === "/api/v1/mapping/trials");
const done = (view: Awaited<ReturnType<typeof visited>>) =>
  changes(view.fetched).filter(({ path, method }) => path !== "/api/v1/mapping/trials" && method !== "GET");

/** Takes back what is told. */
async function undo(user: ReturnType<typeof userEvent.setup>, told: string) {
  const word = (await screen.findByText(told)).parentElement as HTMLElement;
  await user.click(within(word).getByRole("button", { name: "Undo" }));
}

it("shows what the suggested stages would change, applies them, and leads to the job", async () => {
  const user = userEvent.setup();
  const patched = {
    ...house,
    version: 3,
    rules: { ...house.rules, flow: { ...flow, stages: mapping.stages, commitment: "Ready" } },
  };
  const view = await visited("/admin/mapping", {
    ...OWNER,
    "/api/v1/tenant": (_, method) => (method === "PATCH" ? JSON.stringify(patched) : JSON.stringify(house)),
    "/api/v1/jobs": (_, method) => (method === "POST" ? JOB : recorded("jobs")),
  });
  await screen.findByText(/6 are in no stage/);
  const apply = screen.getByRole<HTMLButtonElement>("button", { name: "Apply" });
  expect(apply.disabled).toBe(true);
  await user.click(screen.getByRole("button", { name: "Take the suggestions" }));
  const review = screen.getByRole<HTMLSelectElement>("combobox", { name: "Stage of Code Review" });
  expect(review.selectedOptions[0]?.text).toBe("Review");
  await user.selectOptions(screen.getByRole("combobox", { name: "Stage of To Do" }), "Ready");
  await user.click(screen.getByRole("button", { name: "Take Backlog away" }));
  await user.click(screen.getByRole("button", { name: "What would change" }));
  await screen.findByText("412 of 5,210 work items: stage 412, team 300");
  const figures = within(screen.getByRole("table", { name: "Figures that would change" }));
  expect(plain(figures.getByText("Lead time").closest("tr")?.textContent)).toContain("3.5 days4.1 days, up");
  expect(figures.queryByText("Throughput")).toBeNull();
  const [asked] = tried(view);
  const { rules } = asked?.body as Proposal;
  expect(rules?.people).toEqual(house.rules.people);
  expect(rules?.flow.stages.map(({ name, statuses }) => [name, ...statuses])).toEqual([
    ["Ready", "Selected for Development", "To Do"],
    ["In progress", "In Progress", "Waiting? on others"],
    ["Review", "Code Review"],
    ["Done", "Done"],
  ]);
  expect(rules?.flow.commitment).toBe("Ready");
  await user.click(apply);
  const link = await screen.findByRole("link", { name: "See the job" });
  expect(link.getAttribute("href")).toBe("/jobs?open=job_2");
  expect(done(view).map(({ method, path, body, version }) => [method, path, version, body])).toEqual([
    ["PATCH", "/api/v1/tenant", '"2"', { rules }],
    ["POST", "/api/v1/jobs", null, { kind: "model" }],
  ]);
  await undo(user, "The stages are kept");
  await waitFor(() => expect(done(view)).toHaveLength(4));
  expect((done(view)[2]?.body as { rules: House["rules"] }).rules.flow).toEqual(flow);
});

it("says so where what was tried is not what is there any more", async () => {
  const user = userEvent.setup();
  await visited("/admin/mapping", OWNER);
  await user.click(await screen.findByRole("button", { name: "Take the suggestions" }));
  await user.click(screen.getByRole("button", { name: "What would change" }));
  await screen.findByText("412 of 5,210 work items: stage 412, team 300");
  await user.type(screen.getByLabelText("Stage 1"), "!");
  await screen.findByText(/try it again/);
});

it("says where nothing would change, why something could not be tried, and that it is on its way", async () => {
  const user = userEvent.setup();
  const trials = {
    nothing: { state: "succeeded", reason: "done", effects: { tables: [], figures: [] } },
    dead: { state: "dead", reason: "the stages say nothing", effects: null },
    over: { state: "succeeded", reason: "done", effects: null },
    running: { state: "running", reason: "", effects: null },
  };
  const asked = Object.keys(trials);
  await visited("/admin/mapping", {
    ...OWNER,
    "/api/v1/mapping/trials": () => JSON.stringify({ id: asked.shift(), state: "queued", reason: "", effects: null }),
    "/api/v1/mapping/trials/": (path) => JSON.stringify(trials[path.split("/").at(-1) as keyof typeof trials]),
  });
  await user.click(await screen.findByRole("button", { name: "Take the suggestions" }));
  for (const says of ["Nothing would change.", "the stages say nothing", /that is over: try it again/, /\(running\)/]) {
    await user.click(await screen.findByRole("button", { name: "What would change" }));
    await screen.findByText(says);
  }
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Being tried" }).disabled).toBe(true);
});

it("keeps stages in the order that somebody gave them", async () => {
  const user = userEvent.setup();
  const view = await visited("/admin/mapping", {
    ...OWNER,
    "/api/v1/jobs": (_, method) => (method === "POST" ? JOB : recorded("jobs")),
  });
  for (const [at, name, statuses] of [
    [1, "Ready", "Selected, *ready*"],
    [2, "Build", "In Progress"],
  ] as const) {
    await user.click(await screen.findByRole("button", { name: "Add a stage" }));
    await user.type(screen.getByLabelText(`Stage ${at}`), name);
    await user.type(screen.getAllByLabelText("Statuses")[at - 1] as HTMLElement, statuses);
  }
  await user.click(screen.getByRole("button", { name: "Build earlier" }));
  await user.selectOptions(screen.getByRole("combobox", { name: "Committed to from" }), "Ready");
  await user.click(screen.getByRole("button", { name: "Apply" }));
  await waitFor(() => expect(done(view)[0]?.method).toBe("PATCH"));
  expect(done(view)[0]?.body).toEqual({
    rules: {
      ...house.rules,
      flow: {
        ...flow,
        stages: [
          { name: "Build", statuses: ["In Progress"], active: true },
          { name: "Ready", statuses: ["Selected", "*ready*"], active: true },
        ],
        commitment: "Ready",
      },
    },
  });
});

it("takes the words of what was closed without being done", async () => {
  const user = userEvent.setup();
  const view = await visited("/admin/mapping", OWNER);
  const field = await screen.findByLabelText<HTMLInputElement>("Closed without being done");
  expect(field.value).toBe(flow.abandoned.join(", "));
  await user.clear(field);
  await user.type(field, "won't *, out of scope");
  await user.click(screen.getByRole("button", { name: "What would change" }));
  await waitFor(() => expect(tried(view)).toHaveLength(1));
  expect(tried(view)[0]?.body).toEqual({
    rules: { ...house.rules, flow: { ...flow, abandoned: ["won't *", "out of scope"] } },
  });
});

it("puts a type without a class into one, which its words then name", async () => {
  const user = userEvent.setup();
  const view = await visited("/admin/mapping/types", OWNER);
  const table = within(await screen.findByRole("table", { name: "Types of work items" }));
  expect(table.getAllByRole("rowheader")[0]?.textContent).toBe("Task");
  expect(table.getByText("*debt*").closest("td")?.textContent).toContain("Debt by");
  await user.selectOptions(table.getByRole("combobox", { name: "Class of Task" }), "Features");
  expect(screen.getByLabelText<HTMLInputElement>("Features").value).toBe([...flow.features, "Task"].join(", "));
  await user.selectOptions(table.getByRole("combobox", { name: "Level of Bug" }), "Parts of others");
  await user.click(screen.getByRole("button", { name: "What would change" }));
  await waitFor(() => expect(tried(view)).toHaveLength(1));
  expect(tried(view)[0]?.body).toEqual({
    rules: {
      ...house.rules,
      flow: { ...flow, features: [...flow.features, "Task"], subtasks: [...flow.subtasks, "Bug"] },
    },
  });
});

it("merges people that somebody says are one, and takes that back", async () => {
  const user = userEvent.setup();
  const view = await visited("/admin/mapping/people", { ...OWNER, "/api/v1/mapping/decisions": [202, JOB] });
  await user.selectOptions(await screen.findByRole("combobox", { name: "Those of the name robin vale" }), "are one person");
  expect(screen.getByRole<HTMLSelectElement>("combobox", { name: "Kept as" }).value).toBe("github:hub:users/7");
  const panel = within(screen.getByText("Who could be one").closest("section") as HTMLElement);
  await user.click(panel.getByRole("button", { name: "Apply" }));
  const row = { identity_id: "jira:tickets:users/5b10", person_id: "github:hub:users/7" };
  await waitFor(() => expect(done(view)[0]?.body).toEqual({ decisions: [{ entity: "identity_overrides", row }] }));
  await undo(user, "Decided about 1 name");
  await waitFor(() =>
    expect(done(view)[1]?.body).toEqual({
      decisions: [
        { entity: "identity_overrides", row: { id: "push:decisions:identity_overrides/jira:tickets:users/5b10", deleted: true } },
      ],
    }),
  );
});

it("tries rules about names with all the others as they are", async () => {
  const user = userEvent.setup();
  const view = await visited("/admin/mapping/people", OWNER);
  const panel = within((await screen.findByText("By rules")).closest("section") as HTMLElement);
  await user.click(panel.getByRole("checkbox", { name: "Names with one login are one person's" }));
  await user.type(panel.getByLabelText("Programs"), "ci-*, *[[bot]");
  await user.click(panel.getByRole("button", { name: "What would change" }));
  await waitFor(() => expect(tried(view)).toHaveLength(1));
  expect(tried(view)[0]?.body).toEqual({
    rules: { ...house.rules, people: { by_email: true, by_login: true, bots: ["ci-*", "*[bot]"], humans: [] } },
  });
});

it("takes suggestions for repositories in bulk, and puts others into a new project", async () => {
  const user = userEvent.setup();
  const view = await visited("/admin/mapping/repositories", { ...OWNER, "/api/v1/mapping/decisions": [202, JOB] });
  await screen.findByText("Shop: 12 of 14 pull requests name items of it");
  await user.click(screen.getByRole("button", { name: "Take the suggestions" }));
  await user.type(screen.getByLabelText("Name"), "Inner Tools");
  await user.click(screen.getByRole("button", { name: "Add it to the choices" }));
  await user.selectOptions(screen.getByRole("combobox", { name: "Project of acme/tools" }), "Inner Tools");
  await user.click(screen.getByRole("button", { name: "Apply" }));
  await waitFor(() => expect(done(view)).toHaveLength(1));
  expect((done(view)[0]?.body as Proposal).decisions?.map(({ row }) => row)).toEqual([
    { id: "inner-tools", name: "Inner Tools" },
    { scope_id: "github:hub:repositories/1", scope_kind: "repository", project_id: "jira:tickets:projects/10101" },
    { scope_id: "github:hub:repositories/2", scope_kind: "repository", project_id: "push:decisions:inner-tools" },
  ]);
});

it("takes suggestions for boards, and offers to take back what was decided where something was", async () => {
  const user = userEvent.setup();
  const view = await visited("/admin/mapping/boards", { ...OWNER, "/api/v1/mapping/decisions": [202, JOB] });
  await screen.findByText("Shop: 31 of 34 items of its sprints are in it");
  const offered = (board: string) =>
    [...screen.getByRole<HTMLSelectElement>("combobox", { name: `Project of ${board}` }).options].map(({ text }) => text);
  const back = "as its source says: takes back what was decided";
  expect(offered("Ledger")).not.toContain(back);
  expect(offered("Platform")).toContain(back);
  await user.click(screen.getByRole("button", { name: "Take the suggestions" }));
  await user.selectOptions(screen.getByRole("combobox", { name: "Project of Platform" }), back);
  await user.click(screen.getByRole("button", { name: "What would change" }));
  await screen.findByText("412 of 5,210 work items: stage 412, team 300");
  const decisions = [
    {
      entity: "project_scopes",
      row: { scope_id: "jira:tickets:boards/7", scope_kind: "board", project_id: "jira:tickets:projects/10101" },
    },
    { entity: "project_scopes", row: { id: "push:decisions:project_scopes/jira:tickets:boards/9", deleted: true } },
  ];
  expect(tried(view)[0]?.body).toEqual({ decisions });
  await user.click(screen.getByRole("button", { name: "Apply" }));
  await waitFor(() => expect(done(view)[0]?.body).toEqual({ decisions }));
  await undo(user, "Decided about 2 boards");
  await waitFor(() =>
    expect((done(view)[1]?.body as Proposal).decisions?.map(({ row }) => row.project_id ?? row.deleted)).toEqual([true, "p:2"]),
  );
});

it("leads from an environment that does not count to the settings that say so, where a change is tried", async () => {
  const user = userEvent.setup();
  const view = await visited("/admin/mapping/environments", OWNER);
  await screen.findByText(/One looks like production and does not count: eu-prod/);
  const table = within(screen.getByRole("table", { name: "Environments" }));
  expect(table.getAllByRole("rowheader")[0]?.textContent).toBe("eu-prod");
  await user.click(table.getAllByRole("link", { name: /hub/ })[0] as HTMLElement);
  const dialog = within(await screen.findByRole("dialog", { name: "Change hub" }));
  await user.type(dialog.getByLabelText("Production environments"), "eu-prod");
  await user.click(dialog.getByRole("button", { name: "What would change" }));
  await dialog.findByText("412 of 5,210 work items: stage 412, team 300");
  expect(tried(view)[0]?.body).toEqual({
    connection: { name: "hub", settings: { owners: ["acme"], deployments: { production: ["eu-prod"] } } },
  });
  await user.click(dialog.getByRole("button", { name: "Close" }));
  await waitFor(() => expect(view.router.state.location.searchStr).toBe(""));
});

it("tells who does not see all of the tenant why there is no mapping, and nobody else of it", async () => {
  const detail = "what is mapped to what is for those who see all of the tenant";
  await visited("/admin/mapping", {
    ...OWNER,
    "/api/v1/mapping": [400, JSON.stringify({ code: "invalid-question", title: "It cannot be asked", detail })],
  });
  await screen.findByText(/is mapped to what is for those who see all of the tenant/);
});

it("is for whoever may manage the tenant", async () => {
  await visited("/admin/mapping/people", as("jobs:read"));
  await screen.findByText("tenant:manage");
});
