import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ADMIN } from "@/shell/own";
import { as, item, OPERATOR, OWNER, USER } from "./people";
import { recorded, visited } from "./shown";

afterEach(() => vi.unstubAllGlobals());

type Sent = [string, { method: string; body?: string; headers: Headers }];
/** What was sent to change something at an address. */
const sent = (fetched: { mock: { calls: unknown[][] } }, path: string, method: string) => {
  const [, init] = fetched.mock.calls.findLast((call) => call[0] === path && (call as Sent)[1].method === method) as Sent;
  return { body: JSON.parse(init.body ?? "null") as unknown, version: init.headers.get("If-Match") };
};

describe.each(ADMIN.map(({ path, title, needs }) => [path, title, needs] as const))("%s", (path, title, needs) => {
  it("is there for whoever has its permission, and says to others what it takes", async () => {
    const { unmount } = await visited(path, OWNER);
    await screen.findByRole("heading", { level: 1, name: title });
    unmount();
    await visited(path, as("metrics:read"));
    await screen.findByText("This page is not for you");
    screen.getByText(needs);
    expect(screen.queryByRole("heading", { name: title })).toBeNull();
  });
});

it("lists what somebody may see of it, and nothing to those who may see none", async () => {
  const { unmount } = await visited("/admin", as("audit:read", "users:read"));
  await screen.findByRole("heading", { level: 1, name: "Admin" });
  const main = screen.getByRole("main");
  await within(main).findByRole("link", { name: /^People/ });
  expect(
    within(main)
      .getAllByRole("link")
      .map((link) => link.getAttribute("href")),
  ).toEqual(["/admin/users", "/admin/roles", "/admin/audit"]);
  unmount();
  await visited("/admin", as("metrics:read"));
  await screen.findByText("This page is not for you");
  expect(screen.queryByRole("link", { name: "Admin" })).toBeNull();
});

it("invites somebody with a link that is told once", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/admin/users", {
    "/api/v1/users/invitations": '{"url":"https://pulse.example.com/join?link=abc"}',
    ...OWNER,
  });
  await user.click(await screen.findByRole("button", { name: "Invite" }));
  const dialog = await screen.findByRole("dialog", { name: "Invite somebody" });
  await user.type(within(dialog).getByLabelText("E-mail"), "kim@example.com");
  await user.click(await within(dialog).findByRole("checkbox", { name: "analyst" }));
  await user.click(within(dialog).getByRole("button", { name: "Make the link" }));
  const link = await within(dialog).findByLabelText<HTMLInputElement>("Link");
  expect(link.value).toBe("https://pulse.example.com/join?link=abc");
  // A key or a click beside it does not lose what is told this once.
  await user.click(within(dialog).getByRole("button", { name: "Close" }));
  const asks = await screen.findByRole("dialog", { name: "Leave before you have kept it?" });
  expect(link.isConnected).toBe(true);
  await user.click(within(asks).getByRole("button", { name: "Stay" }));
  expect(sent(fetched, "/api/v1/users/invitations", "POST").body).toEqual({
    email: "kim@example.com",
    roles: ["viewer", "analyst"],
    sees: "everything",
  });
});

it("keeps what was typed where the server refuses it, and says why", async () => {
  const user = userEvent.setup();
  await visited("/admin/users", {
    "/api/v1/users/invitations": [403, '{"code":"over-quota","title":"No more","detail":"the tenant has 25 members"}'],
    ...OWNER,
  });
  await user.click(await screen.findByRole("button", { name: "Invite" }));
  const dialog = await screen.findByRole("dialog", { name: "Invite somebody" });
  await user.type(within(dialog).getByLabelText("E-mail"), "kim@example.com");
  await user.click(within(dialog).getByRole("button", { name: "Make the link" }));
  expect((await within(dialog).findByRole("alert")).textContent).toContain("The tenant has 25 members.");
  expect(within(dialog).getByLabelText<HTMLInputElement>("E-mail").value).toBe("kim@example.com");
});

