import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { House, RiskRule } from "@/api/house";
import { lineOf, nameIn } from "@/pages/admin/OwnMetrics";
import { settingsOf } from "@/pages/admin/RiskRules";
import { typedIn } from "@/design/units";
import { Problem } from "@/api/client";
import { as, OWNER, USER } from "./people";
import { changes, recorded, visited } from "./shown";
import { plain } from "./plain";

afterEach(() => vi.unstubAllGlobals());

const house = JSON.parse(recorded("tenant")) as House;
const bodies = (fetched: { mock: { calls: unknown[][] } }, method: string) =>
  (fetched.mock.calls as [string, { method?: string; body?: string } | undefined][])
    .filter(([, init]) => init?.method === method)
    .map(([path, init]) => [path, JSON.parse(init?.body ?? "null") as unknown] as const);

it("changes working days and hours, and leaves the other rules as they are", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/admin/tenant", OWNER);
  const saturday = await screen.findByRole("checkbox", { name: "Saturday" });
  const [, keep] = screen.getAllByRole<HTMLButtonElement>("button", { name: "Keep" });
  // There is nothing to keep yet.
  expect(keep?.disabled).toBe(true);
  await user.click(saturday);
  await user.click(keep as HTMLElement);
  await waitFor(() =>
    expect(bodies(fetched, "PATCH")).toEqual([
      [
        "/api/v1/tenant",
        {
          working_days: ["mon", "tue", "wed", "thu", "fri", "sat"],
          rules: { ...house.rules, hours: { begins: 540, ends: 1020, holidays: [] } },
        },
      ],
    ]),
  );
});

it("shows of the tenant what somebody else changed meanwhile, but for what is typed, and asks before that is left", async () => {
  const user = userEvent.setup();
  let there = house;
  const { fetched, router } = await visited("/admin/tenant", {
    ...OWNER,
    "/api/v1/tenant": (_, method) => {
      if (method !== "PATCH" || there !== house) return JSON.stringify(there);
      there = { ...house, version: house.version + 1, time_zone: "Asia/Tokyo" };
      return [412, '{"code":"stale","title":"It was changed","detail":"read it anew"}'];
    },
  });
  const name = await screen.findByLabelText<HTMLInputElement>("Name");
  await user.clear(name);
  await user.type(name, "Ours");
  const [keep] = screen.getAllByRole("button", { name: "Keep" });
  await user.click(keep as HTMLElement);
  await waitFor(() => expect(screen.getByLabelText<HTMLInputElement>("Time zone").value).toBe("Asia/Tokyo"));
  expect(name.value).toBe("Ours");
  void router.navigate({ to: "/profile" });
  await user.click(
    within(await screen.findByRole("dialog", { name: "Leave what you changed?" })).getByRole("button", { name: "Go on writing" }),
  );
  await user.click(keep as HTMLElement);
  await waitFor(() => expect(changes(fetched)).toHaveLength(2));
  expect(changes(fetched)[1]).toMatchObject({ body: { name: "Ours", time_zone: "Asia/Tokyo" } });
});

it("tells risk settings that differ from the rules' own, and no others", () => {
  const { rules } = JSON.parse(recorded("risk-rules")) as { rules: RiskRule[] };
  const typed = { at_risk: "0.4", off_track: "0.7", scope_growth: "0", "forecast_misses_due_date from": "0.5", nobody: "3" };
  expect(settingsOf(typed, rules)).toEqual({
    at_risk: 0.4,
    off_track: 0.7,
    rules: { forecast_misses_due_date: { thresholds: { from: 0.5 } }, scope_growth: { weight: 0, thresholds: {} } },
  });
});

it("keeps risk settings only where one is another", async () => {
  const user = userEvent.setup();
  await visited("/admin/risk", OWNER);
  const field = await screen.findByLabelText("At risk from");
  const keep = screen.getByRole<HTMLButtonElement>("button", { name: "Keep" });
  expect(keep.disabled).toBe(true);
  await user.clear(field);
  await user.type(field, "0.2");
  expect(keep.disabled).toBe(false);
});

it("takes targets in hours and per cent, and keeps them in the metric's unit", async () => {
  expect(typedIn("seconds")).toEqual({ each: 3600, words: "hours" });
  expect(typedIn("ratio").each).toBe(0.01);
  const user = userEvent.setup();
  const { fetched } = await visited("/admin/targets", OWNER);
  await screen.findByText("at most 2 days");
  await user.click(await screen.findByRole("button", { name: "Change the target of Change lead time" }));
  const field = await screen.findByLabelText<HTMLInputElement>("At most (hours)");
  expect(field.value).toBe("48");
  await user.clear(field);
  await user.type(field, "36");
  await user.click(screen.getByRole("button", { name: "Keep" }));
  await waitFor(() => expect(bodies(fetched, "PUT")).toEqual([["/api/v1/targets/change_lead_time", { value: 129_600 }]]));
});

