import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Alert, AlertStep, Condition, Rule } from "@/api/alerts";
import type { Definition } from "@/api/types";
import { formatter } from "@/design/format";
import { lasting } from "@/parts/Duration";
import { ordered } from "@/pages/alerts/Alerts";
import { isWhole, PROPOSED } from "@/pages/alerts/ConditionFields";
import { asked } from "@/pages/alerts/MetricFields";
import { conditionWords, standing, tried } from "@/pages/alerts/words";
import { as, OPERATOR, OWNER, USER } from "./people";
import { changes, recorded, visited } from "./shown";
import { plain } from "./plain";

afterEach(() => vi.unstubAllGlobals());

const rules = JSON.parse(recorded("alert-rules")) as Rule[];
const lead = rules.find(({ name }) => name === "lead") as Rule;
const known = (JSON.parse(recorded("metrics")) as { metrics: Definition[] }).metrics;

it("shows what nobody looks after first, and acknowledges it", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/alerts", OWNER);
  const now = (await screen.findByRole("heading", { name: "Now" })).closest("section") as HTMLElement;
  const [first, second] = await within(now).findAllByRole("link", { name: /^Lead time/ });
  expect(first?.textContent).toBe("Lead time is high");
  const row = second?.closest("li") as HTMLElement;
  within(row).getByText("looked after");
  expect(within(row).queryByRole("button")).toBeNull();
  await user.click(within(now).getByRole("button", { name: /^I look after it/ }));
  await waitFor(() => expect(changes(fetched)[0]?.path).toMatch(/^\/api\/v1\/alerts\/alert_[^/]+\/acknowledge$/));
});

it("tells a quiet tenant from one without rules", async () => {
  const nothing = { ...OWNER, "/api/v1/alerts": '{"items":[],"next":null}' };
  const { unmount } = await visited("/alerts", { ...nothing, "/api/v1/alert-rules": JSON.stringify([lead]) });
  await screen.findByText("Nothing fires");
  unmount();
  await visited("/alerts", { ...nothing, "/api/v1/alert-rules": "[]" });
  await screen.findByText("No rule looks yet");
  expect(screen.queryByText("Nothing fires")).toBeNull();
});

it("says of an alert what it is about, in the metric's unit, and how it came there", async () => {
  const { alert, steps } = JSON.parse(recorded("alert")) as { alert: Alert; steps: AlertStep[] };
  await visited(`/alerts/${alert.id}`, OWNER);
  const table = await screen.findByRole("table", { name: "What the alert is about" });
  const payments = within(table)
    .getByRole("rowheader", { name: /^Payments/ })
    .closest("tr") as HTMLElement;
  await within(payments).findByText("9.3 days");
  screen.getByText("Look at the reviews that wait");
  expect(screen.getByRole("link", { name: "The rows behind it" }).getAttribute("href")).toContain("evidence=");
  const way = screen.getByRole("heading", { name: "How it came there" }).closest("section") as HTMLElement;
  expect(within(way).getAllByRole("listitem")).toHaveLength(steps.length);
});

