import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Saved } from "@/api/saved";
import { diff } from "@/explore/diff";
import { forget } from "@/explore/kept";
import { declared, takes, typedOf } from "@/explore/parameters";
import { Field, type FieldProps } from "./field";
import { visited } from "./shown";

vi.mock("@/explore/Editor", () => ({
  default: (props: FieldProps) => <Field {...props} />,
}));

const ARROW = readFileSync("tests/recorded/rows.arrow");
const MINE: Saved = {
  id: "saved_1",
  title: "Deployments since",
  description: "What went out.",
  sql: "SELECT count(*)\nFROM facts.deployments\nWHERE finished_at >= $since",
  parameters: [{ name: "since", type: "date", default: "2026-01-01" }],
  version: 3,
  shared: true,
  owner: { id: "u", name: "Robin Vale" },
  mine: true,
  changed_at: 1_795_000_000_000_000,
};
const OTHERS: Saved = {
  ...MINE,
  id: "saved_2",
  title: "Slow reviews",
  parameters: [],
  sql: "SELECT 1",
  mine: false,
  owner: { id: "v", name: "Kim Ode" },
};

/** The page, before an API that keeps these; `stale` refuses the first change, as of something that was changed meanwhile. */
async function explore(path: string, { stale }: { stale?: Saved } = {}) {
  const visit = await visited(path);
  const others = globalThis.fetch;
  const sent: { method: string; path: string; match: string | null; body: Record<string, unknown> | null }[] = [];
  const kept = new Map([MINE, OTHERS].map((saved) => [saved.id, saved]));
  let refuse = stale;
  const json = (body: unknown, status = 200) => Promise.resolve(new Response(JSON.stringify(body), { status }));
  vi.stubGlobal("fetch", (path: string, init: RequestInit = {}) => {
    const method = init.method ?? "GET";
    const body = typeof init.body === "string" ? (JSON.parse(init.body) as Record<string, unknown>) : null;
    if (method !== "GET") sent.push({ method, path, match: new Headers(init.headers).get("If-Match"), body });
    if (path === "/api/v1/sql") return Promise.resolve(new Response(ARROW));
    if (!path.startsWith("/api/v1/saved-queries")) return others(path, init);
    const id = path.split("/")[4]?.split("?")[0];
    if (method === "POST") {
      const made = { ...MINE, ...(body as Partial<Saved>), id: "saved_9", version: 1 };
      kept.set(made.id, made);
      return json(made, 201);
    }
    if (id === undefined) return json({ items: [...kept.values()], next: null });
    const saved = kept.get(id);
    if (!saved) return json({ code: "not-found", title: "Not there", detail: id }, 404);
    if (path.includes("/versions"))
      return json({
        items: [
          { ...saved, set_by: saved.owner, set_at: saved.changed_at },
          {
            ...saved,
            sql: saved.sql.replace("count(*)", "id"),
            version: 2,
            title: "Deployments",
            set_by: saved.owner,
            set_at: 1,
          },
        ],
        next: null,
      });
    if (method === "PUT") {
      if (refuse) {
        kept.set(id, refuse);
        refuse = undefined;
        return json({ code: "stale", title: "It was changed", detail: "read it again" }, 412);
      }
      const changed = { ...saved, ...(body as Partial<Saved>), version: saved.version + 1 };
      kept.set(id, changed);
      return json(changed);
    }
    if (method === "DELETE") {
      kept.delete(id);
      return Promise.resolve(new Response(null, { status: 204 }));
    }
    return json(saved);
  });
  return { ...visit, sent, user: userEvent.setup() };
}

beforeEach(forget);
afterEach(() => vi.unstubAllGlobals());
const field = () => screen.findByRole<HTMLTextAreaElement>("textbox", { name: "SQL" });

it("opens by its link with its parameters, and runs by its key for as long as it is unchanged", async () => {
  const { sent, user } = await explore("/explore/saved_1");
  await screen.findByRole("heading", { level: 1, name: MINE.title });
  expect((await field()).value).toBe(MINE.sql);
  await user.click(screen.getByRole("button", { name: /^Run/ }));
  await screen.findByRole("grid");
  fireEvent.change(await field(), { target: { value: `${MINE.sql} ` } });
  screen.getByText(/Changed, not saved/);
  await user.click(screen.getByRole("button", { name: /^Run/ }));
  const params = { since: { type: "date", value: "2026-01-01" } };
  await waitFor(() =>
    expect(sent.map(({ body }) => body)).toEqual([
      { saved: "saved_1", params },
      { sql: `${MINE.sql} `, params },
    ]),
  );
});

