import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { House, RiskRule } from "@/api/house";
import { lineOf, nameIn } from "@/pages/admin/OwnMetrics";
import { settingsOf } from "@/pages/admin/RiskRules";
import { typedIn } from "@/design/units";
import { Problem } from "@/api/client";
import { OWNER } from "./people";
import { recorded, visited } from "./shown";

afterEach(() => vi.unstubAllGlobals());

const house = JSON.parse(recorded("tenant")) as House;
const bodies = (fetched: { mock: { calls: unknown[][] } }, method: string) =>
  (fetched.mock.calls as [string, { method?: string; body?: string } | undefined][])
    .filter(([, init]) => init?.method === method)
    .map(([path, init]) => [path, JSON.parse(init?.body ?? "null") as unknown] as const);

it("changes working days and hours, and leaves the other rules as they are", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/admin/tenant", OWNER);
  await user.click(await screen.findByRole("checkbox", { name: "Saturday" }));
  const [, keep] = screen.getAllByRole("button", { name: "Keep" });
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

it("tells risk settings that differ from the rules' own, and no others", () => {
  const { rules } = JSON.parse(recorded("risk-rules")) as { rules: RiskRule[] };
  const typed = { at_risk: "0.4", off_track: "0.7", scope_growth: "0", "forecast_misses_due_date from": "0.5", nobody: "3" };
  expect(settingsOf(typed, rules)).toEqual({
    at_risk: 0.4,
    off_track: 0.7,
    rules: { forecast_misses_due_date: { thresholds: { from: 0.5 } }, scope_growth: { weight: 0, thresholds: {} } },
  });
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
  await screen.findByText(/^Line 13:/);
  expect(text.value).toBe(before);
  expect(text.getAttribute("aria-invalid")).toBe("true");
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
  expect(row?.textContent).toContain("not told of 50 GiB");
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