it("says whose an alert is, and takes back that somebody looks after it", async () => {
  const user = userEvent.setup();
  const { alert } = JSON.parse(recorded("alert")) as { alert: Alert };
  const { fetched, unmount } = await visited(`/alerts/${alert.id}`, OWNER);
  await user.selectOptions(
    await screen.findByLabelText("Assigned to"),
    await screen.findByRole("option", { name: "Robin Vale" }),
  );
  const robin = { user: "user_P23y2eNE6ShrhPCdjM8ShA" };
  await waitFor(() =>
    expect(changes(fetched)[0]).toMatchObject({ method: "PUT", path: `/api/v1/alerts/${alert.id}/assignee`, body: robin }),
  );
  expect(screen.queryByRole("button", { name: "Nobody looks after it" })).toBeNull();
  unmount();
  const hers = { ...alert, state: "acknowledged", assigned_to: robin.user, assigned_at: alert.since };
  const answers = { [`/api/v1/alerts/${alert.id}`]: JSON.stringify({ alert: hers, steps: [] }), ...OWNER };
  const { fetched: then } = await visited(`/alerts/${alert.id}`, answers);
  const whose = await screen.findByLabelText<HTMLSelectElement>("Assigned to");
  await waitFor(() => expect(whose.selectedOptions[0]?.textContent).toBe("Robin Vale"));
  await user.selectOptions(whose, "nobody");
  await user.click(screen.getByRole("button", { name: "Nobody looks after it" }));
  await waitFor(() =>
    expect(changes(then).map(({ method, path }) => `${method} ${path.split("/").at(-1)}`)).toEqual([
      "DELETE assignee",
      "POST unacknowledge",
    ]),
  );
});

it("leads to what is behind an alert that is of no metric", async () => {
  const { alert, steps } = JSON.parse(recorded("alert")) as { alert: Alert; steps: AlertStep[] };
  for (const [evidence, name, to] of [
    ["/api/v1/risks?project=jira%3Aa%3Aprojects%2F1", "What the rules found", "/project?project=jira%3Aa%3Aprojects%2F1#risks"],
    ["/api/v1/forecasts", "What is forecast", "/forecast#forecasts"],
    ["/api/v1/jobs?run=job_1", "The jobs", "/jobs?open=job_1"],
    ["/api/v1/schedules", "The schedules", "/admin/work"],
    ["/api/v1/jobs/job_1", "The jobs", "/jobs"],
    ["/api/v1/connections/hub/health", "The connection", "/connections/hub"],
  ] as const) {
    const told = JSON.stringify({ alert: { ...alert, evidence }, steps });
    const { unmount } = await visited(`/alerts/${alert.id}`, { [`/api/v1/alerts/${alert.id}`]: told, ...OWNER });
    expect((await screen.findByRole("link", { name })).getAttribute("href")).toBe(to);
    unmount();
  }
});

it("lets nobody acknowledge, mute or set rules without alerts:manage", async () => {
  const reader = as("metrics:read");
  const { unmount } = await visited("/alerts", reader);
  await screen.findAllByText("Lead time is high");
  expect(screen.queryByRole("button", { name: /^I look after it/ })).toBeNull();
  expect(screen.queryByRole("link", { name: "Set a rule" })).toBeNull();
  unmount();
  const list = await visited("/alerts/rules", reader);
  await screen.findByRole("link", { name: "Rework" });
  expect(screen.queryByRole("button", { name: /^Mute/ })).toBeNull();
  list.unmount();
  await visited("/alerts/rules/new", reader);
  await screen.findByText("This page is not for you");
  screen.getByText("alerts:manage");
});