it("shows the line of a metric that is at fault, and keeps the text", async () => {
  const user = userEvent.setup();
  await visited("/admin/metrics", {
    "/api/v1/metrics/own/big_changes": [
      400,
      '{"code":"invalid-question","title":"It cannot","detail":"line 13: no field named `nope`"}',
    ],
    ...OWNER,
  });
  await user.click(await screen.findByRole("button", { name: "Edit big_changes" }));
  const text = await screen.findByLabelText<HTMLTextAreaElement>("Header and statement");
  const before = text.value;
  await user.click(screen.getByRole("button", { name: "Try it, and keep" }));
  await screen.findAllByText(/^Line 13:/);
  expect(text.value).toBe(before);
  expect(text.getAttribute("aria-invalid")).toBe("true");
});

it("asks before the text of a metric that was changed is left, and not where none was", async () => {
  const user = userEvent.setup();
  await visited("/admin/metrics", OWNER);
  const text = async () => {
    await user.click(await screen.findByRole("button", { name: "Edit big_changes" }));
    return screen.findByLabelText<HTMLTextAreaElement>("Header and statement");
  };
  const escape = () =>
    fireEvent(screen.getByRole("dialog", { name: "Edit big_changes" }), new Event("cancel", { cancelable: true }));
  await text();
  escape();
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  const typed = await text();
  fireEvent.change(typed, { target: { value: `${typed.value}\n-- and more` } });
  escape();
  const asks = await screen.findByRole("dialog", { name: "Leave what you changed?" });
  await user.click(within(asks).getByRole("button", { name: "Go on writing" }));
  expect(typed.value).toContain("-- and more");
  escape();
  await user.click(
    within(await screen.findByRole("dialog", { name: "Leave what you changed?" })).getByRole("button", { name: "Leave it" }),
  );
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

describe("the versions of a metric", () => {
  const path = "/api/v1/metrics/own/big_changes";
  const text = (lines: number) => `-- name: big_changes\nSELECT id FROM facts.pull_requests\nWHERE additions > ${lines}`;
  const version = (version: number, text: string, set_by = USER) => ({
    name: "big_changes",
    version,
    text,
    set_by,
    set_at: 1_795_720_264_896_544 + version * 1e6,
  });
  const page = (items: unknown[]) => JSON.stringify({ items, next: null });

  it("say who changed what, and when; one is taken back with the version of what stands, and that has an undo", async () => {
    const user = userEvent.setup();
    const { fetched } = await visited("/admin/metrics", {
      [`${path}/versions`]: page([
        version(3, text(400)),
        version(2, text(300), "user_aaaaaaaaaaaaaaaaaaaaaa"),
        version(1, text(400)),
      ]),
      [path]: JSON.stringify(version(4, text(300))),
      ...OWNER,
    });
    await user.click(await screen.findByRole("button", { name: "Versions of big_changes" }));
    const drawer = await screen.findByRole("dialog", { name: "Versions of big_changes", hidden: true });
    const items = await within(drawer).findAllByRole("listitem", { hidden: true });
    expect(items).toHaveLength(3);
    expect(items[0]?.textContent).toContain("Version 3what standsyou, Nov 26, 2026");
    expect(items[1]?.textContent).toContain("somebody else");
    const [first, second] = within(drawer).getAllByRole("group", { hidden: true });
    expect(first?.textContent).toContain("removed: WHERE additions > 300");
    expect(first?.textContent).toContain("added: WHERE additions > 400");
    expect(second?.textContent).toContain("added: WHERE additions > 300");
    // What has the text of what stands is not taken back.
    const back = within(drawer).getAllByRole("button", { name: /^Take this back/, hidden: true });
    expect(back.map(({ textContent }) => textContent)).toEqual(["Take this back: version 2"]);
    await user.click(back[0] as HTMLElement);
    await waitFor(() => expect(changes(fetched)).toEqual([{ method: "PUT", path, body: { text: text(300) }, version: '"3"' }]));
    const told = (await screen.findByText("big_changes is as it was at version 2")).parentElement as HTMLElement;
    await user.click(within(told).getByRole("button", { name: "Undo" }));
    await waitFor(() =>
      expect(changes(fetched).at(-1)).toEqual({ method: "PUT", path, body: { text: text(400) }, version: '"4"' }),
    );
  });

  it("of one that was taken away are found by its name, and what is taken back is defined anew", async () => {
    const user = userEvent.setup();
    const { fetched } = await visited("/admin/metrics", {
      [`${path}/versions`]: page([version(2, ""), version(1, text(400))]),
      [path]: JSON.stringify(version(3, text(400))),
      ...OWNER,
      "/api/v1/metrics/own": "[]",
    });
    await user.click(await screen.findByText("One that was taken away"));
    await user.type(screen.getByLabelText("Its name"), " big_changes ");
    await user.click(screen.getByRole("button", { name: "Show its versions" }));
    await screen.findByText("It was taken away.");
    expect(screen.queryByText("what stands")).toBeNull();
    await user.click(screen.getByRole("button", { name: /^Take this back.*version 1$/, hidden: true }));
    await waitFor(() => expect(changes(fetched)).toEqual([{ method: "PUT", path, body: { text: text(400) }, version: null }]));
    const told = (await screen.findByText("big_changes is as it was at version 1")).parentElement as HTMLElement;
    await user.click(within(told).getByRole("button", { name: "Undo" }));
    await waitFor(() => expect(changes(fetched).at(-1)?.method).toBe("DELETE"));
  });

  it("are not taken back by who may not define one, and it says why where the server refuses one", async () => {
    const user = userEvent.setup();
    const versions = page([version(2, text(400)), version(1, text(300))]);
    const refused = { [path]: [409, '{"code":"stale","title":"It has changed","detail":"Read it again."}'] as [number, string] };
    const { unmount } = await visited("/admin/metrics", { [`${path}/versions`]: versions, ...refused, ...OWNER });
    await user.click(await screen.findByRole("button", { name: "Versions of big_changes" }));
    await user.click(await screen.findByRole("button", { name: /^Take this back.*version 1$/, hidden: true }));
    expect((await screen.findByRole("alert", { hidden: true })).textContent).toContain("It has changed");
    unmount();
    await visited("/admin/metrics", { [`${path}/versions`]: versions, ...as("tenant:manage", "metrics:read") });
    await user.click(await screen.findByRole("button", { name: "Versions of big_changes" }));
    await screen.findByText("Version 1");
    expect(screen.queryByRole("button", { name: /^Take this back/, hidden: true })).toBeNull();
  });
});

it("reads a metric's name, and the line of a mistake", () => {
  expect(nameIn("-- title: x\n-- name: my_metric\nSELECT 1")).toBe("my_metric");
  expect(nameIn("SELECT 1 -- name: x")).toBeNull();
  expect(lineOf(new Problem(400, "invalid-question", "", "line 7: what"))).toBe(7);
  expect(lineOf(new Problem(400, "invalid-question", "", "what on line 7"))).toBeNull();
});

it("says how much of what it may have the tenant has, and no number where none is told", async () => {
  await visited("/admin/usage", OWNER);
  const meter = await screen.findByRole("meter", { name: "People: 6 of 25" });
  expect(meter.getAttribute("value")).toBe("6");
  await screen.findByText("used up");
  const row = screen.getByText("Data in the lake").closest("li");
  expect(plain(row?.textContent)).toContain("not measured yet of 50 GiB");
});

it("says how much is in the lake, and when a job saw that", async () => {
  const lake = { files: 812, bytes: 12.5 * 2 ** 30, seen_at: 1_795_708_203_000_000 };
  const used = { lake, report_bytes: 2 ** 29 };
  await visited("/admin/usage", { ...OWNER, "/api/v1/tenant/usage": JSON.stringify(used) });
  const meter = await screen.findByRole("meter", { name: /^Data in the lake: 13\sGiB of 50\sGiB$/ });
  expect(meter.closest("li")?.textContent).toContain("; seen ");
});

describe("for how long things are kept", () => {
  const VACUUM = {
    kind: "vacuum",
    subject: "",
    input: { hours: 48, keep: { "facts.risks": 730, "raw.else": 60 } },
    when: { cron: { pattern: "0 6 * * *", time_zone: "Europe/Berlin" } },
    paused: false,
    next_at: 1_795_919_400_000_000,
    version: 3,
  };

  it("is said in days, beside what else a vacuum is given", async () => {
    const user = userEvent.setup();
    const { fetched } = await visited("/admin/retention", {
      ...OWNER,
      "/api/v1/schedules": JSON.stringify([VACUUM]),
      "/api/v1/schedules/": JSON.stringify(VACUUM),
    });
    const forecasts = await screen.findByLabelText<HTMLInputElement>("Forecasts (days)");
    expect([forecasts.value, screen.getByLabelText<HTMLInputElement>("Risks (days)").value]).toEqual(["", "730"]);
    const keep = await screen.findByRole<HTMLButtonElement>("button", { name: "Keep" });
    expect(keep.disabled).toBe(true);
    await user.type(forecasts, "179");
    screen.getByText("Whole days, 180 at least.");
    expect(keep.disabled).toBe(true);
    await user.clear(forecasts);
    await user.type(forecasts, "400");
    await user.clear(screen.getByLabelText("Risks (days)"));
    const items = screen.getByLabelText("Work items (days)");
    await user.type(items, "739");
    screen.getByText("Whole days, 740 at least.");
    expect(keep.disabled).toBe(true);
    await user.clear(items);
    await user.type(items, "800");
    await user.click(keep);
    await waitFor(() =>
      expect(bodies(fetched, "PUT")).toEqual([
        [
          "/api/v1/schedules/vacuum",
          {
            when: VACUUM.when,
            input: { hours: 48, keep: { "raw.else": 60, "facts.forecasts": 400, "core.work_items": 800 } },
            paused: false,
          },
        ],
      ]),
    );
  });

  it("writes over nothing that somebody else set meanwhile of what was not touched", async () => {
    const user = userEvent.setup();
    let there = VACUUM;
    const { fetched } = await visited("/admin/retention", {
      ...OWNER,
      "/api/v1/schedules": () => JSON.stringify([there]),
      "/api/v1/schedules/": () => {
        if (there !== VACUUM) return JSON.stringify(there);
        there = { ...VACUUM, version: 4, input: { ...VACUUM.input, keep: { "facts.risks": 365, "raw.else": 60 } } };
        return [412, '{"code":"stale","title":"It was changed","detail":"read it anew"}'];
      },
    });
    await user.type(await screen.findByLabelText("Forecasts (days)"), "400");
    const keep = screen.getByRole("button", { name: "Keep" });
    await user.click(keep);
    const risks = screen.getByLabelText<HTMLInputElement>("Risks (days)");
    await waitFor(() => expect(risks.value).toBe("365"));
    await user.click(keep);
    await waitFor(() => expect(changes(fetched)).toHaveLength(2));
    expect(changes(fetched)[1]).toMatchObject({
      version: '"4"',
      body: { input: { keep: { "facts.risks": 365, "raw.else": 60, "facts.forecasts": 400 } } },
    });
  });

  it("says that what died stays until it is done", async () => {
    await visited("/admin/retention", { ...OWNER, "/api/v1/schedules": "[]" });
    const label = await screen.findByText("Jobs, deliveries and notifications that are over");
    expect(label.nextElementSibling?.textContent).toBe(
      "after 90\u00a0days, but for jobs that died and were not done since, and the last reading of each connection",
    );
  });

  it("has a schedule made where there is none", async () => {
    const user = userEvent.setup();
    const { fetched } = await visited("/admin/retention", {
      ...OWNER,
      "/api/v1/schedules": "[]",
      "/api/v1/schedules/": JSON.stringify(VACUUM),
    });
    await screen.findByText(/^Nothing goes yet/);
    await user.type(screen.getByLabelText("Jira (days)"), "90");
    await user.click(await screen.findByRole("button", { name: "Keep" }));
    const cron = { pattern: "30 4 * * *", time_zone: "UTC" };
    await waitFor(() =>
      expect(bodies(fetched, "PUT")).toEqual([
        ["/api/v1/schedules/vacuum", { when: { cron }, input: { keep: { "raw.jira": 90 } }, paused: false }],
      ]),
    );
  });
});

it("pauses a schedule with its version, and removes one with a way back", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/admin/work", { ...OWNER, "/api/v1/schedules/": "{}" });
  await user.click(await screen.findByRole("button", { name: "Pause Read hub" }));
  await waitFor(() =>
    expect(bodies(fetched, "PUT")).toEqual([["/api/v1/schedules/land?subject=hub", { when: { every: 900 }, paused: true }]]),
  );
  await user.click(screen.getByRole("button", { name: "Remove Tidy up tables" }));
  await screen.findByText("The schedule is removed");
  const told = screen.getByText("The schedule is removed").parentElement as HTMLElement;
  await user.click(within(told).getByRole("button", { name: "Undo" }));
  await waitFor(() => expect(bodies(fetched, "PUT").at(-1)?.[0]).toBe("/api/v1/schedules/compact"));
});
