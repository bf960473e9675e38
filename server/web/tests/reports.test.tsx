import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { formatter } from "@/design/format";
import type { Listed, Plan, Report, Section } from "@/api/reports";
import type { Definition } from "@/api/types";
import { fileName } from "@/pages/reports/Made";
import { sought } from "@/pages/reports/Reports";
import { daysOf, lacks, moved, shownAs, trendOf } from "@/pages/reports/sections";
import { PROPOSED, periodWords, rhythm, showsWords, tidied } from "@/pages/reports/words";
import { as, item, OWNER } from "./people";
import { changes, recorded, visited } from "./shown";

afterEach(() => vi.unstubAllGlobals());

const rowOf = (text: string) => screen.getByText(text).closest("li") as HTMLElement;
const madeList = async () => (await screen.findByRole("heading", { name: "Made" })).closest("section") as HTMLElement;

it("tells apart what is ready, being made, refused and failed, and why", async () => {
  await visited("/reports", OWNER);
  const list = await madeList();
  const [first] = await within(list).findAllByRole("listitem");
  // The newest is first, though the server tells it last.
  expect(first?.textContent).toContain("being made");
  expect(within(first as HTMLElement).queryByRole("button")).toBeNull();
  const refused = rowOf("nobody@example.com is no member: nobody knows what they may see");
  within(refused).getByText("refused");
  expect(within(refused).queryByRole("button", { name: /^Download/ })).toBeNull();
  const ready = within(list)
    .getByText(/^as of .*, for ada@example.com, 77.6 KiB$/)
    .closest("li") as HTMLElement;
  within(ready).getByRole("button", { name: /^Download/ });
  expect(within(ready).queryByText("ready")).toBeNull();
});

it("looks through what was made by what is said of it, and keeps that in the address", async () => {
  const all = (JSON.parse(recorded("reports")) as { items: Report[] }).items;
  expect(sought(all, "").length).toBe(all.length);
  expect(sought(all, "ADA html").map(({ format }) => format)).toEqual(["html"]);
  expect(sought(all, "refused").every(({ state }) => state === "refused")).toBe(true);
  expect(sought(all, "weather")).toEqual([]);
  await visited("/reports?find=weather", OWNER);
  await screen.findByText(/^Nothing that was made has that/);
  expect(screen.queryByText("None was made yet")).toBeNull();
});

it("says that none was made yet, which is no failure", async () => {
  await visited("/reports", { ...OWNER, "/api/v1/reports": '{"items":[],"next":null}' });
  await screen.findByText("None was made yet");
  expect(screen.queryByRole("alert")).toBeNull();
});