it("sets a rule: hours become seconds, a title a name, and what is left alone is sent as it is", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/alerts/rules/new", { ...OWNER, "/api/v1/alert-rules/": JSON.stringify(lead) });
  await user.type(await screen.findByLabelText("Title"), "Waits too long");
  const set = screen.getByRole("button", { name: "Set the rule" });
  expect(set).toHaveProperty("disabled", true);
  await user.type(await screen.findByLabelText("Above (hours)"), "72");
  screen.getByText("That is 3 days.");
  await user.selectOptions(screen.getByLabelText("Told apart by"), "team");
  await user.selectOptions(await screen.findByLabelText("Limited to: Projects"), "Shop");
  const [back] = screen.getAllByLabelText(/^When it is back at/);
  await user.type(back as HTMLElement, "80");
  screen.getByText("It should come back to that value or below.");
  await user.clear(back as HTMLElement);
  await user.type(back as HTMLElement, "48");
  const hold = screen.getByLabelText("It has to hold for");
  await user.clear(hold);
  await user.type(hold, "1");
  await user.selectOptions(screen.getByLabelText("It has to hold for, in"), "days");
  await user.click(screen.getByRole("checkbox", { name: "Quiet hours" }));
  await user.selectOptions(screen.getByLabelText("It tells, by"), "destination");
  const places = await screen.findByLabelText("It tells, whom");
  await within(places).findByRole("option", { name: "chat (Slack)" });
  within(places).getByRole("option", { name: "ops (Webhook)" });
  await user.selectOptions(places, "ops");
  await user.click(screen.getByRole("button", { name: "Add" }));
  // Others are named, or there are none.
  await user.click(screen.getByRole("checkbox", { name: "Others, when nobody looks after it" }));
  expect(set).toHaveProperty("disabled", true);
  await user.selectOptions(screen.getByLabelText("It tells then, by"), "mail");
  await user.type(screen.getByLabelText("It tells then, whom"), "kim@example.com{Enter}");
  await user.click(set);
  await waitFor(() => expect(changes(fetched)).toHaveLength(1));
  expect(changes(fetched)[0]).toEqual({
    method: "PUT",
    path: "/api/v1/alert-rules/waits-too-long",
    version: null,
    body: {
      title: "Waits too long",
      condition: {
        metric: {
          metric: "change_lead_time",
          grain: "week",
          by: "team",
          filter: { projects: ["p:1"] },
          running: false,
          minimum_n: 0,
          test: { above: 259_200 },
        },
      },
      for_seconds: 86_400,
      clear: { at: 172_800, for_seconds: 0 },
      severity: "warning",
      together: true,
      quiet: { from: "20:00", until: "08:00", days_off: true },
      to: [{ notification: USER }, { destination: "ops" }],
      escalation: { after_seconds: 14_400, to: [{ mail: "kim@example.com" }] },
      next: "",
    },
  });
});

it("sets a rule about jobs that fail, come late, or are asked for by a paused schedule", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/alerts/rules/new", {
    ...OWNER,
    "/api/v1/alert-rules/jobs/preview": recorded("alert-preview"),
    "/api/v1/alert-rules/": JSON.stringify(lead),
  });
  await user.type(await screen.findByLabelText("Title"), "Jobs");
  await user.selectOptions(screen.getByLabelText("It looks at"), "job");
  const set = screen.getByRole("button", { name: "Set the rule" });
  const when = screen.getByLabelText("When");
  await user.click(screen.getByRole("checkbox", { name: "Make the facts" }));
  await user.selectOptions(when, "failing");
  const tries = screen.getByLabelText("Tries that failed");
  await user.clear(tries);
  expect(set).toHaveProperty("disabled", true);
  await user.type(tries, "2");
  await user.click(screen.getByRole("button", { name: "Try it" }));
  await screen.findByText("It would have fired 8 times");
  await user.selectOptions(when, "late_seconds");
  const late = screen.getByLabelText("It may be late for");
  await user.clear(late);
  await user.type(late, "30");
  await user.selectOptions(screen.getByLabelText("It may be late for, in"), "minutes");
  await user.click(screen.getByRole("button", { name: "Try it again" }));
  await user.selectOptions(when, "paused");
  screen.getByText(/^Tried on the last 89 days, by when schedules were paused/);
  await user.click(set);
  const kinds = ["model"];
  await waitFor(() =>
    expect(changes(fetched).map(({ body }) => (body as { condition: unknown }).condition)).toEqual([
      { job: { kinds, is: { failing: 2 } } },
      { job: { kinds, is: { late_seconds: 1_800 } } },
      { job: { kinds, is: "paused" } },
    ]),
  );
});