it("asks before what was typed of a query, or is changed in a saved one, is left", async () => {
  const { user, router } = await explore("/explore/saved_1");
  fireEvent.change(await field(), { target: { value: "SELECT 2" } });
  void router.navigate({ to: "/flow" });
  const stay = async () =>
    user.click(
      within(await screen.findByRole("dialog", { name: "Leave what you changed?" })).getByRole("button", {
        name: "Go on writing",
      }),
    );
  await stay();
  expect((await field()).value).toBe("SELECT 2");
  await user.click(screen.getByRole("button", { name: "Save" }));
  const dialog = await screen.findByRole("dialog", { name: "Save the next version" });
  await user.type(within(dialog).getByRole("textbox", { name: "Title" }), "!");
  await user.click(within(dialog).getByRole("button", { name: "Back" }));
  await stay();
  expect(within(dialog).getByRole<HTMLInputElement>("textbox", { name: "Title" }).value).toBe(`${MINE.title}!`);
  await user.click(within(dialog).getByRole("button", { name: "Save" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  // What is kept is left without a word.
  await router.navigate({ to: "/flow" });
  expect(router.state.location.pathname).toBe("/flow");
});

it("saves a new one with what is typed as defaults, and goes to its address", async () => {
  const { sent, user, router } = await explore("/explore?sql=SELECT+%24n&params=%5B%5B%22n%22%2C%22integer%22%2C%225%22%5D%5D");
  await field();
  await user.click(screen.getByRole("button", { name: "Save" }));
  const dialog = screen.getByRole("dialog", { name: "Save the query" });
  await user.type(within(dialog).getByRole("textbox", { name: "Title" }), "Five");
  await user.click(within(dialog).getByRole("checkbox"));
  await user.click(within(dialog).getByRole("button", { name: "Save" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/explore/saved_9"));
  const parameters = [{ name: "n", type: "integer", default: 5 }];
  expect(sent).toEqual([
    {
      method: "POST",
      path: "/api/v1/saved-queries",
      match: null,
      body: { title: "Five", description: "", sql: "SELECT $n", parameters, shared: true },
    },
  ]);
});

it("shows both when somebody else was quicker, and lets one choose", async () => {
  const theirs = { ...MINE, version: 4, sql: `${MINE.sql}\nLIMIT 5` };
  const { sent, user } = await explore("/explore/saved_1", { stale: theirs });
  fireEvent.change(await field(), { target: { value: `${MINE.sql}\nLIMIT 9` } });
  await user.click(screen.getByRole("button", { name: "Save" }));
  await user.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Save" }));
  const both = await screen.findByRole("group", { name: "From theirs to yours" });
  expect(both.textContent).toContain("removed: LIMIT 5");
  expect(both.textContent).toContain("added: LIMIT 9");
  await user.click(screen.getByRole("button", { name: "Save mine over it" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(sent.map(({ method, match }) => [method, match])).toEqual([
    ["PUT", '"3"'],
    ["PUT", '"4"'],
  ]);
  await screen.findByText(/^Version 5/);
});

it("takes the other's text when one prefers it", async () => {
  const theirs = { ...MINE, version: 4, sql: "SELECT 4" };
  const { user } = await explore("/explore/saved_1", { stale: theirs });
  fireEvent.change(await field(), { target: { value: "SELECT 9" } });
  await user.click(screen.getByRole("button", { name: "Save" }));
  await user.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Save" }));
  await user.click(await screen.findByRole("button", { name: "Take theirs" }));
  expect((await field()).value).toBe("SELECT 4");
  await screen.findByText(/^Version 4/);
});

it("tells what each version changed, and opens the text of one", async () => {
  const { user } = await explore("/explore/saved_1");
  await field();
  await user.click(screen.getByRole("button", { name: `More for ${MINE.title}` }));
  await user.click(screen.getByRole("menuitem", { name: "Versions" }));
  const changed = await screen.findByRole("group", { name: "What version 3 changed" });
  expect(changed.textContent).toContain("removed: SELECT id");
  screen.getByText("called “Deployments” before");
  await user.click(screen.getAllByRole("button", { name: "Open this text" })[1] ?? document.body);
  expect((await field()).value).toContain("SELECT id");
});

it("removes one, and saves it again for whoever did not mean it", async () => {
  const { user, sent, router } = await explore("/explore/saved_1");
  await field();
  await user.click(screen.getByRole("button", { name: `More for ${MINE.title}` }));
  await user.click(screen.getByRole("menuitem", { name: "Remove" }));
  await user.click(await screen.findByRole("button", { name: "Save it again" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/explore/saved_9"));
  expect(sent.map(({ method }) => method)).toEqual(["DELETE", "POST"]);
});

it("lists one's own and what others share, who can only be copied from", async () => {
  const { user, router } = await explore("/explore");
  await field();
  await user.click(screen.getByRole("tab", { name: "Saved" }));
  await screen.findByText(/yours, shared with the tenant/);
  await user.click(screen.getByRole("link", { name: "Slow reviews" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/explore/saved_2"));
  await screen.findByRole("button", { name: "Save as mine" });
  expect(screen.queryByRole("button", { name: "Save" })).toBeNull();
});

it("declares parameters that have names, and takes what was declared as typed", () => {
  const typed = {
    since: { type: "timestamp", text: "2026-01-31T09:00", isNull: false },
    n: { type: "integer", text: "", isNull: true },
  } as const;
  const parameters = declared(["since", "n", "x"], typed, "Europe/Berlin");
  expect(parameters).toEqual([
    { name: "since", type: "timestamp", default: "2026-01-31T08:00:00.000Z" },
    { name: "n", type: "integer", default: null },
    { name: "x", type: "text" },
  ]);
  expect(typedOf(parameters, "Europe/Berlin")).toEqual({
    since: { type: "timestamp", text: "2026-01-31T09:00:00", isNull: false },
    n: { type: "integer", text: "", isNull: true },
    x: { type: "text", text: "", isNull: false },
  });
  expect(declared(["1"], {}, "UTC")).toEqual([]);
  expect(takes([], ["1"], {})).toBe(true);
  expect(takes([{ name: "n", type: "integer" }], ["n"], typed)).toBe(true);
  expect(takes([{ name: "n", type: "date" }], ["n"], typed)).toBe(false);
  expect(takes([{ name: "n", type: "integer" }], ["n", "m"], typed)).toBe(false);
});

it("finds the fewest lines that differ", () => {
  const told = (before: string, after: string) => diff(before, after).map(({ is, text }) => `${is[0]}${text}`);
  expect(told("a\nb\nc", "a\nx\nc\nd")).toEqual(["sa", "gb", "nx", "sc", "nd"]);
  expect(told("a", "a")).toEqual(["sa"]);
  expect(told("", "a")).toEqual(["g", "na"]);
});