it("suspends somebody with the version that was read, and takes it back", async () => {
  const user = userEvent.setup();
  const robin = JSON.parse(item("users", 1)) as { id: string };
  const { fetched } = await visited(`/admin/users?open=${robin.id}`, {
    [`/api/v1/users/${robin.id}`]: item("users", 1),
    ...OWNER,
  });
  await user.click(await screen.findByRole("button", { name: "Suspend Robin Vale" }));
  await screen.findByText("Robin Vale is suspended, and signed out");
  expect(sent(fetched, `/api/v1/users/${robin.id}`, "PATCH")).toEqual({ body: { active: false }, version: '"1"' });
  await user.click(screen.getByRole("button", { name: "Undo" }));
  await waitFor(() => expect(sent(fetched, `/api/v1/users/${robin.id}`, "PATCH").body).toEqual({ active: true }));
});

it("asks before what is chosen for somebody is lost with their suspension", async () => {
  const user = userEvent.setup();
  const { id } = JSON.parse(item("users", 1)) as { id: string };
  await visited(`/admin/users?open=${id}`, { [`/api/v1/users/${id}`]: item("users", 1), ...OWNER });
  await user.click(await screen.findByRole("checkbox", { name: "viewer" }));
  await user.click(screen.getByRole("button", { name: "Suspend Robin Vale" }));
  const asks = await screen.findByRole("dialog", { name: "Leave what you changed?" });
  await user.click(within(asks).getByRole("button", { name: "Go on writing" }));
  expect(screen.getByRole<HTMLInputElement>("checkbox", { name: "viewer" }).checked).toBe(true);
});

it("keeps what is chosen for somebody while another changes them, and sends that alone", async () => {
  const user = userEvent.setup();
  let there = JSON.parse(recorded("users")) as { items: { id: string; version: number; denied: string[] }[] };
  const id = there.items[1]?.id ?? "";
  const { fetched } = await visited(`/admin/users?open=${id}`, {
    [`/api/v1/users/${id}`]: () => {
      const one = there.items[1];
      if (one?.version !== 1) return JSON.stringify(one);
      there = { ...there, items: there.items.with(1, { ...one, version: 2, denied: ["audit:read"] }) };
      return [412, '{"code":"stale","title":"It was changed","detail":"read it anew"}'];
    },
    ...OWNER,
    "/api/v1/users": () => JSON.stringify(there),
  });
  const viewer = await screen.findByRole<HTMLInputElement>("checkbox", { name: "viewer" });
  const keep = screen.getByRole<HTMLButtonElement>("button", { name: "Keep" });
  expect(keep.disabled).toBe(true);
  await user.click(viewer);
  await user.click(keep);
  await screen.findByText("Single permissions (0 granted, 1 denied)");
  expect(screen.getByRole<HTMLInputElement>("checkbox", { name: "viewer" }).checked).toBe(true);
  await user.click(screen.getByRole("button", { name: "Keep" }));
  const part = { body: { roles: ["analyst", "viewer"] }, version: '"2"' };
  await waitFor(() => expect(sent(fetched, `/api/v1/users/${id}`, "PATCH")).toEqual(part));
});

it("leads to each of a list by a link, which keeps how the list is arranged, and back to it", async () => {
  const user = userEvent.setup();
  const robin = JSON.parse(item("users", 1)) as { id: string };
  const acme = (JSON.parse(recorded("tenants")) as { items: { id: string; name: string }[] }).items.find(
    ({ id }) => id === "acme",
  );
  for (const [path, id, name, by] of [
    ["/admin/users", robin.id, "Robin Vale", OWNER],
    ["/platform", "acme", acme?.name ?? "", OPERATOR],
  ] as const) {
    const { router, unmount } = await visited(`${path}?hide=people~email&hide=tenants~zone`, by);
    const link = await screen.findByRole<HTMLAnchorElement>("link", { name });
    expect(link.getAttribute("href")).toBe(`${path}?hide=people~email&hide=tenants~zone&open=${id}`);
    await user.click(link);
    await user.click(within(await screen.findByRole("dialog", { name })).getByRole("button", { name: "Close" }));
    expect(router.state.location.href).toBe(`${path}?hide=people~email&hide=tenants~zone`);
    unmount();
  }
});

it("does not let somebody suspend themselves", async () => {
  await visited(`/admin/users?open=${USER}`, OWNER);
  const dialog = await screen.findByRole("dialog", { name: "Ada Quill" });
  await within(dialog).findByText(/^This is you/);
  expect(within(dialog).queryByRole("button", { name: /^Suspend/ })).toBeNull();
});