it("tries a rule before it is kept, and says when that is of what was typed before", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/alerts/rules/lead?open=change", {
    ...OWNER,
    "/api/v1/alert-rules/lead/preview": recorded("alert-preview"),
  });
  await user.click(await screen.findByRole("button", { name: "Try it" }));
  await screen.findByText("It would have fired 8 times");
  expect(changes(fetched)[0]).toMatchObject({
    method: "POST",
    path: "/api/v1/alert-rules/lead/preview",
    body: { title: lead.title },
  });
  await screen.findByText("5.6 days");
  const above = await screen.findByLabelText("Above (hours)");
  await user.clear(above);
  await user.type(above, "96");
  screen.getByText(/^This is of what was typed before/);
  await user.selectOptions(screen.getByLabelText("When it"), "tier_drop");
  expect(screen.getByRole("button", { name: "Try it again" })).toHaveProperty("disabled", false);
  await user.selectOptions(screen.getByLabelText("It looks at"), "job");
  screen.getByText(/^Tried on the last 89 days/);
  expect(screen.getByRole("button", { name: "Try it again" })).toHaveProperty("disabled", false);
});

it("changes a rule with the version that was read, and keeps what was typed when that is refused", async () => {
  const user = userEvent.setup();
  const { fetched, router } = await visited("/alerts/rules/lead", {
    ...OWNER,
    "/api/v1/alert-rules/": [412, '{"code":"stale","title":"It was changed","detail":"somebody else was faster"}'],
  });
  await user.click(await screen.findByRole("button", { name: "Change" }));
  await waitFor(() => expect(router.state.location.search).toEqual({ open: "change" }));
  const title = await screen.findByLabelText<HTMLInputElement>("Title");
  await user.clear(title);
  await user.type(title, "Lead time is too high");
  await user.click(screen.getByRole("button", { name: "Keep" }));
  expect((await screen.findByRole("alert")).textContent).toContain("Somebody else was faster.");
  expect(title.value).toBe("Lead time is too high");
  const [put] = changes(fetched);
  expect(put?.version).toBe(`"${lead.version}"`);
  expect(put?.body).not.toHaveProperty("owner");
});

const CHANGE = "/alerts/rules/lead?open=change";

it("asks before what was changed of a rule is left, by whichever way, and asks nothing where nothing was", async () => {
  const user = userEvent.setup();
  const { router } = await visited("/alerts/rules/lead", OWNER);
  await user.click(await screen.findByRole("button", { name: "Change" }));
  await screen.findByLabelText("Title");
  await user.click(screen.getByRole("button", { name: "Leave it" }));
  await screen.findByRole("button", { name: "Change" });
  await user.click(screen.getByRole("button", { name: "Change" }));
  await user.type(await screen.findByLabelText("Title"), "!");
  const typed = () => screen.getByLabelText<HTMLInputElement>("Title").value;
  // The way back of a history in memory asks nobody: that is seen in a browser (e2e/pages.mjs).
  void router.navigate({ to: ".", search: {} });
  const asks = await screen.findByRole("dialog", { name: "Leave what you changed?" });
  await user.click(within(asks).getByRole("button", { name: "Go on writing" }));
  expect([typed(), router.state.location.search]).toEqual([`${lead.title}!`, { open: "change" }]);
  void router.navigate({ to: "/profile" });
  await screen.findByRole("dialog", { name: "Leave what you changed?" });
  await user.click(screen.getByRole("button", { name: "Go on writing" }));
  expect(typed()).toBe(`${lead.title}!`);
  await user.click(screen.getByRole("button", { name: "Leave it" }));
  const again = await screen.findByRole("dialog", { name: "Leave what you changed?" });
  await user.click(within(again).getByRole("button", { name: "Leave it" }));
  await screen.findByRole("button", { name: "Change" });
  expect(router.state.location.search).toEqual({});
});

