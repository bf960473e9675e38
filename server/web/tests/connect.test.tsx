import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Dashboard, Health, Job } from "@/api/types";
import { credentialOf, missing } from "@/pages/connect/CredentialFields";
import { kindOf, kinds, settingsOf, type Kind } from "@/pages/connect/kinds";
import { at, put } from "@/pages/connect/settings";
import { budgetWords } from "@/pages/connect/Whole";
import { nothingLanded } from "@/pages/Figures";
import { reached } from "@/pages/FirstRun";
import { linesOf, readLines } from "@/parts/lines";
import { as, OWNER } from "./people";
import { changes, recorded, visited } from "./shown";

afterEach(() => vi.unstubAllGlobals());
const kind = (name: string) => kindOf(name) as Kind;

describe("settings", () => {
  it("are put by their paths; what is empty is left out, with its folder", () => {
    const settings = put(put({}, "deployments.tags", ["v*"]), "owners", ["acme"]);
    expect(settings).toEqual({ deployments: { tags: ["v*"] }, owners: ["acme"] });
    expect(at(settings, "deployments.tags")).toEqual(["v*"]);
    expect(at(settings, "owners.nothing")).toBeUndefined();
    expect(put(settings, "deployments.tags", [])).toEqual({ owners: ["acme"] });
  });

  it("that this page does not know stay as they are", () => {
    expect(put({ new_one: { deep: 1 } }, "owners", ["a"])).toEqual({ new_one: { deep: 1 }, owners: ["a"] });
  });

  it("are each asked for once", () => {
    for (const kind of kinds()) {
      const paths = settingsOf(kind).map(({ path }) => path);
      expect(new Set(paths).size).toBe(paths.length);
    }
  });

  it("of several names are lines", () => {
    const map = { bug: ["type: bug", "defect"], feature: ["story"] };
    expect(readLines(linesOf({ bug: ["defect", "fault"] }))).toEqual({ map: { bug: ["defect", "fault"] }, wrong: [] });
    expect(readLines("a: b, c\n\n: x\nnothing").wrong).toEqual([": x", "nothing"]);
    expect(linesOf(map)).toBe("bug: type: bug, defect\nfeature: story");
  });
});

describe("a credential", () => {
  it("is what the vendor takes", () => {
    expect(credentialOf(kind("jira"), { way: "cloud", typed: { address: " a@b.c ", secret: "t " } })).toBe("a@b.c:t");
    const login = { login: " ada ", password: "pass:word " };
    expect(credentialOf(kind("jira"), { way: "login", typed: login })).toBe("ada:pass:word");
    expect(credentialOf(kind("github"), { way: "token", typed: { secret: "ghp_x" } })).toBe("ghp_x");
    const app = credentialOf(kind("github"), { way: "app", typed: { app: "1", installation: "", private_key: "KEY" } });
    expect(JSON.parse(app ?? "")).toEqual({ app: "1", private_key: "KEY\n" });
  });

  it("is none where nothing was typed, and not whole where something lacks", () => {
    expect(credentialOf(kind("github"), { way: "token", typed: { secret: " " } })).toBeUndefined();
    expect(missing(kind("jira"), { way: "cloud", typed: { secret: "t" } })).toEqual(["E-mail of the account"]);
    expect(missing(kind("jira"), { way: "login", typed: { login: "ada" } })).toEqual(["Password"]);
    expect(missing(kind("github"), { way: "app", typed: { app: "1", private_key: "K" } })).toEqual([]);
    expect(missing(kind("git"), { way: "", typed: {} })).toEqual([]);
  });
});

const MADE = { ...(JSON.parse(recorded("connection")) as object), name: "forge" };

async function filled(answer: [number, string]) {
  const user = userEvent.setup();
  const view = await visited("/connections/new?open=github", {
    "/api/v1/connections/forge": answer,
    "/api/v1/schedules/land": "{}",
    ...OWNER,
    "/api/v1/jobs": '{"items":[],"next":null,"run":"job_first"}',
  });
  await user.type(await screen.findByLabelText("Name"), "forge");
  screen.getByText("Still missing: Token");
  await user.type(screen.getByLabelText("Token"), "ghp_x");
  await user.type(screen.getByLabelText("Organizations and users"), "acme, acme-labs");
  await user.click(screen.getByRole("button", { name: "Go on" }));
  await user.type(await screen.findByLabelText("Production environments"), "live*");
  await user.click(screen.getByRole("checkbox", { name: "releases" }));
  await user.click(screen.getByRole("button", { name: "Test it, and keep" }));
  return { ...view, user };
}

