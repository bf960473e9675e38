/** What stands around every page, and what is there when something is not. */

import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { House } from "@/api/house";
import { standing } from "@/api/standing";
import { program } from "@/pages/admin/SessionList";
import { bytesWords } from "@/pages/platform/bytes";
import { noteReturn, takeReturn } from "@/shell/back";
import { Time } from "@/parts/Locale";
import { steps, whenWords } from "@/parts/When";
import { as, OPERATOR, OWNER } from "./people";
import { changes, DEMO, recorded, shown, visited } from "./shown";
import { plain } from "./plain";

afterEach(() => {
  vi.unstubAllGlobals();
  sessionStorage.clear();
});

const body = (fetched: { mock: { calls: unknown[][] } }, path: string) => {
  const call = fetched.mock.calls.findLast((call) => call[0] === path) as [string, { body: string }];
  return JSON.parse(call[1].body) as unknown;
};

it("counts what is unread, and marks it as read at once", async () => {
  const user = userEvent.setup();
  const { items } = JSON.parse(recorded("notifications")) as { items: { id: number; read_at: null }[] };
  const { fetched } = await visited("/profile", { ...OWNER, "/api/v1/notifications/": "" });
  await user.click(await screen.findByRole("button", { name: `Notifications, ${items.length} unread` }));
  const list = await screen.findByRole("dialog", { name: "Notifications" });
  const [first] = within(list).getAllByRole("button", { name: /^Mark as read: / });
  await user.click(first as HTMLElement);
  await waitFor(() =>
    expect(fetched).toHaveBeenCalledWith(
      `/api/v1/notifications/${items[0]?.id}/read`,
      expect.objectContaining({ method: "POST" }),
    ),
  );
  await user.click(within(list).getByRole("button", { name: "Mark all as read" }));
  await waitFor(() =>
    expect(fetched).toHaveBeenCalledWith("/api/v1/notifications/read", expect.objectContaining({ method: "POST" })),
  );
});

it("counts the alerts that fire beside the way to them, and says nothing of none", async () => {
  const { unmount } = await visited("/profile", OWNER);
  const [pages] = await screen.findAllByRole("navigation", { name: "Pages" });
  await within(pages as HTMLElement).findByRole("link", { name: "Alerts 1 firing" });
  unmount();
  const { fetched } = await visited("/profile", { ...OWNER, "/api/v1/alerts": '{"items":[],"next":null}' });
  await waitFor(() =>
    expect(fetched).toHaveBeenCalledWith(expect.stringMatching("/api/v1/alerts.state=firing"), expect.anything()),
  );
  await screen.findByRole("link", { name: "Alerts" });
  expect(screen.queryByText(/firing/)).toBeNull();
});

it("keeps what was typed when the session ends, and goes on after signing in again", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/connections/new?open=github", { "/api/v1/auth/sign-in": "{}", ...OWNER });
  const name = await screen.findByLabelText<HTMLInputElement>("Name");
  await user.type(name, "forge");
  act(() => standing.ends(true));
  await screen.findByRole("heading", { name: "Your session has ended" });
  // Nothing is followed for nobody.
  expect(screen.queryByText(/^(Connecting|Live)/)).toBeNull();
  expect(screen.getByLabelText<HTMLInputElement>("E-mail").value).toBe("ada@example.com");
  await user.type(screen.getByLabelText("Password"), "plinth-otter");
  await user.click(screen.getByRole("button", { name: "Go on" }));
  await waitFor(() => expect(screen.queryByRole("heading", { name: "Your session has ended" })).toBeNull());
  expect(body(fetched, "/api/v1/auth/sign-in")).toEqual({
    email: "ada@example.com",
    password: "plinth-otter",
    cookies: true,
    tenant: "demo",
  });
  expect(screen.getByLabelText<HTMLInputElement>("Name").value).toBe("forge");
});

it("keeps no dialog open before the door, which nobody could pass, and opens it again with what was typed in it", async () => {
  const user = userEvent.setup();
  await visited("/reports/checkout-weekly", { "/api/v1/auth/sign-in": "{}", ...OWNER });
  await user.click(await screen.findByRole("button", { name: "Make it" }));
  const dialog = await screen.findByRole<HTMLDialogElement>("dialog", { name: "Make a report" });
  await user.type(within(dialog).getByLabelText("Title"), "For the board");
  act(() => standing.ends(true));
  await screen.findByRole("heading", { name: "Your session has ended" });
  expect(dialog.open).toBe(false);
  await user.type(screen.getByLabelText("Password"), "plinth-otter");
  await user.click(screen.getByRole("button", { name: "Go on" }));
  await waitFor(() => expect(dialog.open).toBe(true));
  expect(within(dialog).getByLabelText<HTMLInputElement>("Title").value).toBe("For the board");
});

