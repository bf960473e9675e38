import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { figure, group, measure, NOON } from "@/pages/samples";
import { Sparkline } from "@/parts/Sparkline";
import { Tile, tileState } from "@/parts/Tile";
import { shown } from "./shown";
import { plain } from "./plain";

const DAY = 86_400;
const whole = (part: Parameters<typeof figure>[0]) => [group({ total: figure(part) })];
const CASES = {
  value: [measure({ groups: whole({ value: 3.5 * DAY, n: 40 }) }), false],
  zero: [measure({ groups: whole({ value: 0, n: 0 }) }), false],
  no_data: [measure({ state: "no_data" }), false],
  none_counts: [measure({ state: "no_data", groups: whole({ value: null, n: 0, open: 2, excluded: 299 }) }), false],
  never_seen: [measure({ state: "never_seen", newest_at: null }), false],
  not_connected: [measure({ state: "not_connected", newest_at: null }), false],
  not_by_scope: [measure({ state: "not_by_scope" }), false],
  not_enough: [measure({ state: "not_enough", groups: whole({ value: 3.5 * DAY, n: 4 }) }), false],
  stale: [measure({ groups: whole({ value: 3.5 * DAY, n: 40 }) }), true],
} as const;

describe("a tile's states", () => {
  it.each(Object.entries(CASES))("is known: %s", (name, [of, stale]) => {
    expect(tileState(of, stale)).toBe(name);
  });

  it("look different from one another, in words and not in colour alone", async () => {
    const texts = new Map<string, string>();
    for (const [name, [of, stale]] of Object.entries(CASES)) {
      const { container, unmount } = await shown(<Tile measure={of} stale={stale} />);
      texts.set(name, container.textContent);
      unmount();
    }
    expect(new Set(texts.values()).size).toBe(Object.keys(CASES).length);
    expect(texts.get("no_data")).toContain("No data in this span");
    // What is newest may be of the span, and not count.
    expect(texts.get("none_counts")).toContain("None that counts2 open, 299 left out: each says why.");
    expect(texts.get("not_connected")).toContain("Not connected");
    expect(texts.get("not_enough")).toContain("Only 4: too few to judge");
    expect(texts.get("stale")).toContain("Stale: nothing newer than Nov 26, 2026");
  });
});

it("shows no number where there is none", async () => {
  const { container } = await shown(<Tile measure={measure({ state: "no_data" })} />);
  expect(container.textContent).not.toMatch(/\b0\b/);
});

it("tells value, change in words, what it rests on, and the tier with its year", async () => {
  const standing = {
    year: 2024,
    tier: "high",
    bucket: "one day to one week",
    percent: 22,
    better_percent: null,
    worse_percent: null,
    n: 422,
    mark: "secondary",
    source: "",
    limits: ["People chose to answer."],
  } as const;
  const of = measure({
    groups: [
      group({
        total: figure({ value: 3.5 * DAY, n: 422, p90: 12.5 * DAY, excluded: 7, standings: [standing] }),
        comparison: {
          with: "previous",
          from: 0,
          until: NOON,
          value: 4.2 * DAY,
          figure: null,
          delta: -0.7 * DAY,
          delta_ratio: -1 / 6,
          better: true,
        },
      }),
    ],
  });
  const { container } = await shown(<Tile measure={of} />);
  expect(plain(container.textContent)).toContain("down 17 %, better from 4.2 days");
  expect(plain(container.textContent)).toContain("median of 422, P90 12.5 days, 7 left out");
  expect(container.textContent).toContain("high tier, DORA 2024, secondary");
  const number = screen.getByRole("link", { name: /^Change lead time: 3.5\sdays. Open the rows behind it$/ });
  expect(new URL(number.getAttribute("href") ?? "", "http://x").searchParams.get("evidence")).toBe(of.evidence);
});

it("gives no tier to what is too little to judge", async () => {
  const standing = {
    year: 2024,
    tier: "elite",
    bucket: "",
    percent: null,
    better_percent: null,
    worse_percent: null,
    n: 4,
    mark: "verified",
    source: "",
    limits: ["People chose to answer."],
  } as const;
  const { container } = await shown(
    <Tile measure={measure({ state: "not_enough", groups: whole({ value: 1, n: 4, standings: [standing] }) })} />,
  );
  expect(container.textContent).not.toContain("elite");
});

it("tells the target beside another comparison, and whether it is met", async () => {
  const { container } = await shown(
    <Tile measure={measure({ target: 2 * DAY, meets_target: false, groups: whole({ value: 3.5 * DAY, n: 40 }) })} />,
  );
  expect(plain(container.textContent)).toContain("Target 2 days, missed");
});

it("draws a value that stands alone as a dot, and no line through what is not there", async () => {
  const values = [2, null, 4, 5, null, 3];
  const points = values.map((value, at) => ({ label: `week ${at + 1}`, partial: false, figure: { value } }));
  const { container } = await shown(<Sparkline points={points} typical={null} unit="items" />);
  const [line, dots] = [...container.querySelectorAll("path")].map((path) => path.getAttribute("d") ?? "");
  // Six periods over 194 of 200 steps: the third and fourth are joined, the first and the last stand alone.
  expect(line).toMatch(/^M80\.6 [\d.]+L119\.4 [\d.]+$/);
  expect(dots).toMatch(/^M3\.0 [\d.]+h0\.01M197\.0 [\d.]+h0\.01$/);
});

it("says since when it counts where that is within the span", async () => {
  const week = (at: number) => ({
    from: NOON + at * 7 * DAY * 1e6,
    until: NOON + (at + 1) * 7 * DAY * 1e6,
    label: `2026-W${at}`,
    partial: false,
    figure: figure({ value: at > 0 ? 3 : null, n: at > 0 ? 3 : 0 }),
  });
  const since = (at: number) =>
    measure({
      kind: "count",
      unit: "deployments per week",
      groups: [
        group({
          since: at,
          points: [week(0), week(1), week(2)],
          total: figure({ value: 3, n: 6, numerator: 6, denominator: 2 }),
        }),
      ],
    });
  const within = await shown(<Tile measure={since(NOON + 7 * DAY * 1e6)} />);
  expect(within.container.textContent).toContain("6 in 2 weekscounted since Dec 3, 2026");
  within.unmount();
  const before = await shown(<Tile measure={since(NOON)} />);
  expect(before.container.textContent).not.toContain("since");
});

it("says of the last whole period when that was, and not its label", async () => {
  const at = (label: string, day: string) => ({ label, partial: false, from: Date.parse(day) * 1_000, figure: { value: 2 } });
  const told = async (...points: ReturnType<typeof at>[]) => {
    const { unmount } = await shown(<Sparkline points={points} typical={null} unit="items" />);
    const label = screen.getByRole("img").getAttribute("aria-label") ?? "";
    unmount();
    return plain(label);
  };
  expect(await told(at("2026-09", "2026-09-01"), at("2026-10", "2026-10-01"))).toContain("the last whole one, Oct 2026, 2 items");
  expect(await told(at("2026-W46", "2026-11-09"), at("2026-W47", "2026-11-16"))).toContain(
    "the last whole one, 2026-W47, from Nov 16, 2 items",
  );
});
