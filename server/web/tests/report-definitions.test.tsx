import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Listed } from "@/api/reports";
import { OWNER } from "./people";
import { changes, recorded, visited } from "./shown";

afterEach(() => vi.unstubAllGlobals());

it("defines one of the tenant's own, named by its title, and refuses a name that is taken", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/reports", { ...OWNER, "/api/v1/report-definitions/": "{}" });
  await user.click(await screen.findByRole("button", { name: "Define one" }));
  const dialog = await screen.findByRole("dialog", { name: "Define a report" });
  await user.selectOptions(within(dialog).getByLabelText("Like"), "risk-register");
  await user.type(within(dialog).getByLabelText("Title"), "Checkout weekly");
  within(dialog).getByText("There is a report of that name: choose another.");
  expect(within(dialog).getByRole("button", { name: "Define it" })).toHaveProperty("disabled", true);
  await user.clear(within(dialog).getByLabelText("Title"));
  await user.type(within(dialog).getByLabelText("Title"), "What may go wrong, by month");
  expect(within(dialog).getByLabelText<HTMLInputElement>("Name").value).toBe("what-may-go-wrong-by-month");
  await user.click(within(dialog).getByRole("checkbox", { name: "Excel" }));
  await user.type(within(dialog).getByLabelText("Another recipient"), "kim@example.com{Enter}");
  await user.click(within(dialog).getByRole("button", { name: "Define it" }));
  await waitFor(() =>
    expect(changes(fetched)).toEqual([
      {
        method: "PUT",
        path: "/api/v1/report-definitions/what-may-go-wrong-by-month",
        body: {
          like: "risk-register",
          definition: null,
          changes: { title: "What may go wrong, by month" },
          formats: ["pdf", "xlsx"],
          recipients: ["kim@example.com"],
          places: [],
          after_data: false,
          keep_days: 90,
        },
        version: null,
      },
    ]),
  );
});

it("changes one with the version that was read, and keeps what was typed when somebody was faster", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/reports/checkout-weekly", {
    ...OWNER,
    "/api/v1/report-definitions/": [412, '{"code":"stale","title":"It was changed","detail":"read it anew"}'],
  });
  await user.click(await screen.findByRole("button", { name: "Change" }));
  const dialog = await screen.findByRole("dialog", { name: "Change Checkout, week by week" });
  const days = within(dialog).getByLabelText<HTMLInputElement>("Kept for days");
  await user.clear(days);
  await user.type(days, "30");
  await user.click(within(dialog).getByRole("button", { name: "Leave nobody@example.com out" }));
  await user.click(within(dialog).getByRole("button", { name: "Keep" }));
  expect((await within(dialog).findByRole("alert")).textContent).toContain("Read it anew.");
  expect(days.value).toBe("30");
  const [put] = changes(fetched);
  expect(put?.version).toBe('"1"');
  expect(put?.body).toMatchObject({ like: "team-weekly", keep_days: 30, recipients: ["ada@example.com"] });
});