it("writes over what somebody else made of a rule meanwhile only once that is said", async () => {
  const user = userEvent.setup();
  let there = lead;
  const { fetched } = await visited(CHANGE, {
    ...OWNER,
    "/api/v1/alert-rules": () => JSON.stringify([there]),
    "/api/v1/alert-rules/": () => {
      const stale = there === lead;
      there = { ...lead, title: "Theirs", version: lead.version + 1 };
      return stale ? [412, '{"code":"stale","title":"It was changed","detail":"read it anew"}'] : JSON.stringify(there);
    },
  });
  const title = () => screen.findByLabelText<HTMLInputElement>("Title");
  await user.clear(await title());
  await user.type(await title(), "Mine");
  const keep = screen.getByRole<HTMLButtonElement>("button", { name: "Keep" });
  await user.click(keep);
  const notice = (await screen.findByText(/^.* changed it/)).closest("[role=alert]") as HTMLElement;
  // What was read with the list is no version that somebody looked at.
  await waitFor(() => expect(keep.disabled).toBe(true));
  expect((await title()).value).toBe("Mine");
  await user.click(within(notice).getByRole("button", { name: "Keep mine in its place" }));
  await user.click(keep);
  await waitFor(() => expect(changes(fetched)).toHaveLength(2));
  expect(changes(fetched)[1]).toMatchObject({ version: `"${lead.version + 1}"`, body: { title: "Mine" } });
});

it("keeps what was typed of a rule that somebody else removes meanwhile, and sets it anew", async () => {
  const user = userEvent.setup();
  let there = [lead];
  const { fetched } = await visited(CHANGE, {
    ...OWNER,
    "/api/v1/alert-rules": () => JSON.stringify(there),
    "/api/v1/alert-rules/": () => {
      const gone = there.length === 0;
      there = [];
      return gone ? JSON.stringify(lead) : [404, '{"code":"not-found","title":"Not there","detail":"there is no such rule"}'];
    },
  });
  const title = await screen.findByLabelText<HTMLInputElement>("Title");
  await user.clear(title);
  await user.type(title, "Mine");
  await user.click(screen.getByRole("button", { name: "Keep" }));
  await screen.findByText(/^Somebody removed the rule/);
  expect(screen.getByLabelText<HTMLInputElement>("Title").value).toBe("Mine");
  await user.click(screen.getByRole("button", { name: "Set the rule" }));
  await waitFor(() => expect(changes(fetched)).toHaveLength(2));
  expect(changes(fetched)[1]).toMatchObject({ path: "/api/v1/alert-rules/lead", version: null, body: { title: "Mine" } });
});

it("begins anew with what somebody else made of a rule", async () => {
  const user = userEvent.setup();
  let there = lead;
  await visited(CHANGE, {
    ...OWNER,
    "/api/v1/alert-rules": () => JSON.stringify([there]),
    "/api/v1/alert-rules/": () => {
      there = { ...lead, title: "Theirs", version: lead.version + 1 };
      return [412, '{"code":"stale","title":"It was changed","detail":"read it anew"}'];
    },
  });
  await user.type(await screen.findByLabelText("Title"), "Mine");
  await user.click(screen.getByRole("button", { name: "Keep" }));
  await user.click(await screen.findByRole("button", { name: "Begin anew with that" }));
  expect(screen.getByLabelText<HTMLInputElement>("Title").value).toBe("Theirs");
  expect(screen.queryByText(/changed it/)).toBeNull();
});

it("says at a field why it was refused", async () => {
  const user = userEvent.setup();
  const refusals = ["`title` should be one line of 1 to 150 characters", "`to` should be 50 recipients at most"];
  await visited(CHANGE, {
    ...OWNER,
    "/api/v1/alert-rules/": () => [422, JSON.stringify({ code: "invalid-value", title: "No", detail: refusals.shift() })],
  });
  const title = await screen.findByLabelText<HTMLInputElement>("Title");
  await user.type(title, "!");
  await user.click(screen.getByRole("button", { name: "Keep" }));
  await screen.findByText("It should be one line of 1 to 150 characters.");
  expect(title.getAttribute("aria-invalid")).toBe("true");
  await user.click(screen.getByRole("button", { name: "Keep" }));
  await screen.findByText("It should be 50 recipients at most.");
  expect(title.getAttribute("aria-invalid")).toBeNull();
});