it("asks for a report of other days, of one team, as of a moment by the tenant's clocks", async () => {
  const user = userEvent.setup();
  const answered = item("reports", 0);
  const { fetched } = await visited("/reports", {
    ...OWNER,
    "/api/v1/tenant": JSON.stringify({ ...(JSON.parse(recorded("tenant")) as object), time_zone: "Europe/Berlin" }),
    "/api/v1/reports": (path) => (path.includes("?") ? recorded("reports") : answered),
  });
  await user.click(await screen.findByRole("button", { name: "Make a report" }));
  const dialog = await screen.findByRole("dialog", { name: "Make a report" });
  await user.selectOptions(within(dialog).getByLabelText("Which report"), "team-weekly");
  await user.selectOptions(within(dialog).getByLabelText("File"), "xlsx");
  await user.selectOptions(within(dialog).getByLabelText("Which days"), "last_of");
  const many = within(dialog).getByLabelText("How many");
  await user.clear(many);
  await user.type(many, "2");
  await user.selectOptions(await within(dialog).findByLabelText("Only on: Teams"), "Payments");
  await user.click(within(dialog).getByRole("radio", { name: "An earlier moment" }));
  const at = within(dialog).getByLabelText("By the clocks of Europe/Berlin");
  await user.clear(at);
  await user.type(at, "2026-10-31T23:00");
  await user.click(within(dialog).getByRole("button", { name: "Make it" }));
  await waitFor(() =>
    expect(changes(fetched)).toEqual([
      {
        method: "POST",
        path: "/api/v1/reports",
        body: {
          definition: "team-weekly",
          format: "xlsx",
          changes: { period: { last_of: { count: 2, unit: "week" } }, scope: { teams: ["p:2"] } },
          as_of: "2026-10-31T22:00:00.000Z",
        },
        version: null,
      },
    ]),
  );
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

it("keeps what was chosen where a report is refused, and says why", async () => {
  const user = userEvent.setup();
  await visited("/reports", {
    ...OWNER,
    "/api/v1/reports": (path) => {
      return path.includes("?")
        ? recorded("reports")
        : [403, '{"code":"over-quota","title":"No more","detail":"100 are being made"}'];
    },
  });
  await user.click(await screen.findByRole("button", { name: /^Make it.*Risk register$/ }));
  const dialog = await screen.findByRole("dialog", { name: "Make a report" });
  expect(within(dialog).getByLabelText<HTMLSelectElement>("Which report").value).toBe("risk-register");
  await user.type(within(dialog).getByLabelText("Title"), "What may go wrong");
  await user.click(within(dialog).getByRole("button", { name: "Make it" }));
  expect((await within(dialog).findByRole("alert")).textContent).toContain("100 are being made");
  expect(within(dialog).getByLabelText<HTMLInputElement>("Title").value).toBe("What may go wrong");
});

it("takes a file away by the server's name for it, and tells it where that is refused", async () => {
  const user = userEvent.setup();
  const urls = vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:file");
  const { fetched, unmount } = await visited("/reports", { ...OWNER, "/api/v1/reports/": "bytes" });
  await user.click((await screen.findAllByRole("button", { name: /^Download/ }))[0] as HTMLElement);
  await waitFor(() => expect(urls).toHaveBeenCalledOnce());
  expect(
    fetched.mock.calls.some(([path]) => typeof path === "string" && /^\/api\/v1\/reports\/report_[^/]+\/file$/.test(path)),
  ).toBe(true);
  unmount();
  await visited("/reports", {
    ...OWNER,
    "/api/v1/reports/": [404, '{"code":"not-found","title":"Not there","detail":"this report has no file now"}'],
  });
  await user.click((await screen.findAllByRole("button", { name: /^Download/ }))[0] as HTMLElement);
  expect((await screen.findByRole("alert")).textContent).toContain("This report has no file now.");
  expect(fileName('attachment; filename="board-2026-11-26.pdf"')).toBe("board-2026-11-26.pdf");
  expect(fileName(null)).toBe("report");
});

it("makes a link that is good for a while", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/reports", {
    ...OWNER,
    "/api/v1/reports/": '{"path":"/api/v1/reports/report_1/shared?key=abc","expires_at":1795736400000000}',
  });
  await user.click((await screen.findAllByRole("button", { name: /^Link to/ }))[0] as HTMLElement);
  const dialog = await screen.findByRole("dialog", { name: /^A link to/ });
  await user.selectOptions(within(dialog).getByLabelText("Good for"), "168");
  await user.click(within(dialog).getByRole("button", { name: "Make the link" }));
  const link = await within(dialog).findByLabelText<HTMLInputElement>("Link");
  expect(link.value).toBe(`${location.origin}/api/v1/reports/report_1/shared?key=abc`);
  expect(changes(fetched).at(-1)?.body).toEqual({ hours: 168 });
});

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

it("lets whoever reads figures ask for reports, and no others define or see them", async () => {
  const { unmount } = await visited("/reports", as("metrics:read"));
  await screen.findByRole("button", { name: "Make a report" });
  expect(screen.queryByRole("button", { name: "Define one" })).toBeNull();
  unmount();
  const built = await visited("/reports/board-quarterly", OWNER);
  await screen.findByRole("button", { name: "Define one like it" });
  expect(screen.queryByRole("button", { name: "Remove" })).toBeNull();
  built.unmount();
  await visited("/reports", as("jobs:read"));
  await screen.findByText("This page is not for you");
});

it("says what there is of a report in words, and sends no more than was said", () => {
  const format = formatter("en-GB", "UTC");
  expect(periodWords({ last_of: { count: 2, unit: "week" } }, format)).toBe("the last 2 whole weeks");
  expect(periodWords({ days: { from: "2026-03-01", until: "2026-04-01" } }, format)).toBe("1 Mar 2026 to 31 Mar 2026");
  expect(PROPOSED[rhythm({ last: "quarter" })]).toBe("0 6 1 1,4,7,10 *");
  expect(showsWords({ charts: [{ metric: "m", by: "team", shape: "line" }] }, () => "Lead time")).toBe(
    "charts: Lead time by team",
  );
  expect(tidied({ title: "  ", period: null, scope: { teams: [], projects: ["a"] }, time_zone: "" })).toEqual({
    scope: { projects: ["a"] },
  });
});