it("shows which role may do what, and removes one that nobody has with a way back", async () => {
  const user = userEvent.setup();
  const users = JSON.stringify({ items: (JSON.parse(recorded("users")) as { items: unknown[] }).items.slice(0, 2), next: null });
  const { fetched } = await visited("/admin/roles", { "/api/v1/roles/delivery-lead": "", ...OWNER, "/api/v1/users": users });
  const table = await screen.findByRole("table", { name: "Who may do what" });
  const row = within(table)
    .getByRole("rowheader", { name: /^sql:run/ })
    .closest("tr");
  expect(
    within(row as HTMLElement)
      .getAllByRole("cell")
      .map(({ textContent }) => textContent),
  ).toEqual(["yes", "yes", "yes", "·no", "·no", "·no", "yes"]);
  const remove = await screen.findByRole("button", { name: "Remove delivery-lead" });
  await waitFor(() => expect(remove).toHaveProperty("disabled", false));
  await user.click(remove);
  await user.click(await screen.findByRole("button", { name: "Undo" }));
  await waitFor(() =>
    expect(sent(fetched, "/api/v1/roles", "POST").body).toEqual({
      name: "delivery-lead",
      description: "Leads a delivery team: figures, SQL, and the jobs",
      permissions: ["metrics:read", "sql:run", "jobs:read"],
    }),
  );
});

it("makes a token whose secret is shown once, and revokes one by its name alone", async () => {
  const user = userEvent.setup();
  const made = `{"secret":"pulse_once","token":${item("tokens", 0)}}`;
  const { fetched } = await visited("/admin/tokens", { ...OWNER, "/api/v1/tokens/": "" });
  fetched.mockImplementation(
    ((before) => (asked: RequestInfo | URL, init?: RequestInit) =>
      init?.method === "POST" && asked === "/api/v1/tokens"
        ? Promise.resolve(new Response(made, { status: 201 }))
        : (before?.(asked) ?? Promise.reject(new Error("unexpected"))))(fetched.getMockImplementation()),
  );
  await user.click(await screen.findByRole("button", { name: "Make a token" }));
  const dialog = await screen.findByRole("dialog", { name: "Make an API token" });
  await user.type(within(dialog).getByLabelText("What it is for"), "gate");
  await user.click(within(dialog).getByRole("button", { name: "Make it" }));
  expect((await within(dialog).findByLabelText<HTMLInputElement>("The secret of nightly export")).value).toBe("pulse_once");
  await user.click(within(dialog).getByRole("button", { name: "Close" }));
  const asks = await screen.findByRole("dialog", { name: "Leave before you have kept it?" });
  await user.click(within(asks).getByRole("button", { name: "Stay" }));
  await user.click(within(dialog).getByRole("button", { name: "I have kept it" }));
  expect(screen.queryByDisplayValue("pulse_once")).toBeNull();

  await user.click(await screen.findByRole("button", { name: "Revoke deploy gate" }));
  const confirm = await screen.findByRole("dialog", { name: "Revoke deploy gate" });
  const deed = within(confirm).getByRole("button", { name: "Revoke it" });
  expect(deed).toHaveProperty("disabled", true);
  await user.type(within(confirm).getByRole("textbox"), "deploy gate");
  await user.click(deed);
  const { id } = JSON.parse(item("tokens", 1)) as { id: string };
  await waitFor(() => expect(fetched.mock.calls.some((call) => call[0] === `/api/v1/tokens/${id}`)).toBe(true));
});

it("opens an event that is further back than those that are shown, and says of another that there is none", async () => {
  const old = { ...(JSON.parse(item("audit", 0)) as object), sequence: 3, action: "roles.create" };
  const one = (path: string) => (path.includes("cursor=") ? JSON.stringify({ items: [old], next: 2 }) : recorded("audit"));
  const { fetched, unmount } = await visited("/admin/audit?open=3&outcome=failed", { ...OWNER, "/api/v1/audit": one });
  await screen.findByRole("dialog", { name: "roles.create" });
  expect(fetched.mock.calls.map(([path]) => path)).toContain("/api/v1/audit?limit=1&cursor=4");
  unmount();
  for (const open of ["2", "x"]) {
    const { router, unmount } = await visited(`/admin/audit?open=${open}`, { ...OWNER, "/api/v1/audit": one });
    const dialog = await screen.findByRole("dialog", { name: "No event of that number" });
    await userEvent.setup().click(within(dialog).getByRole("button", { name: "Close" }));
    expect(router.state.location.href).toBe("/admin/audit");
    unmount();
  }
});