it("says so when the password is wrong, and stays", async () => {
  const user = userEvent.setup();
  const wrong: [number, string] = [401, '{"code":"wrong-password","title":"Not that","detail":"nobody of that address"}'];
  await visited("/profile", { "/api/v1/auth/sign-in": wrong, ...OWNER });
  await screen.findByRole("heading", { name: "Profile" });
  act(() => standing.ends(true));
  await user.type(await screen.findByLabelText("Password"), "x");
  await user.click(screen.getByRole("button", { name: "Go on" }));
  expect((await screen.findByRole("alert")).textContent).toContain("Nobody of that address.");
});

it("notes where one was for the way back, once, and only within this page", () => {
  history.replaceState(null, "", "/flow?team=a");
  noteReturn();
  expect(takeReturn()).toBe("/flow?team=a");
  expect(takeReturn()).toBeNull();
  for (const to of ["//elsewhere.example", "/\\elsewhere.example", "https://elsewhere.example", 3]) {
    sessionStorage.setItem("pulse.return", JSON.stringify({ to, at: Date.now() }));
    expect(takeReturn()).toBeNull();
  }
  sessionStorage.setItem("pulse.return", JSON.stringify({ to: "/flow", at: Date.now() - 3_700_000 }));
  expect(takeReturn()).toBeNull();
});

it("keeps what was read while the server is away, and asks again", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/connections", OWNER);
  await waitFor(() => expect(screen.getAllByText("the vendor refused the credential: 401")).toHaveLength(2));
  act(() => standing.reaches(false));
  await screen.findByText("The server cannot be reached");
  // Nothing is called live that is not.
  screen.getByText("Connecting again");
  screen.getByRole("heading", { name: "Connections" });
  const before = fetched.mock.calls.length;
  await user.click(screen.getByRole("button", { name: "Try again" }));
  await waitFor(() => expect(screen.queryByText("The server cannot be reached")).toBeNull());
  expect(fetched.mock.calls.length).toBeGreaterThan(before);
});

it("labels a sample tenant on every page, and no other", async () => {
  const { unmount } = await visited("/profile", OWNER);
  await screen.findByRole("complementary", { name: "Sample tenant" });
  unmount();
  const other = JSON.stringify({ ...(JSON.parse(recorded("me")) as object), tenant: "acme" });
  await visited("/profile", { ...OWNER, "/api/v1/me": other });
  await screen.findByRole("heading", { name: "Profile" });
  expect(screen.queryByRole("complementary", { name: "Sample tenant" })).toBeNull();
});

it("says on paper whose pages these are, and when they were printed", async () => {
  const { container } = await visited("/profile", OWNER);
  await screen.findByRole("heading", { name: "Profile" });
  const head = [...container.querySelectorAll<HTMLElement>(".print\\:flex")].map(({ textContent }) => textContent);
  expect(head).toHaveLength(1);
  expect(head[0]).toMatch(/^demo.*Printed .*20\d\d/);
});

it("leads people of several tenants to another", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/profile", { "/api/v1/auth/switch": [403, '{"detail":"not that one"}'], ...OWNER });
  // It is at the top of the page on a phone, and beside it on a desk.
  const [house] = await screen.findAllByRole("button", { name: "demo: go to another tenant" });
  await user.click(house as HTMLElement);
  await user.click(await screen.findByRole("menuitemradio", { name: "acme" }));
  await waitFor(() => expect(body(fetched, "/api/v1/auth/switch")).toEqual({ tenant: "acme", cookies: true }));
  await screen.findByText("That tenant cannot be entered: not that one");
});