it("loses nothing that was changed by a key or a click beside it, and writes over nothing unseen", async () => {
  const user = userEvent.setup();
  let there = JSON.parse(recorded("report-definitions")) as Listed[];
  const { fetched } = await visited("/reports/checkout-weekly", {
    ...OWNER,
    "/api/v1/report-definitions": () => JSON.stringify(there),
    "/api/v1/report-definitions/": () => {
      const stale = there.every(({ own }) => (own?.version ?? 1) === 1);
      there = there.map((one) => (one.own ? { ...one, own: { ...one.own, version: 2 } } : one));
      return stale ? [412, '{"code":"stale","title":"It was changed","detail":"read it anew"}'] : '{"version":3}';
    },
  });
  const open = async () => {
    await user.click(await screen.findByRole("button", { name: "Change" }));
    return screen.findByRole("dialog", { name: "Change Checkout, week by week" });
  };
  const leave = (dialog: HTMLElement) => fireEvent(dialog, new Event("cancel", { cancelable: true }));
  // Nothing was changed: nothing is asked.
  leave(await open());
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  const dialog = await open();
  const days = () => within(dialog).getByLabelText<HTMLInputElement>("Kept for days");
  await user.clear(days());
  await user.type(days(), "30");
  leave(dialog);
  await user.click(
    within(await screen.findByRole("dialog", { name: "Leave what you changed?" })).getByRole("button", { name: "Go on writing" }),
  );
  expect(days().value).toBe("30");
  const keep = within(dialog).getByRole<HTMLButtonElement>("button", { name: "Keep" });
  await user.click(keep);
  await user.click(await within(dialog).findByRole("button", { name: "Keep mine in its place" }));
  await user.click(keep);
  await waitFor(() => expect(changes(fetched).map(({ version }) => version)).toEqual(['"1"', '"2"']));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

it("keeps what was typed of a report that somebody else removes meanwhile, and defines it anew", async () => {
  const user = userEvent.setup();
  let there = JSON.parse(recorded("report-definitions")) as Listed[];
  const { fetched } = await visited("/reports/checkout-weekly", {
    ...OWNER,
    "/api/v1/report-definitions": () => JSON.stringify(there),
    "/api/v1/report-definitions/": () => {
      const gone = there.every(({ own }) => !own);
      there = there.filter(({ own }) => !own);
      return gone ? '{"version":1}' : [404, '{"code":"not-found","title":"Not there","detail":"there is no such report"}'];
    },
  });
  await user.click(await screen.findByRole("button", { name: "Change" }));
  const dialog = await screen.findByRole("dialog", { name: "Change Checkout, week by week" });
  const days = within(dialog).getByLabelText<HTMLInputElement>("Kept for days");
  await user.clear(days);
  await user.type(days, "30");
  await user.click(within(dialog).getByRole("button", { name: "Keep" }));
  await within(dialog).findByText(/^Somebody removed the report/);
  expect(days.value).toBe("30");
  await user.click(within(dialog).getByRole("button", { name: "Define it" }));
  await waitFor(() => expect(changes(fetched)).toHaveLength(2));
  expect(changes(fetched)[1]).toMatchObject({ version: null, body: { keep_days: 30 } });
});

it("asks before what was chosen for a report is left, and not where nothing was", async () => {
  const user = userEvent.setup();
  await visited("/reports/checkout-weekly", OWNER);
  const open = async () => {
    await user.click(await screen.findByRole("button", { name: "Make it" }));
    return screen.findByRole("dialog", { name: "Make a report" });
  };
  await user.click(within(await open()).getByRole("button", { name: "Close" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  const dialog = await open();
  await user.type(within(dialog).getByLabelText("Title"), "For the board");
  await user.click(within(dialog).getByRole("button", { name: "Close" }));
  const asks = await screen.findByRole("dialog", { name: "Leave what you changed?" });
  await user.click(within(asks).getByRole("button", { name: "Go on writing" }));
  expect(within(dialog).getByLabelText<HTMLInputElement>("Title").value).toBe("For the board");
});

it("says at its field what is wrong with a report, and sends none that makes no sense", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/reports/checkout-weekly", {
    ...OWNER,
    "/api/v1/report-definitions/": [422, '{"code":"invalid-value","title":"No","detail":"`keep_days` should be 1 to 3650"}'],
  });
  await user.click(await screen.findByRole("button", { name: "Change" }));
  const dialog = await screen.findByRole("dialog", { name: "Change Checkout, week by week" });
  const keep = within(dialog).getByRole<HTMLButtonElement>("button", { name: "Keep" });
  const zone = within(dialog).getByLabelText<HTMLInputElement>("By the clocks of");
  await user.clear(zone);
  await user.type(zone, "Mars/Olympus");
  within(dialog).getByText("There is no time zone of that name.");
  expect(keep.disabled).toBe(true);
  await user.clear(zone);
  await user.type(zone, "Europe/Berlin");
  expect(keep.disabled).toBe(false);
  await user.selectOptions(within(dialog).getByLabelText("Which days"), "days");
  const from = within(dialog).getByLabelText("From");
  fireEvent.change(from, { target: { value: "2030-01-01" } });
  expect(keep.disabled).toBe(true);
  // They are there again after another way was looked at.
  await user.selectOptions(within(dialog).getByLabelText("Which days"), "last");
  await user.selectOptions(within(dialog).getByLabelText("Which days"), "days");
  expect(within(dialog).getByLabelText<HTMLInputElement>("From").value).toBe("2030-01-01");
  await user.selectOptions(within(dialog).getByLabelText("Which days"), "last");
  const whom = within(dialog).getByLabelText<HTMLInputElement>("Another recipient");
  await user.type(whom, "kim@example.com");
  await user.click(keep);
  expect(changes(fetched)).toEqual([]);
  await user.clear(whom);
  await user.click(keep);
  await within(dialog).findByText("It should be 1 to 3650.");
  expect(within(dialog).getByLabelText("Kept for days").getAttribute("aria-invalid")).toBe("true");
});

it("sets when it is made, by what its period proposes", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/reports/checkout-weekly", { ...OWNER, "/api/v1/schedules/": "{}" });
  await user.click(await screen.findByRole("button", { name: "Set a schedule" }));
  expect((await screen.findByLabelText<HTMLInputElement>("Pattern")).value).toBe("0 7 * * mon");
  await user.selectOptions(screen.getByLabelText("Often meant"), "Fridays at 16:00");
  await user.click(screen.getByRole("button", { name: "Keep" }));
  await waitFor(() => expect(changes(fetched)).toHaveLength(1));
  expect(changes(fetched)[0]).toMatchObject({
    method: "PUT",
    path: "/api/v1/schedules/report?subject=checkout-weekly",
    body: { when: { cron: { pattern: "0 16 * * fri" } }, paused: false },
  });
});

it("keeps what is on hold on hold when it would be made at another time", async () => {
  const user = userEvent.setup();
  const when = { cron: { pattern: "0 7 * * mon", time_zone: "UTC" } };
  const held = {
    kind: "report",
    subject: "checkout-weekly",
    when,
    input: null,
    paused: true,
    next_at: 1_795_919_400_000_000,
    version: 3,
  };
  const { fetched } = await visited("/reports/checkout-weekly", {
    ...OWNER,
    "/api/v1/schedules": JSON.stringify([held]),
    "/api/v1/schedules/": "{}",
  });
  await screen.findByText("on hold");
  // What would be next is told before anybody resumes it.
  expect(screen.getByText(/if resumed now, next/).textContent).toMatch(/2026/);
  await user.click(screen.getAllByRole("button", { name: "Change" }).at(-1) as HTMLElement);
  await user.selectOptions(await screen.findByLabelText("Often meant"), "Fridays at 16:00");
  await user.click(screen.getByRole("button", { name: "Keep" }));
  await waitFor(() => expect(changes(fetched)).toHaveLength(1));
  expect(changes(fetched)[0]).toMatchObject({ body: { paused: true }, version: '"3"' });
});

it("removes a definition once its name is typed", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/reports/checkout-weekly", { ...OWNER, "/api/v1/report-definitions/": "" });
  await user.click(await screen.findByRole("button", { name: "Remove" }));
  const dialog = await screen.findByRole("dialog", { name: "Remove Checkout, week by week" });
  const remove = within(dialog).getByRole("button", { name: "Remove it" });
  expect(remove).toHaveProperty("disabled", true);
  await user.type(within(dialog).getByLabelText("Type checkout-weekly to go on"), "checkout-weekly");
  await user.click(remove);
  await waitFor(() => expect(changes(fetched)[0]?.method).toBe("DELETE"));
  await screen.findByRole("heading", { level: 1, name: "Reports" });
});