it("looks through the trail by who and what came of it, and opens an event at an address of its own", async () => {
  const user = userEvent.setup();
  const { fetched, router } = await visited("/admin/audit", OWNER);
  await user.selectOptions(await screen.findByRole("combobox", { name: "Outcome" }), "refused");
  const asked = (path: string) => waitFor(() => expect(fetched.mock.calls.map(([path]) => path)).toContain(path));
  await asked("/api/v1/audit?limit=100&outcome=refused");
  const field = screen.getByRole<HTMLInputElement>("searchbox", { name: /^Find in the trail/ });
  await user.type(field, "invitations{Enter}");
  await asked("/api/v1/audit?limit=100&outcome=refused&find=invitations");
  act(() => router.history.back());
  await waitFor(() => expect(field.value).toBe(""));
  const { sequence, action } = JSON.parse(item("audit", 0)) as { sequence: number; action: string };
  const [first] = within(await screen.findByRole("table", { name: "Audit trail" })).getAllByRole("rowheader");
  await user.click(within(first as HTMLElement).getByRole("link"));
  await screen.findByRole("dialog", { name: action });
  expect(router.state.location.searchStr).toContain(`open=${sequence}`);
});

it("says what a group's line means, and which line means nothing", async () => {
  const user = userEvent.setup();
  await visited("/admin/sign-on", OWNER);
  await user.click(await screen.findByRole("button", { name: "Change okta" }));
  const field = await screen.findByLabelText<HTMLTextAreaElement>("Roles by group");
  expect(field.value).toBe("pulse-analysts: analyst\npulse-owners: owner");
  await user.type(field, "\nnobody");
  screen.getByText(/^Not understood: nobody\./);
  expect(screen.getByRole("button", { name: "Ask it, and keep" })).toHaveProperty("disabled", true);
});

const stale: [number, string] = [412, '{"code":"stale","title":"It was changed","detail":"read it anew"}'];

/** The answer of a list whose first thing somebody else changes before the first try to keep it here, and of that try. */
function overtaken(list: string, at = 0) {
  const items = JSON.parse(recorded(list)) as { version: number }[];
  const there = () => items[at] as { version: number };
  let isNewer = false;
  return {
    version: there().version,
    all: () => JSON.stringify(isNewer ? items.with(at, { ...there(), version: there().version + 1 }) : items),
    one: (_: string, method: string) => {
      if (method !== "PUT" || isNewer) return JSON.stringify(there());
      isNewer = true;
      return stale;
    },
  };
}

it.each([
  ["/admin/roles", "roles", 6, "/api/v1/roles", "/api/v1/roles/delivery-lead", "Change delivery-lead", "Whom it is for", "Keep"],
  ["/admin/targets", "targets", 0, "/api/v1/targets", "/api/v1/targets/", /^Change the target of/, /^At (most|least)/, "Keep"],
  ["/admin/destinations", "destinations", 0, "/api/v1/destinations", "/api/v1/destinations/", /^Change /, "Address", "Keep"],
  [
    "/admin/sign-on",
    "providers",
    0,
    "/api/v1/identity-providers",
    "/api/v1/identity-providers/",
    "Change okta",
    "Claim with groups",
    "Ask it, and keep",
  ],
] as const)("keeps what is typed on %s when another was faster, and asks before it is left", async (...of) => {
  const [path, list, at, listed, one, change, field, keep] = of;
  const user = userEvent.setup();
  const answer = overtaken(list, at);
  const { fetched } = await visited(path, { [one]: answer.one, ...OWNER, [listed]: answer.all });
  const versions = () =>
    (fetched.mock.calls as unknown as Sent[]).flatMap(([, init]) =>
      (init as Sent[1] | undefined)?.method === "PUT" ? [init.headers.get("If-Match")] : [],
    );
  const [begin] = await screen.findAllByRole("button", { name: change });
  await user.click(begin as HTMLElement);
  const dialog = (await screen.findAllByRole("dialog")).at(-1) as HTMLElement;
  const input = within(dialog).getByLabelText<HTMLInputElement>(field);
  const typed = input.type === "url" ? "https://hooks.example.com/other" : "7";
  await user.clear(input);
  await user.type(input, typed);
  const secret = within(dialog).queryByLabelText("Secret");
  if (secret) await user.type(secret, "sixteen letters!");
  await user.click(within(dialog).getByRole("button", { name: "Close" }));
  const asks = await screen.findByRole("dialog", { name: "Leave what you changed?" });
  await user.click(within(asks).getByRole("button", { name: "Go on writing" }));
  await user.click(within(dialog).getByRole("button", { name: keep }));
  await within(dialog).findByText("Somebody changed it while you did. What you typed is still here.");
  expect(within(dialog).getByLabelText<HTMLInputElement>(field).value).toBe(typed);
  expect(within(dialog).getByRole("button", { name: keep })).toHaveProperty("disabled", true);
  await user.click(within(dialog).getByRole("button", { name: "Keep mine in its place" }));
  await user.click(within(dialog).getByRole("button", { name: keep }));
  await waitFor(() => expect(versions()).toEqual([`"${answer.version}"`, `"${answer.version + 1}"`]));
  await waitFor(() => expect(dialog.isConnected).toBe(false));
});