it("asks before another tenant is entered, or the session left, with something unkept: who stayed would write there", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/admin/tenant", {
    "/api/v1/auth/switch": [403, '{"detail":"not that one"}'],
    "/api/v1/auth/sign-out": "{}",
    ...OWNER,
  });
  const asked = (path: string) => fetched.mock.calls.some(([to]) => to === path);
  await user.type(await screen.findByLabelText("Name"), "!");
  const question = () => screen.findByRole("dialog", { name: "Leave what you changed?" });
  await user.click(screen.getByRole("button", { name: /^Ada Quill/ }));
  await user.click(await screen.findByRole("menuitem", { name: "Sign out" }));
  await user.click(within(await question()).getByRole("button", { name: "Go on writing" }));
  const [house] = await screen.findAllByRole("button", { name: "demo: go to another tenant" });
  await user.click(house as HTMLElement);
  await user.click(await screen.findByRole("menuitemradio", { name: "acme" }));
  const asks = await question();
  expect([asked("/api/v1/auth/switch"), asked("/api/v1/auth/sign-out")]).toEqual([false, false]);
  await user.click(within(asks).getByRole("button", { name: "Leave it" }));
  await waitFor(() => expect(asked("/api/v1/auth/switch")).toBe(true));
});

it("is led to the pages that one may see by a few letters", async () => {
  const user = userEvent.setup();
  const { router } = await visited("/profile", OWNER);
  await screen.findByRole("heading", { name: "Profile" });
  await user.keyboard("{Control>}k{/Control}");
  await user.type(await screen.findByRole("combobox", { name: /Go to/ }), "audit{Enter}");
  await waitFor(() => expect(router.state.location.pathname).toBe("/admin/audit"));
});