it("sets up a connection, asks for its first reading, and reads it by itself from then on", async () => {
  const { fetched, router } = await filled([200, JSON.stringify(MADE)]);
  await waitFor(() => expect(router.state.location.pathname).toBe("/connections/forge"));
  expect(router.state.location.searchStr).toBe("?open=job_first");
  const calls = fetched.mock.calls as unknown as [string, { method?: string; body?: string }?][];
  const changes = calls
    .filter(([, init]) => init?.method)
    .map(([path, init]) => [init?.method, path, JSON.parse(init?.body ?? "") as unknown]);
  expect(changes).toEqual([
    [
      "PUT",
      "/api/v1/connections/forge",
      {
        connector: "github",
        place: "https://api.github.com",
        credential: "ghp_x",
        settings: { owners: ["acme", "acme-labs"], deployments: { production: ["live*"], from: ["releases"] } },
      },
    ],
    ["POST", "/api/v1/jobs", { kind: "land", subject: "forge" }],
    ["PUT", "/api/v1/schedules/land?subject=forge", { when: { every: 900 }, paused: false }],
  ]);
});

it("says what is wrong with a connection before anything is kept, and loses nothing of what was typed", async () => {
  const { user, router } = await filled([
    422,
    '{"code":"unreadable","title":"It cannot be read","detail":"GitHub does not take it"}',
  ]);
  expect((await screen.findByRole("alert")).textContent).toContain("GitHub does not take it");
  expect(router.state.location.pathname).toBe("/connections/new");
  await user.click(screen.getByRole("button", { name: "Back" }));
  expect((await screen.findByLabelText<HTMLInputElement>("Organizations and users")).value).toBe("acme, acme-labs");
  expect(screen.getByLabelText<HTMLInputElement>("Token").value).toBe("ghp_x");
});

it("does not take a name that another connection has", async () => {
  await visited("/connections/new?open=github", OWNER);
  await userEvent.setup().type(await screen.findByLabelText("Name"), "hub");
  await screen.findByText("There is one of that name.");
});

it("shows a connection with how it does, what is there, what could not be mapped, and never its credential", async () => {
  await visited("/connections/hub", OWNER);
  await screen.findByText("the vendor refused the credential: 401");
  // What the API calls `pull_requests` is called what people do, with that behind it.
  const held = within(screen.getByRole("table", { name: "How much of hub is there" })).getByText("pull requests");
  expect(held.title).toBe("pull_requests");
  within(screen.getByRole("table", { name: "What of hub could not be mapped" })).getByText("no such status");
  await screen.findByText("kept sealed, never shown");
  await screen.findByText("Every 15 minutes", { exact: false });
});

it("keeps the time that is typed for a connection when another changed its schedule, and asks before it is left", async () => {
  const user = userEvent.setup();
  const before = JSON.parse(recorded("schedules")) as { kind: string; version: number }[];
  let there = before;
  const { fetched, router } = await visited("/connections/hub", {
    "/api/v1/schedules/land": () => {
      if (there !== before) return JSON.stringify(there[1]);
      there = before.map((one) => (one.kind === "land" ? { ...one, version: one.version + 1 } : one));
      return [412, '{"code":"stale","title":"It was changed","detail":"read it anew"}'];
    },
    ...OWNER,
    "/api/v1/schedules": () => JSON.stringify(there),
  });
  const panel = (await screen.findByText("every 15 minutes")).closest("section") as HTMLElement;
  await user.click(within(panel).getByRole("button", { name: "Change" }));
  await user.type(await within(panel).findByRole("spinbutton", { name: "Every" }), "0");
  void router.navigate({ to: "/profile" });
  await user.click(
    within(await screen.findByRole("dialog", { name: "Leave what you changed?" })).getByRole("button", { name: "Go on writing" }),
  );
  await user.click(within(panel).getByRole("button", { name: "Keep" }));
  await within(panel).findByText("Somebody changed it while you did. What you typed is still here.");
  await user.click(within(panel).getByRole("button", { name: "Keep mine in its place" }));
  await user.click(within(panel).getByRole("button", { name: "Keep" }));
  await waitFor(() => expect(changes(fetched).map(({ version }) => version)).toEqual(['"1"', '"2"']));
});

