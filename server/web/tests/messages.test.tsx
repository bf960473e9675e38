import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Delivery } from "@/api/deliveries";
import { as, item, OWNER } from "./people";
import { changes, recorded, visited } from "./shown";

afterEach(() => vi.unstubAllGlobals());

const [dead, , again] = (JSON.parse(recorded("deliveries")) as { items: Delivery[] }).items;

it("adds a webhook with its secret, and shows neither address nor secret again", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/admin/destinations", { ...OWNER, "/api/v1/destinations/": "{}" });
  await user.click(await screen.findByRole("button", { name: "Add a destination" }));
  const dialog = await screen.findByRole("dialog", { name: "Add a destination" });
  await user.type(within(dialog).getByLabelText("Name"), "ops");
  within(dialog).getByText("There is a destination of that name: choose another.");
  await user.clear(within(dialog).getByLabelText("Name"));
  await user.type(within(dialog).getByLabelText("Name"), "pager");
  await user.type(within(dialog).getByLabelText("Address"), "https://hooks.example.com/x");
  await user.type(within(dialog).getByLabelText("Secret"), "sixteen bytes at least");
  await user.click(within(dialog).getByRole("button", { name: "Add it" }));
  await waitFor(() =>
    expect(changes(fetched)).toEqual([
      {
        method: "PUT",
        path: "/api/v1/destinations/pager",
        body: { kind: "webhook", url: "https://hooks.example.com/x", secret: "sixteen bytes at least" },
        version: null,
      },
    ]),
  );
  expect(document.body.textContent).not.toContain("hooks.example.com/x");
});

it("keeps address and secret of one that is changed unless others are given, and keeps what was typed when refused", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/admin/destinations", {
    ...OWNER,
    "/api/v1/destinations/": [422, '{"code":"invalid-value","title":"Not so","detail":"`url` is private"}'],
  });
  await user.click(await screen.findByRole("button", { name: "Change ops" }));
  const dialog = await screen.findByRole("dialog", { name: "Change ops" });
  await user.click(within(dialog).getByRole("button", { name: "Keep" }));
  expect((await within(dialog).findByRole("alert")).textContent).toContain("url is private");
  expect(changes(fetched).at(-1)).toEqual({
    method: "PUT",
    path: "/api/v1/destinations/ops",
    body: { kind: "webhook" },
    version: '"1"',
  });
  // Another address takes another secret.
  const secret = within(dialog).getByLabelText<HTMLInputElement>("Secret");
  expect(secret.required).toBe(false);
  await user.type(within(dialog).getByLabelText("Address"), "https://other.example.com");
  expect(secret.required).toBe(true);
});

it("tries one, and leads to how that goes", async () => {
  const user = userEvent.setup();
  const { fetched, router } = await visited("/admin/destinations", {
    ...OWNER,
    "/api/v1/destinations/": JSON.stringify({ ...dead, state: "queued" }),
  });
  await user.click(await screen.findByRole("button", { name: /^Try it.*chat$/ }));
  await screen.findByRole("dialog", { name: dead?.subject ?? "" });
  expect(changes(fetched)[0]).toMatchObject({ method: "POST", path: "/api/v1/destinations/chat/test" });
  expect(router.state.location.search).toEqual({ open: dead?.id });
});

it("removes one once its name is typed", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/admin/destinations", { ...OWNER, "/api/v1/destinations/": "" });
  await user.click(await screen.findByRole("button", { name: "Remove chat" }));
  const dialog = await screen.findByRole("dialog", { name: "Remove chat" });
  await user.type(within(dialog).getByLabelText("Type chat to go on"), "chat");
  await user.click(within(dialog).getByRole("button", { name: "Remove it" }));
  await waitFor(() => expect(changes(fetched)[0]).toMatchObject({ method: "DELETE", path: "/api/v1/destinations/chat" }));
});

it("lists deliveries in the state that the address says, to whom and why", async () => {
  const user = userEvent.setup();
  const { fetched, router } = await visited("/admin/deliveries", OWNER);
  await screen.findByText("HTTP 404 no_service");
  await screen.findByText(/^to you in Pulse,/);
  await user.selectOptions(screen.getByLabelText("State"), "given up");
  await waitFor(() => expect(router.state.location.search).toEqual({ state: "dead" }));
  await waitFor(() => expect(fetched.mock.calls.some(([path]) => path === "/api/v1/deliveries?state=dead&limit=200")).toBe(true));
});