it("begins at the content of another page", async () => {
  const user = userEvent.setup();
  const { router } = await visited("/profile", OWNER);
  await user.click(await screen.findByRole("link", { name: "Connections" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/connections"));
  expect(document.activeElement?.id).toBe("content");
});

it("takes one page down, and no more, when one breaks", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  await visited("/jobs", { ...DEMO, "/api/v1/jobs": '{"items":[null],"next":null}' });
  expect((await screen.findByRole("alert")).textContent).toContain("This page broke down");
  screen.getByRole("link", { name: "Overview" });
});

it("says in words what one may do", async () => {
  await visited("/profile", OWNER);
  await screen.findByText("In demo, you may do this:");
  screen.getByText("Ask in SQL");
  expect(screen.queryByText(/sql:run/)).toBeNull();
});

it("says that there is no such page", async () => {
  await visited("/nowhere", OWNER);
  await screen.findByText("There is no such page");
});

it("changes the theme of this browser, and remembers it", async () => {
  const user = userEvent.setup();
  await visited("/profile", OWNER);
  await user.click(await screen.findByRole("radio", { name: "Dark" }));
  await user.click(screen.getByRole("radio", { name: "None" }));
  await user.click(screen.getByRole("radio", { name: "Blue and orange, for colour-blind eyes" }));
  expect(document.documentElement.dataset).toMatchObject({ mode: "dark", motion: "less", colours: "apart" });
  expect(JSON.parse(localStorage.getItem("pulse.theme") ?? "")).toMatchObject({ mode: "dark", motion: "less", colours: "apart" });
});

it("tells every time to the second where somebody wants that, by keys alone, and again as one says them", async () => {
  const user = userEvent.setup();
  await visited("/jobs", OWNER);
  const [time] = (await screen.findAllByText(/ ago$/)).map((one) => one.closest("time") as HTMLElement);
  const exact = /^[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d\d:\d\d/;
  expect(time?.textContent).not.toMatch(exact);
  const choose = async (words: string) => {
    await user.keyboard("{Control>}k{/Control}");
    await user.type(await screen.findByRole("combobox", { name: /^Go to/ }), `${words}{Enter}`);
  };
  await choose("exact");
  expect(plain(time?.textContent)).toMatch(exact);
  expect(JSON.parse(localStorage.getItem("pulse.theme") ?? "")).toMatchObject({ times: "exact" });
  await choose("times as");
  expect(time?.textContent).not.toMatch(exact);
});

it("tells a time to the second once a finger presses it, and leaves to a link what a link does", async () => {
  const at = Date.parse("2026-11-26T19:11:13Z") * 1_000;
  await shown(
    <>
      <p>
        <Time at={at}>yesterday</Time>
      </p>
      <a href="#there">
        <Time at={at}>the day before</Time>
      </a>
    </>,
  );
  const press = (words: string, pointerType: string) =>
    fireEvent(screen.getByText(words), new PointerEvent("click", { bubbles: true, pointerType }));
  press("yesterday", "mouse");
  press("the day before", "touch");
  expect(screen.getAllByText(/yesterday|the day before/)).toHaveLength(2);
  press("yesterday", "touch");
  expect(plain(screen.getByText(/19|7:11:13/).textContent)).toBe("Nov 26, 2026, 7:11:13 PM UTC");
});

it("is told what one wants to be told, and says so where that could not be kept", async () => {
  const user = userEvent.setup();
  let [topics, away] = [["report.mail"], false];
  const { fetched } = await visited("/profile", {
    ...OWNER,
    "/api/v1/notifications/muted": (_, method) => {
      if (method === "GET") return JSON.stringify({ topics });
      if (away) return [503, '{"title":"Not now","detail":"the control database is away"}'];
      topics = ["report.mail", "risk.changed"];
      return "";
    },
  });
  const box = (way: string, name: string) =>
    within(screen.getByRole("group", { name: way })).getByRole<HTMLInputElement>("checkbox", { name });
  await screen.findByRole("group", { name: "In the bell" });
  const risks = () => box("In the bell", "A project that stands worse than before").checked;
  const [letters, jobs] = [
    box("By e-mail", "A report that was made for you"),
    box("In the bell", "A job that waits for a person"),
  ];
  expect([risks(), letters.checked]).toEqual([true, false]);
  await user.click(box("In the bell", "A project that stands worse than before"));
  await waitFor(() => expect(risks()).toBe(false));
  expect(changes(fetched)).toMatchObject([
    { method: "PUT", path: "/api/v1/notifications/muted", body: { topics: ["report.mail", "risk.changed"] } },
  ]);
  away = true;
  await user.click(jobs);
  await screen.findByText(/control database is away/);
  await waitFor(() => expect(jobs.checked).toBe(true));
});

it("asks nobody about what never comes to them", async () => {
  const some = { ...(JSON.parse(as("metrics:read")["/api/v1/me"]) as object), sees: { only: { teams: ["t"], projects: [] } } };
  await visited("/profile", { ...OWNER, "/api/v1/me": JSON.stringify(some) });
  const bell = await screen.findByRole("group", { name: "In the bell" });
  expect(within(bell).getAllByRole("checkbox")).toHaveLength(1);
  within(bell).getByRole("checkbox", { name: "A report that was made for you" });
});

it("changes a password, and forgets both at once", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/profile", { ...OWNER, "/api/v1/me/password": "" });
  await user.type(await screen.findByLabelText("Present password"), "plinth-otter");
  await user.type(screen.getByLabelText("New password"), "short");
  screen.getByText("It has 5 of at least 10 characters.");
  await user.type(screen.getByLabelText("New password"), " but longer");
  await user.click(screen.getByRole("button", { name: "Change it" }));
  await waitFor(() => expect(screen.getByLabelText<HTMLInputElement>("New password").value).toBe(""));
  expect(body(fetched, "/api/v1/me/password")).toEqual({ present: "plinth-otter", new: "short but longer" });
});

it("shows a platform operator the platform, and nothing of a tenant", async () => {
  const { router, fetched } = await visited("/", OPERATOR);
  await waitFor(() => expect(router.state.location.pathname).toBe("/platform"));
  await screen.findByRole("table", { name: "Tenants" });
  const nav = screen.getAllByRole("navigation", { name: "Pages" })[0] as HTMLElement;
  expect(
    within(nav)
      .getAllByRole("link")
      .map(({ textContent }) => textContent),
  ).toEqual(["Tenants", "Workers and holds", "Audit trail"]);
  expect(fetched.mock.calls.map(([path]) => path)).not.toContain("/api/v1/tenant");
});

it("erases a suspended tenant once its key is typed", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/platform?open=northwind", { ...OPERATOR, "/api/v1/tenants/northwind/erase": "{}" });
  await user.click(await screen.findByRole("button", { name: "Erase it" }));
  const confirm = await screen.findByRole("dialog", { name: "Erase Northwind" });
  const deed = within(confirm).getByRole("button", { name: "Erase it for good" });
  await user.type(within(confirm).getByRole("textbox"), "Northwind");
  expect(deed).toHaveProperty("disabled", true);
  await user.clear(within(confirm).getByRole("textbox"));
  await user.type(within(confirm).getByRole("textbox"), "northwind{Enter}");
  await waitFor(() => expect(body(fetched, "/api/v1/tenants/northwind/erase")).toEqual({ confirm: "northwind" }));
});

it("says of a link to a tenant that there is not that there is none, and leads back to the list", async () => {
  const user = userEvent.setup();
  const { router } = await visited("/platform?open=nowhere&hide=tenants~zone", OPERATOR);
  const dialog = await screen.findByRole("dialog", { name: "No tenant of that key" });
  within(dialog).getByText("There is no tenant nowhere");
  await user.click(within(dialog).getByRole("button", { name: "Close" }));
  await waitFor(() => expect(router.state.location.href).toBe("/platform?hide=tenants~zone"));
  expect(screen.queryByRole("dialog")).toBeNull();
});

it("shows what is left of a tenant that was erased", async () => {
  await visited("/platform?open=old", OPERATOR);
  await screen.findByRole("heading", { name: "Receipt" });
  await screen.findByText("Rows of event heads");
});

it("sets limits in GiB, and none where nothing is typed", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/platform?open=northwind", { ...OPERATOR, "/api/v1/tenants/northwind/quotas": "{}" });
  await user.type(await screen.findByLabelText("Data in the lake (GiB)"), "2");
  await user.type(screen.getByLabelText("Connections"), "3");
  await user.click(screen.getByRole("button", { name: "Keep the limits" }));
  await waitFor(() =>
    expect(body(fetched, "/api/v1/tenants/northwind/quotas")).toEqual({
      members: null,
      tokens: null,
      connections: 3,
      metrics: null,
      bytes: 2 * 2 ** 30,
    }),
  );
});