/** The drawer of a new report with sections of its own, which begins like the risk register: risks, forecasts, what is open. */
async function itself(more: Parameters<typeof visited>[1] = {}) {
  const user = userEvent.setup();
  const { fetched } = await visited("/reports", { ...more, ...OWNER, "/api/v1/report-definitions/": "{}" });
  await user.click(await screen.findByRole("button", { name: "Define one" }));
  const dialog = await screen.findByRole("dialog", { name: "Define a report" });
  await user.selectOptions(within(dialog).getByLabelText("Like"), "risk-register");
  await user.click(within(dialog).getByRole("radio", { name: "Sections of its own" }));
  await user.type(within(dialog).getByLabelText("Title"), "Ours");
  const order = () =>
    within(dialog)
      .getAllByLabelText<HTMLInputElement>("Heading")
      .map(({ value }) => value);
  const section = (name: string) => within(within(dialog).getByRole("listitem", { name: new RegExp(`: ${name}$`) }));
  const kept = () => (changes(fetched).at(-1)?.body as Plan | undefined)?.definition?.sections;
  return { user, fetched, dialog, order, section, kept };
}

it("puts the sections of a report of one's own in another order, by button and by key, and the focus stays with what moved", async () => {
  const { user, dialog, order, section } = await itself();
  expect(order()).toEqual(["Risks", "Forecasts", "What is open"]);
  const up = section("What is open").getByRole("button", { name: "Move What is open up" });
  await user.click(up);
  expect(order()).toEqual(["Risks", "What is open", "Forecasts"]);
  expect(document.activeElement?.getAttribute("aria-label")).toBe("Move What is open up");
  await user.keyboard("{Enter}");
  expect(order()).toEqual(["What is open", "Risks", "Forecasts"]);
  // At the first place there is no further up: the way back has the focus.
  expect(document.activeElement?.getAttribute("aria-label")).toBe("Move What is open down");
  expect(section("What is open").getByRole("button", { name: "Move What is open up" })).toHaveProperty("disabled", true);
  within(dialog).getByText("What is open is at place 1 of 3");
  await user.click(section("Risks").getByLabelText("Heading"));
  await user.keyboard("{Alt>}{ArrowDown}{/Alt}");
  expect(order()).toEqual(["What is open", "Forecasts", "Risks"]);
  await user.keyboard("{Alt>}{ArrowDown}{/Alt}");
  expect(order()).toEqual(["What is open", "Forecasts", "Risks"]);
});

it("adds a section, says what it lacks, and keeps what is in each", async () => {
  const { user, dialog, order, section, kept } = await itself();
  await user.click(section("Forecasts").getByRole("button", { name: "Leave Forecasts out" }));
  expect(order()).toEqual(["Risks", "What is open"]);
  await user.click(within(dialog).getByRole("button", { name: "Add a section" }));
  const define = within(dialog).getByRole("button", { name: "Define it" });
  expect(define).toHaveProperty("disabled", true);
  within(dialog).getByText("It needs a heading.");
  // Its heading has the focus.
  await user.keyboard("Speed");
  section("Speed").getByText("Choose a metric.");
  await user.selectOptions(section("Speed").getByLabelText("Another metric"), "change_lead_time");
  await user.selectOptions(section("Speed").getByLabelText("Shows"), "charts");
  const chart = within(section("Speed").getByRole("group", { name: "Chart 1" }));
  await user.selectOptions(chart.getByLabelText("Told apart by"), "team");
  await user.selectOptions(chart.getByLabelText("As"), "bar");
  await user.type(section("Speed").getByLabelText("Text"), "By team.");
  await user.selectOptions(section("Risks").getByLabelText("Shows"), "text");
  section("Risks").getByText("It needs a text.");
  expect(define).toHaveProperty("disabled", true);
  await user.type(section("Risks").getByLabelText("Text"), "Ask Ada.");
  await user.selectOptions(within(dialog).getByLabelText("Language"), "de");
  await user.click(define);
  await waitFor(() => expect(kept()).toBeDefined());
  expect(kept()).toEqual([
    { title: "Risks", text: "Ask Ada.", shows: "text" },
    {
      title: "What is open",
      text: "",
      shows: { tiles: ["work_in_progress", "work_item_age", "open_incidents", "open_pull_requests"] },
    },
    { title: "Speed", text: "By team.", shows: { charts: [{ metric: "change_lead_time", by: "team", shape: "bar" }] } },
  ]);
});