it("shows every try of one that was given up, and hands it over again", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited(`/admin/deliveries?open=${dead?.id ?? ""}`, OWNER);
  const tries = await screen.findByRole("region", { name: "Tries" });
  expect(within(tries).getAllByRole("listitem")).toHaveLength(1);
  within(tries).getByText("refused");
  expect(screen.queryByRole("button", { name: "Take it back" })).toBeNull();
  await user.click(screen.getByRole("button", { name: "Hand it over again" }));
  await waitFor(() => expect(changes(fetched)[0]?.path).toBe(`/api/v1/deliveries/${dead?.id ?? ""}/retry`));
});

it("takes one back that is to be tried again, with a way back", async () => {
  const user = userEvent.setup();
  const id = again?.id ?? "";
  const { fetched } = await visited(`/admin/deliveries?open=${id}`, {
    ...OWNER,
    "/api/v1/deliveries/": JSON.stringify({ delivery: again, attempts: [] }),
  });
  await user.click(await screen.findByRole("button", { name: "Take it back" }));
  const told = (await screen.findByText("It is taken back")).parentElement as HTMLElement;
  expect(changes(fetched).map(({ path }) => path)).toEqual([`/api/v1/deliveries/${id}/cancel`]);
  await user.click(within(told).getByRole("button", { name: "Undo" }));
  await waitFor(() => expect(changes(fetched).at(-1)?.path).toBe(`/api/v1/deliveries/${id}/retry`));
});

it("lets whoever may only look change nothing", async () => {
  await visited(`/admin/deliveries?open=${dead?.id ?? ""}`, as("jobs:read"));
  await screen.findByRole("region", { name: "Tries" });
  expect(screen.queryByRole("button", { name: "Hand it over again" })).toBeNull();
});

it("leads from a message about an alert to the alert, and from a delivery that was given up to its tries", async () => {
  const one = JSON.parse(item("notifications", 0)) as object;
  const news = [
    {
      ...one,
      id: 1,
      kind: "message.received",
      subject: "delivery_1",
      detail: { key: "alert_abc-1:fires", subject: "[critical] Lead time is high", text: "It was 9 days." },
    },
    { ...one, id: 2, kind: "job.dead", subject: "job_1", detail: { kind: "deliver", subject: "delivery_9", reason: "HTTP 404" } },
    { ...one, id: 4, kind: "job.dead", subject: "job_2", detail: { kind: "vacuum", subject: "", run: "job_1", reason: "no" } },
    { ...one, id: 3, kind: "alert.stopped", subject: "lead", detail: { rule: "lead", reason: "its owner left" } },
  ];
  await visited("/notifications", { ...OWNER, "/api/v1/notifications": JSON.stringify({ items: news, next: null }) });
  const to = async (name: string | RegExp) => (await screen.findByRole("link", { name })).getAttribute("href");
  expect(await to("[critical] Lead time is high")).toBe("/alerts/alert_abc-1");
  expect(await to("Hand over a message: waits for a person")).toBe("/admin/deliveries?open=delivery_9");
  expect(await to(/^Delete old files: waits for a person/)).toBe("/jobs?open=job_1");
  expect(await to(/^The alert rule lead looks at nothing/)).toBe("/alerts/rules/lead");
});

it("keeps in the address that only what is unread is shown, for whoever comes back or is sent there", async () => {
  const user = userEvent.setup();
  const one = JSON.parse(item("notifications", 0)) as object;
  const news = [
    { ...one, id: 1, kind: "alert.stopped", subject: "seen", detail: { rule: "seen" }, read_at: 1 },
    { ...one, id: 2, kind: "alert.stopped", subject: "new", detail: { rule: "new" }, read_at: null },
  ];
  const told = { ...OWNER, "/api/v1/notifications": JSON.stringify({ items: news, next: null }) };
  const { router } = await visited("/notifications?state=unread", told);
  const page = within(await screen.findByRole("main"));
  await page.findByRole("link", { name: /rule new looks/ });
  expect(page.queryByRole("link", { name: /rule seen looks/ })).toBeNull();
  await user.click(page.getByRole("button", { name: "All 2" }));
  await page.findByRole("link", { name: /rule seen looks/ });
  expect(router.state.location.href).toBe("/notifications");
  await user.click(page.getByRole("button", { name: "Unread 1" }));
  await waitFor(() => expect(router.state.location.href).toBe("/notifications?state=unread"));
});
