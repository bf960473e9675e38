import { screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Comparison, EarlierRisk, Figure, Standing, State } from "@/api/types";
import { CHANGED, figure, group, measure, NOON, risk, row, standing } from "@/pages/samples";
import { Changes } from "@/parts/Changes";
import { beyond, isBesides, moved, restated, rowsBefore } from "@/parts/what-changed";
import { DEMO, shown, visited } from "./shown";
import { plain } from "./plain";

afterEach(() => vi.unstubAllGlobals());

const compared = (value: number | null, standings: Standing[] = []): Comparison => ({
  with: "previous",
  // Berlin's days: 1 September to 30 September 2026.
  from: Date.UTC(2026, 7, 31, 22) * 1_000,
  until: Date.UTC(2026, 8, 30, 22) * 1_000,
  value,
  figure: figure({ value, standings }),
  delta: null,
  delta_ratio: null,
  better: null,
});
const TYPICAL = { p10: 10, median: 20, p90: 30, periods: 50, from: 0, until: NOON };
const of = (now: Partial<Figure>, comparison: Comparison | null, state: State = "value") =>
  measure({ state, groups: [group({ total: figure(now), comparison, typical: TYPICAL })] });
const sides = (pairs: [now: number, before: number][]) =>
  pairs.map(([value, before]) => moved([of({ value }, compared(before))])[0]?.left?.side ?? null);

describe("a figure", () => {
  it("left what is typical where it is beyond it now, and was not on that side before", () => {
    expect(
      sides([
        [31, 20],
        [9, 20],
        [30, 20],
        [10, 20],
        [20, 40],
        [40, 35],
        [5, 8],
        [31, 5],
      ]),
    ).toEqual(["above", "below", null, null, null, null, null, "above"]);
  });

  it("changed its tier where the same survey had another before, and not where one of them is unknown", () => {
    const tiers = (now: Standing[], before: Standing[]) =>
      moved([of({ value: 20, standings: now }, compared(20, before))]).map(({ tier }) => [tier?.now.tier, tier?.before.tier]);
    expect(tiers([standing("elite")], [standing("high")])).toEqual([["elite", "high"]]);
    expect(tiers([standing("elite")], [standing("elite")])).toEqual([]);
    expect(tiers([standing("elite")], [])).toEqual([]);
    expect(tiers([standing("elite")], [standing("high", { year: 2021 })])).toEqual([]);
    expect(tiers([standing(null)], [standing("high")])).toEqual([]);
    expect(tiers([standing(null, { year: 2025 }), standing("low")], [standing(null, { year: 2025 }), standing("high")])).toEqual([
      ["low", "high"],
    ]);
  });

  it("says nothing of what rests on too few, or has nothing before it", () => {
    expect(moved([of({ value: 50 }, compared(20), "not_enough")])).toEqual([]);
    expect(moved([of({ value: null }, compared(20))])).toEqual([]);
    expect(moved([of({ value: 50 }, compared(null))])).toEqual([]);
    expect(moved([of({ value: 50 }, null)])).toEqual([]);
    expect(moved([of({ value: 50 }, { ...compared(20), with: "target", figure: null })])).toEqual([]);
  });

  it("leads to the rows of the span before by the tenant's days, limited as its own", () => {
    const href = "/api/v1/metrics/change_lead_time/evidence?from=2026-10-01&until=2026-10-31&team=t%3A1";
    expect(rowsBefore(href, compared(1), "Europe/Berlin")).toBe(
      "/api/v1/metrics/change_lead_time/evidence?from=2026-09-01&until=2026-10-01&team=t%3A1",
    );
    expect(rowsBefore(href, { ...compared(1), from: null }, "Europe/Berlin")).toBeNull();
  });
});

it("tells of projects that stand otherwise, and of none that was not known before", () => {
  const before = (project_id: string, status: EarlierRisk["status"]): EarlierRisk => ({
    project_id,
    status,
    version: 1,
    day: "2026-08-30",
    score: 0,
    reason: "",
  });
  const now = [
    risk("off_track", { project_id: "a" }),
    risk("at_risk", { project_id: "b" }),
    risk("on_track", { project_id: "c" }),
  ];
  const told = restated(now, [before("a", "on_track"), before("b", "at_risk"), before("gone", "off_track")]);
  expect(told.map((one) => [one.now.project_id, one.before.status])).toEqual([["a", "on_track"]]);
});