it("keeps what was typed of one kind while another is looked at, and tells where in a statement a mistake is", async () => {
  const user = userEvent.setup();
  await visited("/alerts/rules/new", {
    ...OWNER,
    "/api/v1/alert-rules/": [400, '{"code":"invalid-question","title":"No","detail":"table not found","line":2,"column":6}'],
  });
  await user.type(await screen.findByLabelText("Title"), "Nobody owns it");
  const looks = screen.getByLabelText("It looks at");
  await user.selectOptions(looks, "sql");
  await user.type(screen.getByLabelText("Statement"), "SELECT 1 AS key");
  await user.selectOptions(looks, "calibration");
  await user.selectOptions(looks, "sql");
  expect(screen.getByLabelText<HTMLTextAreaElement>("Statement").value).toBe("SELECT 1 AS key");
  await user.click(screen.getByRole("button", { name: "Set the rule" }));
  await screen.findByText("Line 2, character 6: table not found");
  expect(screen.getByLabelText("Statement").getAttribute("aria-invalid")).toBe("true");
});

it("is not sent without a recipient that was typed and not added, nor with a value that nothing comes back to", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited(CHANGE, { ...OWNER, "/api/v1/alert-rules/": JSON.stringify(lead) });
  await user.selectOptions(await screen.findByLabelText("It tells, by"), "mail");
  const whom = screen.getByLabelText<HTMLInputElement>("It tells, whom");
  await user.type(whom, "kim@example.com");
  expect(whom.validity.customError).toBe(true);
  await user.click(screen.getByRole("button", { name: "Keep" }));
  expect(changes(fetched)).toEqual([]);
  await user.type(whom, "{Enter}");
  expect(whom.validity.valid).toBe(true);
  screen.getByRole("button", { name: "Leave kim@example.com out" });
  const [back] = screen.getAllByLabelText(/^When it is back at/);
  await user.clear(back as HTMLElement);
  await user.type(back as HTMLElement, "99999");
  expect(screen.getByRole("button", { name: "Keep" })).toHaveProperty("disabled", true);
});

it("takes a change of a rule of one's own back", async () => {
  const user = userEvent.setup();
  const mine = { ...lead, owner: USER };
  const { fetched } = await visited(CHANGE, {
    ...OWNER,
    "/api/v1/alert-rules": JSON.stringify([mine]),
    "/api/v1/alert-rules/": JSON.stringify({ ...mine, title: "Other", version: lead.version + 1 }),
  });
  await user.type(await screen.findByLabelText("Title"), "!");
  await user.click(screen.getByRole("button", { name: "Keep" }));
  await user.click(await screen.findByRole("button", { name: "Undo" }));
  await waitFor(() => expect(changes(fetched)).toHaveLength(2));
  expect(changes(fetched)[1]).toMatchObject({ version: `"${lead.version + 1}"`, body: { title: lead.title } });
});

it("shows a choice that is there no more as what it is, and not the first of the others", async () => {
  const gone = { ...lead, condition: { metric: { ...(lead.condition as { metric: object }).metric, metric: "gone_metric" } } };
  await visited(CHANGE, { ...OWNER, "/api/v1/alert-rules": JSON.stringify([gone]) });
  const metric = await screen.findByLabelText<HTMLSelectElement>("Metric");
  await within(metric).findByRole("option", { name: known[0]?.title ?? "" });
  expect(metric.selectedOptions[0]?.textContent).toBe("gone_metric");
});

