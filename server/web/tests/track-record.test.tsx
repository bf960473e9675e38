import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { Scorecard, Step, Track } from "@/api/types";
import { formatter } from "@/design/format";
import { known, partsGrid, TrackRecord } from "@/parts/TrackRecord";
import { recorded, shown, visited } from "./shown";
import { plain } from "./plain";

const NONE: Step = { said: 0, happened: 0, of: 0, low: null, high: null };
const count = (hits: number, of: number) => ({ hits, of, low: 0.5, high: 0.9 });
const CARD: Scorecard = {
  sentence: "34 of 40 that are over were done by their 85 % day",
  inside: { p50: count(20, 42), p70: count(30, 41), p85: count(34, 40), p95: count(0, 0) },
  not_over: 7,
  counts: { p50: count(18, 36), p85: count(0, 0) },
  due: {
    made: count(31, 60),
    brier: 0.16,
    skill: 0.3,
    skill_over_mean_pace: null,
    reliability: [
      NONE,
      { said: 0.15, happened: 3, of: 25, low: 0.04, high: 0.3 },
      ...Array.from({ length: 6 }, () => NONE),
      { said: 0.85, happened: 14, of: 25, low: 0.37, high: 0.73 },
      { said: 0.97, happened: 8, of: 10, low: 0.49, high: 0.94 },
    ],
  },
  drifted: true,
};
const TRACK: Track = {
  ...CARD,
  by_horizon: [{ ...CARD, part: "up to 6 weeks", inside: { ...CARD.inside, p85: count(9, 10) }, due: null }],
  by_size: [{ ...CARD, part: "up to 80" }],
};

it("tells which steps chance does not explain", () => {
  expect(
    plain(known(CARD.due?.reliability ?? [], formatter("en", "UTC")).map(({ range, share, off }) => [range, share, off])),
  ).toEqual([
    ["10–20 %", 0.12, false],
    ["80–90 %", 0.56, true],
    ["90–100 %", 0.8, true],
  ]);
});

it("has all forecasts of a kind in a row, and those that are alike in others", () => {
  const rows = partsGrid("epic", TRACK).rows.map(({ cells }) => cells.map(({ value }) => value));
  expect(rows).toEqual([
    ["All", 20 / 42, 30 / 41, 0.85, null, 0.5, null, 7, 0.16, 0.3, null],
    ["up to 6 weeks ahead", 20 / 42, 30 / 41, 0.9, null, 0.5, null, 7, null, null, null],
    ["up to 80 open", 20 / 42, 30 / 41, 0.85, null, 0.5, null, 7, 0.16, 0.3, null],
  ]);
});

it("says how forecasts have done, and draws what was said beside what happened, for keys and as a table, too", async () => {
  const user = userEvent.setup();
  await shown(<TrackRecord of={{ epic: TRACK }} />);
  const record = screen.getByRole("region", { name: "Track record" });
  expect(plain(record.textContent)).toContain("34 of 40 that are over were done by their 85 % day");
  expect(record.textContent).toContain("calibration is lost");
  expect(record.textContent).toContain("60 due days are over.");
  // A step with few due days is not called off, however far it is from what was said.
  expect(record.textContent).toContain("Diamonds: 1 step that");
  expect(record.textContent).toContain("Hollow: 1 with fewer than 20");
  within(record).getByRole("table", { name: "How forecasts of the kind epic have done" });
  const figure = within(record).getByRole("figure");
  const steps = within(figure).getByRole("slider", { name: /arrow keys go from step to step$/ });
  steps.focus();
  await user.keyboard("{Home}");
  expect(plain(steps.getAttribute("aria-valuetext"))).toBe("Said to be 15 % likely on average, of 10–20 %: 12 % of 25 happened");
  await user.click(within(figure).getByRole("button", { name: "Table" }));
  const table = within(figure).getByRole("table", { name: "What was said of due days, and what happened: epics" });
  expect(within(table).getAllByRole("row")).toHaveLength(4);
});

it("leads from sentences to what they are about", async () => {
  await visited("/projects");
  const words = await screen.findByRole("region", { name: "In words" });
  const { narrative } = JSON.parse(recorded("projects")) as { narrative: { href: string }[] };
  const [first] = within(words).getAllByRole("link");
  expect(first?.getAttribute("href")).toBe(`/project?${narrative[0]?.href.split("?")[1] ?? ""}#risks`);
  // No sentence is without a way to what it is about.
  for (const item of within(words).getAllByRole("listitem")) within(item).getByRole("link");
});

it("says of kinds of which nothing is over how many there are, and that once", async () => {
  const none = { hits: 0, of: 0, low: null, high: null };
  const nothing: Track = {
    ...TRACK,
    inside: { p50: none, p70: none, p85: none, p95: none },
    due: null,
    drifted: null,
    not_over: 3,
  };
  await shown(<TrackRecord of={{ project: nothing, epic: { ...nothing, not_over: 1 } }} />);
  expect(screen.getAllByRole("listitem").map(({ textContent }) => textContent)).toEqual([
    "projects: 3 forecasts, none of them over yet",
    "epics: 1 forecast, which is not over yet",
  ]);
});