it("begins anew with what somebody else made of a role, where that is asked for", async () => {
  const user = userEvent.setup();
  const answer = overtaken("roles", 6);
  await visited("/admin/roles", { "/api/v1/roles/delivery-lead": answer.one, ...OWNER, "/api/v1/roles": answer.all });
  await user.click(await screen.findByRole("button", { name: "Change delivery-lead" }));
  const field = () => screen.getByLabelText<HTMLInputElement>("Whom it is for");
  const before = field().value;
  await user.type(field(), ", and more");
  await user.click(screen.getByRole("button", { name: "Keep" }));
  await user.click(await screen.findByRole("button", { name: "Begin anew with that" }));
  expect(field().value).toBe(before);
  expect(screen.queryByText(/^Somebody changed it/)).toBeNull();
});

it("makes a role anew that somebody removed while it was changed", async () => {
  const user = userEvent.setup();
  let roles = JSON.parse(recorded("roles")) as { name: string }[];
  const { fetched } = await visited("/admin/roles", {
    "/api/v1/roles/delivery-lead": () => {
      roles = roles.filter(({ name }) => name !== "delivery-lead");
      return [404, '{"code":"not-found","title":"Not there","detail":"there is no such role"}'];
    },
    ...OWNER,
    "/api/v1/roles": () => JSON.stringify(roles),
  });
  await user.click(await screen.findByRole("button", { name: "Change delivery-lead" }));
  await user.type(screen.getByLabelText("Whom it is for"), "!");
  await user.click(screen.getByRole("button", { name: "Keep" }));
  await screen.findByText("Somebody removed it meanwhile. What you typed is still here, and makes it anew.");
  await user.click(screen.getByRole("button", { name: "Make it" }));
  await waitFor(() => expect(sent(fetched, "/api/v1/roles", "POST").body).toMatchObject({ name: "delivery-lead" }));
});