it("keeps the limits that are typed while somebody else changes the tenant, and says which they set", async () => {
  const user = userEvent.setup();
  let there = JSON.parse(OPERATOR["/api/v1/tenants"]) as { items: House[] };
  const northwind = ({ items }: typeof there) => items.find(({ id }) => id === "northwind") as House;
  const first = northwind(there).version;
  const { fetched, router } = await visited("/platform?open=northwind", {
    ...OPERATOR,
    "/api/v1/tenants": () => JSON.stringify(there),
    "/api/v1/tenants/northwind/quotas": () => {
      const house = northwind(there);
      if (house.version > first) return JSON.stringify(house);
      const quotas = { ...house.quotas, connections: 7, tokens: 5 };
      const changed = { ...house, version: first + 1, quotas };
      there = { ...there, items: there.items.map((one) => (one.id === "northwind" ? changed : one)) };
      return [412, '{"code":"stale","title":"It was changed","detail":"read it anew"}'];
    },
  });
  const connections = await screen.findByLabelText<HTMLInputElement>("Connections");
  await user.type(connections, "3");
  await user.click(screen.getByRole("button", { name: "Keep the limits" }));
  await screen.findByText("Somebody set 7 meanwhile.");
  expect(connections.value).toBe("3");
  // What somebody else set beside it is theirs.
  expect(screen.getByLabelText<HTMLInputElement>("API tokens that are good").value).toBe("5");
  void router.navigate({ to: "/profile" });
  await user.click(
    within(await screen.findByRole("dialog", { name: "Leave what you changed?" })).getByRole("button", { name: "Go on writing" }),
  );
  await user.click(screen.getByRole("button", { name: "Keep the limits" }));
  await waitFor(() => expect(changes(fetched)).toHaveLength(2));
  expect(changes(fetched)[1]).toMatchObject({ version: `"${first + 1}"`, body: { connections: 3, tokens: 5, members: null } });
});

it("drains a worker, and releases what is on hold", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/platform/workers", {
    "/api/v1/platform/jobs/release": "",
    ...OPERATOR,
    "/api/v1/platform/workers/": "",
  });
  await user.click(await screen.findByRole("button", { name: /^Drain worker_/ }));
  await user.click(await screen.findByRole("button", { name: "Release Delete old files of every tenant" }));
  await waitFor(() => expect(body(fetched, "/api/v1/platform/jobs/release")).toEqual({ kind: "vacuum" }));
  expect(fetched.mock.calls.some(([path]) => /\/workers\/worker_.*\/drain$/.test(path as string))).toBe(true);
});

it("keeps operators' pages from others", async () => {
  await visited("/platform", as("tenant:own"));
  await screen.findByText(/^It is for platform operators/);
});

it("says programs, sizes and schedules as people do", () => {
  expect(program("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36")).toBe(
    "Chrome on Linux",
  );
  expect(program("curl/8.1")).toBe("curl/8.1");
  expect(program("")).toBe("unknown program");
  expect(plain([0, 512, 1536, 53_687_091_200].map(bytesWords))).toEqual(["0 bytes", "512 bytes", "1.5 KiB", "50 GiB"]);
  expect(steps(5400)).toEqual({ n: 90, step: "60" });
  expect(plain([{ every: 900 }, { every: 3600 }, { every: 172_800 }].map(whenWords))).toEqual([
    "every 15 minutes",
    "every hour",
    "every 2 days",
  ]);
});