it("mutes a rule for a while, and takes that back", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/alerts/rules", {
    ...OWNER,
    "/api/v1/alert-rules": JSON.stringify([lead]),
    "/api/v1/alert-rules/": JSON.stringify(lead),
  });
  await user.click(await screen.findByRole("button", { name: /^Mute/ }));
  const before = Date.now();
  await user.click(await screen.findByRole("menuitem", { name: "A day" }));
  await waitFor(() => expect(changes(fetched)).toHaveLength(1));
  const { until } = changes(fetched)[0]?.body as { until: number };
  expect(changes(fetched)[0]?.path).toBe("/api/v1/alert-rules/lead/mute");
  expect(until / 1_000 - before).toBeGreaterThanOrEqual(86_400_000);
  await user.click(await screen.findByRole("button", { name: "Undo" }));
  await waitFor(() => expect(changes(fetched).at(-1)?.body).toEqual({ until: lead.muted_until }));
});

it("says that a rule looks at nothing, and why", async () => {
  const { unmount } = await visited("/alerts", OWNER);
  await screen.findByText(/^The rule Rework looks at nothing any more/);
  unmount();
  await visited("/alerts/rules/rework", OWNER);
  expect((await screen.findByRole("alert")).textContent).toContain("its owner lacks");
});

it("removes a rule once its name is typed", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/alerts/rules/lead", { ...OWNER, "/api/v1/alert-rules/": "" });
  await user.click(await screen.findByRole("button", { name: "Remove" }));
  const dialog = await screen.findByRole("dialog", { name: "Remove Lead time is high" });
  await user.type(within(dialog).getByLabelText("Type lead to go on"), "lead");
  await user.click(within(dialog).getByRole("button", { name: "Remove it" }));
  await waitFor(() => expect(changes(fetched)[0]).toMatchObject({ method: "DELETE", path: "/api/v1/alert-rules/lead" }));
});

it("marks one place alone in the navigation, which pages below belong to", async () => {
  const current = async (name: string) => {
    await screen.findByRole("heading", { level: 1, name });
    const [nav] = screen.getAllByRole("navigation", { name: "Pages" });
    // How many fire is told behind the name.
    const title = ({ textContent }: Element) => textContent.replace(/\d+ firing$/, "");
    return [...(nav as HTMLElement).querySelectorAll('[aria-current="page"]')].map(title);
  };
  const one = await visited("/alerts/rules/lead", OWNER);
  expect(await current("Lead time is high")).toEqual(["Alerts"]);
  one.unmount();
  const all = await visited("/alerts/rules", OWNER);
  expect(await current("Alert rules")).toEqual(["Alerts"]);
  const about = screen.getByRole("navigation", { name: "Alerts" });
  expect(about.querySelector('[aria-current="page"]')?.textContent).toBe("Rules");
  expect(about.querySelectorAll('[aria-current="page"]')).toHaveLength(1);
  all.unmount();
  await visited("/platform/workers", OPERATOR);
  expect(await current("Workers and holds")).toEqual(["Workers and holds"]);
});

it("says what each kind of rule looks for", () => {
  const words = (condition: Condition) =>
    conditionWords(condition, { format: formatter("en", "UTC"), known, nameOf: (id) => id });
  expect(plain(words(lead.condition))).toBe("Change lead time by team: above 2 days, week by week");
  expect(plain(words({ forecast: { below: 0.5, projects: ["Shop"] } }))).toBe(
    "What is less likely than 50 % by its date, of Shop",
  );
  expect(words({ calibration: { kinds: ["epic", "sprint"] } })).toBe("Forecasts of epics, sprints without calibration");
  expect(words({ calibration: { kinds: [] } })).toBe("Any kind of forecasts without calibration");
  expect(words({ risk: { status: "off_track", rule: null, score: null, projects: [], teams: [] } })).toBe(
    "Projects that are off track",
  );
  expect(words({ job: { kinds: ["model"] } })).toBe("Waits for a person: Make the facts");
  expect(words({ job: { kinds: ["model"], is: "dead" } })).toBe("Waits for a person: Make the facts");
  expect(words({ job: { kinds: ["model"], is: { failing: 3 } } })).toBe("3 tries failed: Make the facts");
  expect(plain(words({ job: { kinds: [], is: { late_seconds: 3600 } } }))).toBe("Due for 1 hour, and not begun: any work");
  expect(words({ job: { kinds: ["model"], is: "paused" } })).toBe("Its schedule is paused: Make the facts");
  expect(words({ connection: { names: [], unread_hours: 24 } })).toBe("Any connection: not read for 24 hours");
  expect(words({ connection: { names: ["hub"], unread_hours: null } })).toBe("hub: the last try failed");
});