it("says in which steps, against what and of what a report tells", async () => {
  const { user, fetched, dialog } = await itself();
  await user.selectOptions(within(dialog).getByLabelText("Charts by"), "month");
  const steps = within(dialog).getByLabelText("Steps of a chart");
  await user.clear(steps);
  expect(within(dialog).getByRole("button", { name: "Define it" })).toHaveProperty("disabled", true);
  await user.type(steps, "6");
  await user.selectOptions(within(dialog).getByLabelText("Against"), "year_ago");
  const before = within(dialog).getByRole<HTMLInputElement>("checkbox", { name: "Reliability" }).checked;
  await user.click(within(dialog).getByRole("checkbox", { name: "Reliability" }));
  await user.click(within(dialog).getByRole("button", { name: "Define it" }));
  await waitFor(() => expect(changes(fetched)).toHaveLength(1));
  const { definition } = changes(fetched)[0]?.body as Plan;
  expect(definition).toMatchObject({ grain: "month", trend: 6, compare: "year_ago" });
  expect(definition?.headline.includes("reliability")).toBe(!before);
});

it("takes a section that was left out back to its place, and loses no metric on the way through other kinds", async () => {
  const { user, dialog, order, section } = await itself();
  await user.click(section("Forecasts").getByRole("button", { name: "Leave Forecasts out" }));
  await user.click(within(dialog).getByRole("button", { name: "Undo: Forecasts is left out" }));
  expect(order()).toEqual(["Risks", "Forecasts", "What is open"]);
  expect(document.activeElement).toBe(section("Forecasts").getByLabelText("Heading"));
  expect(within(dialog).queryByRole("button", { name: /^Undo/ })).toBeNull();
  const metrics = () =>
    within(section("What is open").getByRole("list", { name: "Its metrics" }))
      .getAllByRole("listitem")
      .map(({ textContent }) => textContent);
  const before = metrics();
  for (const kind of ["charts", "table", "text", "risks", "tiles"])
    await user.selectOptions(section("What is open").getByLabelText("Shows"), kind);
  expect(metrics()).toEqual(before);
  // The last of them leaves the focus at what adds another.
  for (const name of ["Risks", "Forecasts", "What is open"])
    await user.click(section(name).getByRole("button", { name: `Leave ${name} out` }));
  expect(document.activeElement?.textContent).toBe("Add a section");
});

it("takes a saved query with the values of its parameters, and none that it does not take", async () => {
  const saved = JSON.parse(recorded("saved-query")) as { id: string };
  const one = {
    ...saved,
    id: "query_1",
    title: "Late ones",
    parameters: [
      { name: "days", type: "integer", default: 7 },
      { name: "keys", type: "text[]", default: ["PAY", "SHOP"] },
    ],
  };
  const { user, dialog, section, kept } = await itself({
    "/api/v1/saved-queries": JSON.stringify({ items: [one], next: null }),
  });
  await user.selectOptions(section("Forecasts").getByLabelText("Shows"), "query");
  section("Forecasts").getByText("Choose a saved query.");
  await user.selectOptions(await section("Forecasts").findByLabelText("Saved query"), "query_1");
  const days = section("Forecasts").getByLabelText<HTMLInputElement>("$days");
  expect(days.value).toBe("7");
  await user.clear(days);
  await user.type(days, "x");
  section("Forecasts").getByText("$days has no value that it takes.");
  expect(within(dialog).getByRole("button", { name: "Define it" })).toHaveProperty("disabled", true);
  await user.clear(days);
  await user.type(days, "30");
  const keys = section("Forecasts").getByLabelText<HTMLTextAreaElement>("$keys");
  expect(keys.value).toBe("PAY\nSHOP");
  await user.type(keys, "{Enter}OPS");
  // Another section of the same query has fields of its own.
  await user.selectOptions(section("Risks").getByLabelText("Shows"), "query");
  await user.selectOptions(await section("Risks").findByLabelText("Saved query"), "query_1");
  expect(section("Risks").getByLabelText<HTMLTextAreaElement>("$keys").value).toBe("PAY\nSHOP");
  await user.click(within(dialog).getByRole("button", { name: "Define it" }));
  await waitFor(() => expect(kept()).toBeDefined());
  expect(kept()?.[1]?.shows).toEqual({
    query: {
      saved: "query_1",
      params: {
        days: { type: "integer", value: 30 },
        keys: { type: "text[]", value: ["PAY", "SHOP", "OPS"] },
      },
    },
  });
});