it("shows a first reading step by step, and no zeros before anything came in", async () => {
  const none = {
    last_success: null,
    last_failure: null,
    open: null,
    waiting_until: null,
    budgets: [],
    next_at: null,
    newest_at: null,
    lag_seconds: null,
    rejects: { total: 0, kinds: [] },
    coverage: [{ entity: "commits", vendor: null, held: 0, share: null, reasons: [] }],
  };
  const run = JSON.parse(recorded("run")) as { items: { kind: string; state: string; progress: unknown }[] };
  const items = run.items
    .filter(({ kind }) => kind === "land")
    .map((job) => ({
      ...job,
      state: "running",
      progress: { done: 120, total: 480, message: "pull requests", rate: 12, ends_at: 1_795_722_300_000_000 },
    }));
  await visited("/connections/hub?open=job_x", {
    "/api/v1/connections/hub/health": JSON.stringify(none),
    ...OWNER,
    "/api/v1/jobs": JSON.stringify({ items, next: null }),
  });
  const bar = await screen.findByRole("progressbar", { name: "pull requests" });
  expect([bar.getAttribute("value"), bar.getAttribute("max")]).toEqual(["120", "480"]);
  screen.getByText(/at this rate/);
  expect(screen.getAllByText("to come")).toHaveLength(4);
  await screen.findByText("Nothing yet");
  expect(screen.queryByRole("table")).toBeNull();
});

it("asks how far a reading is for as long as it is on its way, and no longer", async () => {
  const { items } = JSON.parse(recorded("run")) as { items: Job[] };
  const land = items.filter(({ kind }) => kind === "land");
  const stands = (state: Job["state"]) => JSON.stringify({ items: land.map((job) => ({ ...job, state })), next: null });
  const chains: [string, string, string, string][] = [
    ["/connections/hub", stands("running"), "to come", "more"],
    ["/connections/hub", stands("dead"), "not reached", "none"],
    ["/connections/hub", '{"items":[],"next":null}', "There are no such jobs", "none"],
    ["/jobs", stands("running"), "Read hub", "more"],
    ["/jobs", stands("cancelled"), "Read hub", "none"],
  ];
  for (const [page, answer, words, asks] of chains) {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const { fetched, unmount } = await visited(`${page}?open=job_x`, { ...OWNER, "/api/v1/jobs": answer });
    await screen.findAllByText(words);
    const times = () => fetched.mock.calls.filter(([path]) => (path as string).includes("run=job_x")).length;
    expect(times()).toBe(1);
    await act(() => vi.advanceTimersByTimeAsync(40_000));
    expect([page, words, times() > 1 ? "more" : "none"]).toEqual([page, words, asks]);
    unmount();
    vi.useRealTimers();
  }
});

it("has days read again, from the first until before another, and none of a git repository", async () => {
  const user = userEvent.setup();
  const { fetched, router, unmount } = await visited("/connections/hub", {
    ...OWNER,
    "/api/v1/jobs": (_, method) => (method === "POST" ? '{"run":"job_days"}' : recorded("jobs")),
  });
  await user.type(await screen.findByLabelText("From"), "2025-03-01");
  await user.type(screen.getByLabelText("Until before"), "2025-01-01");
  const ask = screen.getByRole<HTMLButtonElement>("button", { name: "Read these days" });
  screen.getByText("It should be after the first day.");
  expect(ask.disabled).toBe(true);
  await user.clear(screen.getByLabelText("From"));
  await user.type(screen.getByLabelText("From"), "2024-11-01");
  await user.click(ask);
  await waitFor(() => expect(router.state.location.searchStr).toBe("?open=job_days"));
  expect(changes(fetched).map(({ path, body }) => [path, body])).toEqual([
    ["/api/v1/jobs", { kind: "land", subject: "hub", input: { from: "2024-11-01", until: "2025-01-01" } }],
  ]);
  unmount();
  const git = JSON.stringify({ ...(JSON.parse(recorded("connection")) as object), connector: "git" });
  await visited("/connections/hub", { ...OWNER, "/api/v1/connections/hub": git });
  await screen.findByText("Read all of it anew");
  expect(screen.queryByText("Read some days again")).toBeNull();
});