it("knows a whole condition from one that lacks its value, and on what each is tried", () => {
  expect(isWhole(PROPOSED.metric)).toBe(false);
  expect(isWhole(lead.condition)).toBe(true);
  expect(isWhole(PROPOSED.sql)).toBe(false);
  expect(isWhole({ connection: { names: [], unread_hours: NaN } })).toBe(false);
  expect(isWhole(PROPOSED.job)).toBe(true);
  expect(isWhole({ job: { kinds: [], is: { late_seconds: 30 } } })).toBe(false);
  expect(isWhole({ risk: { status: null, rule: "", score: null, projects: [], teams: [] } })).toBe(false);
  expect(isWhole({ job: { kinds: [], is: { failing: NaN } } })).toBe(false);
  expect(tried(lead.condition)).toContain("figures as they are known now");
  expect(tried(PROPOSED.risk)).toContain("what was known on each day");
  expect(tried(PROPOSED.job)).toContain("what became of the jobs");
  expect(tried({ job: { kinds: [], is: "paused" } })).toContain("paused and resumed");
  expect(tried(PROPOSED.sql)).toContain("at the beginning of each day");
});

it("asks another metric only what it knows", () => {
  if (!("metric" in lead.condition)) throw new Error("it looks at a metric");
  const before = { ...lead.condition.metric, filter: { teams: ["a"], projects: ["b"] } };
  const metric = known.find(({ name }) => name === "build_failure_rate") as Definition;
  expect(metric.dimensions).not.toContain("team");
  expect(asked(before, metric)).toMatchObject({ metric: "build_failure_rate", by: null, filter: { projects: ["b"] } });
  expect(asked(before, metric).filter).not.toHaveProperty("teams");
  // A limit is of what it was typed for; what has none is asked of the other, too.
  expect(asked({ ...before, test: { missing_hours: 12 } }, metric).test).toEqual({ missing_hours: 12 });
  const labelled = { ...before, filter: { labels: ["api"] } };
  expect(asked(labelled, { ...metric, subject: "work_item" }).filter).toEqual({ labels: ["api"] });
  expect(asked(labelled, { ...metric, subject: "build" }).filter).toEqual({});
});

it("orders alerts by who looks after them and how bad they are, and tells how a rule stands", () => {
  const all = (JSON.parse(recorded("alerts")) as { items: Alert[] }).items;
  const of = (state: Alert["state"], severity: Alert["severity"], id: string) => ({ ...(all[0] as Alert), state, severity, id });
  const mixed = [of("acknowledged", "critical", "c"), of("firing", "info", "b"), of("firing", "critical", "a")];
  expect(ordered(mixed).map(({ id }) => id)).toEqual(["a", "b", "c"]);
  expect(standing(lead, [], 0)).toBe("well");
  expect(standing(lead, [of("pending", "info", "p")], 0)).toBe("watches");
  expect(standing({ ...lead, muted_until: 2 }, [], 1)).toBe("muted");
  expect(standing({ ...lead, fault: "gone", muted_until: 2 }, [], 1)).toBe("stopped");
  expect(standing(lead, [of("firing", "info", "f")], 1)).toBe("fires");
});

it("says how long something lasts", () => {
  expect(plain([0, 60, 5_400, 86_400, 172_800].map(lasting))).toEqual(["at once", "1 minute", "90 minutes", "1 day", "2 days"]);
});