it("shows what a section would say, of the report's days and of what it is on", async () => {
  vi.setSystemTime(new Date("2026-11-26T10:00:00Z"));
  const answer = {
    definition: { name: "work_in_progress", title: "Work in progress", unit: "items", direction: "lower", minimum_n: 10 },
    as_of: 0,
    groups: [{ key: null, name: null, points: [], total: { value: 12 } }],
    overall: null,
    spread: null,
  };
  const { user, fetched, section } = await itself({ "/api/v1/metrics/work_in_progress": JSON.stringify(answer) });
  const open = section("What is open");
  for (const other of ["Work item age", "Open incidents", "Open pull requests"])
    await user.click(open.getByRole("button", { name: `Leave ${other} out` }));
  await user.click(open.getByRole("button", { name: "What it shows now" }));
  await open.findByText("Work in progress: 12 items");
  // Four whole weeks before Monday, 23 November.
  const path = (fetched.mock.calls as unknown as [string][])
    .map(([path]) => path)
    .find((path) => path.includes("work_in_progress?"));
  expect(path).toContain("from=2026-10-26&until=2026-11-23&grain=week");
  await user.click(section("Risks").getByRole("button", { name: "What it shows now" }));
  section("Risks").getByText(/there once it is made/);
  vi.useRealTimers();
});

it("knows which days a period means, what a section lacks, and what stays of it as another kind", () => {
  const today = "2026-11-26";
  expect(daysOf({ last: "week" }, today)).toEqual({ from: "2026-11-16", until: "2026-11-23" });
  expect(daysOf({ last: "quarter" }, "2026-02-28")).toEqual({ from: "2025-10-01", until: "2026-01-01" });
  expect(daysOf({ last_of: { count: 2, unit: "month" } }, today)).toEqual({ from: "2026-09-01", until: "2026-11-01" });
  expect(daysOf({ so_far: "year" }, today)).toEqual({ from: "2026-01-01", until: "2026-11-27" });
  // A Sunday is in the week of the Monday before.
  expect(daysOf({ so_far: "week" }, "2026-11-29").from).toBe("2026-11-23");
  expect(trendOf({ trend: 13, grain: "month" }, { from: "2026-10-01", until: "2026-11-01" }).from).toBe("2025-10-01");
  expect(trendOf({ trend: 1, grain: "week" }, { from: "2026-10-01", until: "2026-11-01" }).from).toBe("2026-10-01");
  expect([moved([1, 2, 3], 0, 2), moved([1, 2, 3], 2, 3)]).toEqual([
    [2, 3, 1],
    [1, 2, 3],
  ]);
  const section = (part: Partial<Section>): Section => ({ title: "x", text: "", shows: "risks", ...part });
  expect(lacks(section({}))).toBeNull();
  expect(lacks(section({ shows: { pivot: { metric: "", by: null, cells: "values" } } }))).toBe("Choose a metric.");
  expect(lacks(section({ shows: { tiles: Array.from({ length: 21 }, (_, at) => `m${at}`) } }))).toContain("20");
  const known = [
    { name: "a", dimensions: ["team"] },
    { name: "b", dimensions: [] },
  ] as unknown as Definition[];
  expect(shownAs("table", { tiles: ["a", "b"] }, known)).toEqual({ table: { by: "team", metrics: ["a"] } });
  expect(shownAs("pivot", { tiles: ["a", "b"] }, known)).toEqual({ pivot: { metric: "a", by: null, cells: "values" } });
  expect(shownAs("tiles", "risks", known)).toEqual({ tiles: [] });
  expect(showsWords({ query: { saved: "q" } }, (metric) => metric)).toBe("the rows of a saved query");
});