it("shows what the vendor lets be asked, and nothing of one that does not tell", async () => {
  const { unmount } = await visited("/connections/hub", OWNER);
  const table = within(await screen.findByRole("table", { name: "What the vendor of hub lets be asked" }));
  expect(table.getByText("core").closest("tr")?.textContent).toContain("4,2105,000");
  unmount();
  const told = JSON.parse(recorded("health")) as Health;
  expect(budgetWords(told.budgets, String)).toBe("core 4210 of 5000, graphql 4988 of 5000 left");
  expect(budgetWords([], String)).toBeNull();
  await visited("/connections/hub", { "/api/v1/connections/hub/health": JSON.stringify({ ...told, budgets: [] }), ...OWNER });
  await screen.findByRole("table", { name: "How much of hub is there" });
  expect(screen.queryByText("What the vendor lets be asked")).toBeNull();
});

it("removes a connection once its name is typed", async () => {
  const user = userEvent.setup();
  const { fetched, router } = await visited("/connections/hub", OWNER);
  const about = (await screen.findByText("Remove the connection")).closest("section");
  await user.click(within(about as HTMLElement).getByRole("button", { name: "Remove" }));
  const confirm = await screen.findByRole("dialog", { name: "Remove hub" });
  expect(within(confirm).getByRole("button", { name: "Remove it" })).toHaveProperty("disabled", true);
  await user.type(within(confirm).getByRole("textbox"), "hub");
  await user.click(within(confirm).getByRole("button", { name: "Remove it" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/connections"));
  expect(fetched).toHaveBeenCalledWith("/api/v1/connections/hub", expect.objectContaining({ method: "DELETE" }));
});

it("needs the permission to add one", async () => {
  await visited("/connections/new", as("jobs:read"));
  await screen.findByText("connections:manage");
});

describe("a first run", () => {
  it("is one where nothing landed, and no other", () => {
    expect(nothingLanded(JSON.parse(recorded("nothing")) as Dashboard)).toBe(true);
    expect(nothingLanded(JSON.parse(recorded("overview")) as Dashboard)).toBe(false);
    expect(nothingLanded({ tiles: [], series: [] })).toBe(false);
  });

  it("goes on with each step that is done", () => {
    const job = (kind: string, state: "running" | "succeeded") => ({ kind, state });
    expect(reached(0, [])).toBe(0);
    expect(reached(1, [job("land", "running")])).toBe(1);
    expect(reached(1, [job("land", "succeeded"), job("map", "running")])).toBe(2);
    expect(reached(1, [job("land", "succeeded"), job("map", "succeeded")])).toBe(3);
    expect(
      reached(
        1,
        ["land", "map", "model"].map((kind) => job(kind, "succeeded")),
      ),
    ).toBe(4);
  });

  const EMPTY = '{"items":[],"next":null}';
  it("shows what to do, and no figure", async () => {
    await visited("/", {
      ...OWNER,
      "/api/v1/dashboards/overview": recorded("nothing"),
      "/api/v1/connections": EMPTY,
      "/api/v1/jobs": EMPTY,
    });
    await screen.findByRole("heading", { name: "Nothing is here yet" });
    const steps = await screen.findByRole("list", { name: "Steps" });
    expect(within(steps).getByText("Connect a source").closest("li")?.getAttribute("aria-current")).toBe("step");
    expect(screen.queryAllByRole("article")).toHaveLength(0);
  });

  it("tells those who may not connect anything who does", async () => {
    await visited("/", { ...as("metrics:read"), "/api/v1/dashboards/overview": recorded("nothing") });
    await screen.findByText("Somebody has to connect a source");
  });

  it("leads to a sample tenant, and takes no other for one", async () => {
    const reader = as("metrics:read");
    const of = (...tenants: string[]) => ({
      ...reader,
      "/api/v1/dashboards/overview": recorded("nothing"),
      "/api/v1/me": JSON.stringify({ ...(JSON.parse(reader["/api/v1/me"]) as object), tenant: "acme", tenants }),
    });
    const left = await visited("/", of("acme", "democracy"));
    await screen.findByText("Somebody has to connect a source");
    expect(screen.queryByText(/go to a sample tenant/)).toBeNull();
    left.unmount();
    await visited("/", of("acme", "demo-bank"));
    await screen.findByText(/go to a sample tenant/);
  });

  it("leads nobody from an empty sample to itself", async () => {
    await visited("/", {
      ...OWNER,
      "/api/v1/dashboards/overview": recorded("nothing"),
      "/api/v1/me": JSON.stringify({ ...(JSON.parse(recorded("me")) as object), tenant: "demo", tenants: ["demo"] }),
      "/api/v1/connections": EMPTY,
      "/api/v1/jobs": EMPTY,
    });
    await screen.findByText(/fills a sample tenant/);
    expect(screen.queryByText(/go to a sample tenant/)).toBeNull();
  });
});