it("asks before a hook's secret is lost, and keeps what is typed of a schedule that another changed", async () => {
  const user = userEvent.setup();
  const answer = overtaken("schedules");
  const { fetched } = await visited("/admin/work", {
    ...OWNER,
    "/api/v1/connections": recorded("connections"),
    "/api/v1/hooks": (_, method) => (method === "POST" ? '{"path":"/hooks/h","secret":"told once"}' : recorded("hooks")),
    "/api/v1/schedules": answer.all,
    "/api/v1/schedules/": answer.one,
  });
  await user.click(await screen.findByRole("button", { name: "Make a hook" }));
  const hook = await screen.findByRole("dialog", { name: "Make a hook" });
  await user.type(within(hook).getByLabelText("Name"), "push");
  await user.selectOptions(within(hook).getByRole("combobox", { name: "What is done" }), "risk");
  await user.click(within(hook).getByRole("button", { name: "Make it" }));
  await within(hook).findByDisplayValue("told once");
  await user.click(within(hook).getByRole("button", { name: "Close" }));
  const asks = await screen.findByRole("dialog", { name: "Leave before you have kept it?" });
  await user.click(within(asks).getByRole("button", { name: "Stay" }));
  await user.click(within(hook).getByRole("button", { name: "I have kept them" }));
  expect(screen.queryByDisplayValue("told once")).toBeNull();

  const [change] = screen.getAllByRole("button", { name: /^Change / });
  await user.click(change as HTMLElement);
  const dialog = (await screen.findAllByRole("dialog")).at(-1) as HTMLElement;
  await user.click(within(dialog).getByRole("button", { name: "Keep" }));
  await within(dialog).findByText("Somebody changed it while you did. What you typed is still here.");
  await user.click(within(dialog).getByRole("button", { name: "Keep mine in its place" }));
  await user.click(within(dialog).getByRole("button", { name: "Keep" }));
  await waitFor(() => expect(dialog.isConnected).toBe(false));
  const versions = (fetched.mock.calls as unknown as Sent[]).flatMap(([, init]) =>
    (init as Sent[1] | undefined)?.method === "PUT" ? [init.headers.get("If-Match")] : [],
  );
  expect(versions).toEqual([`"${answer.version}"`, `"${answer.version + 1}"`]);
});

it("asks before what is typed of oneself is left, and not once it is kept", async () => {
  const user = userEvent.setup();
  let person = JSON.parse(recorded("me")) as { user: { name: string } };
  const { router } = await visited("/profile", {
    ...OWNER,
    "/api/v1/me": (_, method) => {
      if (method === "PATCH") person = { ...person, user: { ...person.user, name: "Ada" } };
      return JSON.stringify(person);
    },
  });
  const leaves = async (answer: string) => {
    void router.navigate({ to: "/reports" });
    const asks = await screen.findByRole("dialog", { name: "Leave what you changed?" });
    await user.click(within(asks).getByRole("button", { name: answer }));
  };
  const name = await screen.findByLabelText<HTMLInputElement>("What people call you");
  await user.clear(name);
  // What is around it is nobody's name, and waits for nothing once it is kept.
  await user.type(name, " Ada ");
  await leaves("Go on writing");
  await user.click(screen.getByRole("button", { name: "Keep" }));
  await waitFor(() => expect(name.value).toBe("Ada"));
  // Who gives up one of two, and stays for the other, is asked of the first again once something is typed there anew.
  await user.type(name, "!");
  await user.type(screen.getByLabelText("Present password"), "x");
  await leaves("Leave it");
  await user.click(
    within(await screen.findByRole("dialog", { name: "Leave what you changed?" })).getByRole("button", { name: "Go on writing" }),
  );
  await user.clear(screen.getByLabelText("Present password"));
  await user.clear(name);
  await user.type(name, "Ada");
  await user.type(name, "?");
  await leaves("Leave it");
  await waitFor(() => expect(router.state.location.pathname).toBe("/reports"));
});

it("asks before a tenant that is being made is left, and before the link for its first owner is", async () => {
  const user = userEvent.setup();
  const [tenant] = (JSON.parse(recorded("tenants")) as { items: unknown[] }).items;
  await visited("/platform", {
    ...OPERATOR,
    "/api/v1/tenants": (_, method) =>
      method === "POST" ? JSON.stringify({ tenant, url: "https://pulse.example.com/join?link=own" }) : recorded("tenants"),
  });
  await user.click(await screen.findByRole("button", { name: "Make a tenant" }));
  const dialog = await screen.findByRole("dialog", { name: "Make a tenant" });
  const close = () => user.click(within(dialog).getByRole("button", { name: "Close" }));
  await user.type(within(dialog).getByLabelText("Name"), "Acme");
  await user.type(within(dialog).getByLabelText("Key"), "acme2");
  await close();
  const first = await screen.findByRole("dialog", { name: "Leave what you changed?" });
  await user.click(within(first).getByRole("button", { name: "Go on writing" }));
  await user.click(within(dialog).getByRole("button", { name: "Make it" }));
  await within(dialog).findByDisplayValue("https://pulse.example.com/join?link=own");
  await close();
  const asks = await screen.findByRole("dialog", { name: "Leave before you have kept it?" });
  await user.click(within(asks).getByRole("button", { name: "Leave it" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});