describe("what is beyond the span before", () => {
  const answer = (n: number, p90: number | null) => ({
    definition: { name: "m", version: 1, title: "M", unit: "commits", direction: "lower" as const, minimum_n: 10 },
    groups: [group({ comparison: { ...compared(5), figure: figure({ n, p90 }) } })],
  });
  const rows = [
    row({ subject_id: "twice", value: 20 }),
    row({ subject_id: "more", value: 21 }),
    row({ subject_id: "most", value: 90 }),
    row({ subject_id: "left out", value: 200, counted: false, excluded: "baseline" }),
    row({ subject_id: "open", value: null, counted: false, open: true }),
    row({ subject_id: "left out and open", value: null, counted: false, open: true, excluded: "not production" }),
  ];
  const ids = (n: number, p90: number | null) => beyond(answer(n, p90), rows).rows.map(({ subject_id }) => subject_id);

  it("is more than twice what nine in ten stayed within, the farthest first, behind what is not over", () => {
    expect(ids(10, 10)).toEqual(["open", "most", "more"]);
  });

  it("is not known where there were too few before", () => {
    expect(ids(9, 10)).toEqual(["open"]);
    expect(ids(10, null)).toEqual(["open"]);
    expect(beyond({ ...answer(10, 10), groups: [] }, rows).most).toBeNull();
  });
});

describe("the list", () => {
  it("says each change in a sentence, with its metric's title and version, and leads to the rows of both spans", async () => {
    const { container } = await shown(<Changes {...CHANGED} waits={false} />);
    const items = within(container).getAllByRole("listitem");
    const texts = items.map(({ textContent }) => textContent);
    expect(plain(texts[0])).toBe(
      "Change lead time is 2.4 days, down 40 %, better, after 4 days: below what is typical, 3 days to 6 days; tier elite of 2024, high before.Change lead time, version 1",
    );
    expect(texts[1]).toBe("Checkout is Off track, and was On track on Aug 30, 2026.risk of projects");
    // On one line with the words around it, whatever sign it begins with.
    expect(screen.getByText("Off track").className).toContain("items-baseline");
    expect(texts[2]).toContain("(sev2) is not resolved, and began on Nov 17, 2026.");
    expect(plain(texts[3])).toContain("took 8.3 h to resolve, and began on Nov 17, 2026: nine in ten before took up to 2 h.");
    expect(plain(texts[4])).toContain("deployed 48 commits at once on Nov 17, 2026: nine in ten before carried up to 10.");
    // Of five deployments three are told, and two counted.
    expect(texts.slice(7)).toEqual(["2 more deployments.Batch size, version 1"]);
    const links = within(items[0] as HTMLElement).getAllByRole("link");
    expect(links.map((link) => new URL((link as HTMLAnchorElement).href).searchParams.get("evidence"))).toEqual([
      "/api/v1/metrics/change_lead_time/evidence",
      "/api/v1/metrics/change_lead_time/evidence?from=2026-05-30&until=2026-08-28",
    ]);
  });

  it("knows whether there is a span before", () => {
    expect(isBesides([of({ value: 1 }, null)])).toBe(false);
    expect(isBesides([of({ value: 1 }, compared(null))])).toBe(false);
    expect(isBesides([of({ value: 1 }, compared(null)), of({ value: 1 }, compared(0))])).toBe(true);
  });

  it("says that nothing changed, and not while some of it is on its way", async () => {
    const nothing = { ...CHANGED, figures: [], projects: [], incidents: null, deployments: null };
    const still = await shown(<Changes {...nothing} waits={false} />);
    expect(still.container.textContent).toContain("Nothing of note");
    still.unmount();
    const first = await shown(<Changes {...nothing} waits={false} first />);
    expect(first.container.textContent).toBe("Nothing is known of the span before, so nothing can be said to have changed.");
    first.unmount();
    const waits = await shown(<Changes {...nothing} waits />);
    expect(waits.container.textContent).not.toContain("Nothing of note");
    expect(waits.container.querySelector("[aria-busy=true]")).not.toBeNull();
  });
});

describe("the overview", () => {
  const section = async () => (await screen.findByRole("heading", { name: "What changed" })).closest("section") as HTMLElement;

  it("tells what changed beside the span before, of what its page is limited to", async () => {
    const { fetched } = await visited("/?team=Shop&grain=month");
    const changed = await section();
    await waitFor(() => expect(plain(changed.textContent)).toContain("deployed 21 commits at once"));
    expect(changed.textContent).toContain("Beside Jun 4, 2026 to Aug 30, 2026.");
    expect(changed.textContent).toContain("Platform is At risk, and was On track on Aug 30, 2026.");
    const asked = fetched.mock.calls.map(([path]) => path as string).filter((path) => path.includes("batch_size"));
    // The grain is that of the page's answer: the span before depends on it.
    expect(asked.sort()).toEqual([
      "/api/v1/metrics/batch_size/evidence?from=2026-08-31&until=2026-11-27&team=Shop",
      "/api/v1/metrics/batch_size?from=2026-08-31&until=2026-11-27&grain=week&compare=previous&team=Shop",
    ]);
  });

  it("says why where some of it could not be asked, and shows the rest", async () => {
    await visited("/", {
      ...DEMO,
      "/api/v1/metrics/batch_size": [400, '{"title":"Too many groups","detail":"ask for less","code":"x"}'],
    });
    const changed = await section();
    expect((await within(changed).findByRole("alert")).textContent).toContain("Too many groups");
    expect(changed.textContent).toContain("Platform is At risk");
    expect(changed.querySelector("[aria-busy=true]")).toBeNull();
  });
});
