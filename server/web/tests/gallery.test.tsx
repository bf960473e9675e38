/** The gallery has every part in its states: axe and screenshots look at them there. */

import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { STATES } from "@/parts/JobState";
import { visited } from "./shown";

afterEach(() => vi.unstubAllGlobals());

/** Parts that are not there, each with where they are looked at. */
const ELSEWHERE: Record<string, string> = {
  Chain: "/connections/hub?open=run: it asks how far the jobs are",
  Channels: "/alerts/rules/new: it asks who there is",
  Floating: "what a menu and a list below a field stand in; they are there",
  Meanwhile: "/admin/targets, once somebody else changed one that is being changed",
  Needs: "/platform as an owner, and the pages of Mapping as a reader",
  News: "/notifications",
  OfItems: "/forecast",
  OpenLink: "/admin/users",
  Page: "the frame of every page that is no dashboard",
  SchedulePanel: "/reports/checkout-weekly",
  Several: "/alerts/rules/new",
  Subpages: "/admin/mapping",
  Surveys: "/dora",
  Tokens: "/profile",
  Unsaved: "/alerts/rules/new, once something is typed there",
  WhatIf: "below each forecast, which is there",
  Who: "names in the place of keys, and nothing of its own",
};

/** What a file takes of this folder, by its imports, and what that takes. */
function reached(from: string, found = new Set<string>()): Set<string> {
  if (found.has(from)) return found;
  found.add(from);
  for (const [, name = ""] of readFileSync(from, "utf8").matchAll(/from "((?:@|\.)\/[^"]+)"/g)) {
    const path = name.startsWith("@/") ? join("src", name.slice(2)) : join(dirname(from), name);
    const file = [`${path}.tsx`, `${path}.ts`].find((file) => existsSync(file));
    if (file?.startsWith("src/parts/") || file?.startsWith("src/pages/Gallery")) reached(file, found);
  }
  return found;
}

it("has every part, or it is said where else that is looked at", () => {
  const there = reached("src/pages/Gallery.tsx");
  const parts = readdirSync("src/parts").filter((file) => file.endsWith(".tsx"));
  const missing = parts.filter((file) => !there.has(join("src/parts", file))).map((file) => file.replace(".tsx", ""));
  expect(missing.toSorted()).toEqual(Object.keys(ELSEWHERE).toSorted());
});

it("shows each way in which a tile has no value, or one that is to be taken with care", async () => {
  await visited("/gallery");
  const tiles = await screen.findByRole("region", { name: "Tiles" });
  for (const words of [
    "No data in this span",
    "None that counts",
    "Never seen",
    "Not connected",
    "Not told so",
    /^Zero: it was looked for/,
    /^Only \d+: too few to judge/,
    /^Stale/,
  ])
    expect(within(tiles).getAllByText(words).length, String(words)).toBeGreaterThan(0);
});

it("shows each state of a job, what is wrong with a field, and what a form is refused with", async () => {
  await visited("/gallery");
  const states = await screen.findByRole("region", { name: "Ways, marks and states" });
  for (const { words } of Object.values(STATES)) within(states).getByText(words);
  const fields = screen.getByRole("region", { name: "Fields" });
  expect(within(fields).getByLabelText("Least").getAttribute("aria-invalid")).toBe("true");
  within(fields).getByText("It is 0 or more.");
  expect(within(fields).getByLabelText("Role of a program").getAttribute("aria-invalid")).toBe("true");
  within(fields).getByRole("alert");
  within(fields).getByRole("button", { name: "Just a moment" });
});

it("asks before what cannot be taken back, and tells what was done with the way back", async () => {
  const user = userEvent.setup();
  await visited("/gallery");
  const buttons = await screen.findByRole("region", { name: "Buttons" });
  await user.click(within(buttons).getByRole("button", { name: "Bad" }));
  const dialog = await screen.findByRole("dialog");
  const remove = within(dialog).getByRole<HTMLButtonElement>("button", { name: "Remove it" });
  expect(remove.disabled).toBe(true);
  await user.type(within(dialog).getByLabelText("Type hub to go on"), "hub");
  await user.click(remove);
  await within(dialog).findByText("This cannot be kept", { exact: false });
  await user.click(within(dialog).getByRole("button", { name: "Leave it" }));
  await user.click(within(buttons).getByRole("button", { name: "What was done is told" }));
  await screen.findByText("The role was removed.");
  await user.click(screen.getByRole("button", { name: "Undo" }));
  expect(screen.queryByText("The role was removed.")).toBeNull();
});
