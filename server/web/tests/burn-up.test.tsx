import { fireEvent, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import type { CumulativeFlow } from "@/api/flow";
import type { Forecast } from "@/api/types";
import { NOON } from "@/pages/samples";
import { burnUp, ofProject } from "@/parts/burn-up";
import { BurnUp } from "@/parts/BurnUp";
import { Cone, Forecasts, scale } from "@/parts/Forecasts";
import { shown } from "./shown";
import { plain } from "./plain";

const DAY = 86_400;
const DAYS = DAY * 1e6;

const flow = (bands: CumulativeFlow["bands"]): CumulativeFlow => ({
  as_of: NOON,
  periods: (bands[0]?.items ?? []).map((_, at, { length }) => ({
    label: `2026-W${String(10 + at)}`,
    from: NOON - (length - at) * DAYS,
    until: NOON - (length - at - 1) * DAYS,
    partial: false,
  })),
  bands,
});
const forecast = (part: Partial<Forecast> = {}): Forecast => ({
  id: "1",
  subject_id: "p",
  subject_kind: "project",
  subject_name: "Checkout",
  project_id: "p",
  made_on: "2026-11-26",
  remaining: 34,
  history_done: 120,
  history_from: "2026-06-01",
  p50_on: "2026-12-10",
  p70_on: "2026-12-15",
  p85_on: "2026-12-20",
  p95_on: "2027-01-10",
  due_on: null,
  due_probability: null,
  done_on: null,
  never: 0,
  runs: 10_000,
  reason: null,
  evidence: "/api/v1/forecasts/evidence?kind=project&id=p&made_on=2026-11-26",
  ...part,
});

describe("a burn-up", () => {
  it("counts what is done from the first period on, and all else as what there is to do", () => {
    const of = burnUp(
      flow([
        { stage: "todo", items: [4, 5, null] },
        { stage: "doing", items: [2, 1, null] },
        { stage: "done", items: [10, 13, null] },
        { stage: null, items: [1, 1, null] },
      ]),
    );
    expect(of?.stages).toEqual(["done"]);
    expect(of?.points.map(({ done, scope }) => [done, scope])).toEqual([
      [0, 7],
      [3, 10],
    ]);
  });

  it("takes a tenant's last stage for done, with what is done in no stage", () => {
    const of = burnUp(
      flow([
        { stage: "Build", items: [5, 3] },
        { stage: "Released", items: [1, 2] },
        { stage: "done", items: [0, 1] },
      ]),
    );
    expect(of?.stages).toEqual(["Released", "done"]);
    expect(of?.points.map(({ done, scope }) => [done, scope])).toEqual([
      [0, 5],
      [2, 5],
    ]);
  });

  it("is none where nothing tells what is done", () => {
    expect(burnUp(flow([{ stage: "todo", items: [1] }]))).toBeNull();
    expect(burnUp(flow([]))).toBeNull();
  });

  const of = burnUp(
    flow([
      { stage: "todo", items: Array.from({ length: 30 }, () => 20) },
      { stage: "done", items: Array.from({ length: 30 }, (_, at) => at) },
    ]),
  );

  it("has the newest forecast of all of the project on it, or its reason", async () => {
    if (!of) throw new Error("a burn-up");
    const all = [forecast({ made_on: "2026-11-25" }), forecast(), forecast({ subject_kind: "epic", made_on: "2026-11-27" })];
    expect(ofProject(all)).toBe(all[1]);
    const told = await shown(<BurnUp of={of} forecast={all[1]} now={NOON} search={{}} />);
    expect(plain(told.container.textContent)).toContain("Forecast of Nov 26, 2026: 50 % by Dec 10, 2026, 85 % by Dec 20, 2026.");
    expect(told.container.querySelectorAll("[data-part=cone]")).toHaveLength(1);
    expect(told.container.textContent).not.toContain("→");
    told.unmount();
    const none = await shown(
      <BurnUp of={of} forecast={forecast({ p50_on: null, p85_on: null, reason: "not enough history" })} now={NOON} search={{}} />,
    );
    expect(none.container.textContent).toContain("No forecast: not enough history.");
    expect(none.container.querySelectorAll("[data-part=cone]")).toHaveLength(0);
  });

  it("says why there is none where nothing is open, or none was frozen yet", async () => {
    const stages = (open: number[]) =>
      flow([
        { stage: "todo", items: open },
        { stage: "done", items: [3, 4] },
      ]);
    const [done, going] = [burnUp(stages([1, 0])), burnUp(stages([1, 2]))];
    if (!done || !going) throw new Error("two burn-ups");
    const over = await shown(<BurnUp of={done} forecast={undefined} now={NOON} search={{}} />);
    expect(over.container.textContent).toContain("No forecast: nothing of it is open.");
    over.unmount();
    const { container } = await shown(<BurnUp of={going} forecast={undefined} now={NOON} search={{}} />);
    expect(container.textContent).toContain("No forecast of all of the project yet: they are frozen once a day.");
  });

  it("is cut where the forecast is far, with an arrow to its day", async () => {
    if (!of) throw new Error("a burn-up");
    const { container } = await shown(<BurnUp of={of} forecast={forecast({ p85_on: "2028-06-01" })} now={NOON} search={{}} />);
    expect(plain(container.textContent)).toContain("85 % by Jun 1, 2028 →");
    expect(plain(container.textContent)).not.toContain("50 % by Dec 10, 2026 →");
  });

  it("tells a period by keys, and has a table", async () => {
    if (!of) throw new Error("a burn-up");
    await shown(<BurnUp of={of} forecast={undefined} now={NOON} search={{}} />);
    const slider = screen.getByRole("slider");
    expect(slider.getAttribute("aria-valuetext")).toMatch(/: 29 done of 49, 20 open; 29 more to do than then$/);
    fireEvent.keyDown(slider, { key: "End" });
    expect(slider.getAttribute("aria-valuetext")).toMatch(/: 29 done of 49, 20 open$/);
    await userEvent.setup().click(screen.getByRole("button", { name: "Table" }));
    const rows = within(screen.getByRole("table", { name: "What there is to do, and what is done" })).getAllByRole("row");
    expect([...(rows[30]?.children ?? [])].slice(1).map((cell) => cell.textContent)).toEqual(["49", "29", "20"]);
  });
});

describe("the scale that forecasts share", () => {
  const ends = (...days: string[]) => days.map((p95_on) => forecast({ p85_on: "2026-12-01", p95_on }));

  it("ends with the latest, and before one that is much later than all others", () => {
    // 50, 60 and 100 days from 26 November, and a twentieth more.
    expect(scale(ends("2027-01-15", "2027-01-25", "2027-03-06"), "2026-11-26")).toBe("2027-03-11");
    expect(scale(ends("2027-01-15", "2027-01-25", "2028-11-01"), "2026-11-26")).toBe("2027-01-28");
    expect(scale(ends("2028-11-01"), "2026-11-26")).toBe("2028-12-06");
  });

  it("has an arrow with the day of what is beyond it", async () => {
    const far = forecast({ p50_on: "2027-01-10", p85_on: "2028-02-03", p95_on: null });
    const { container } = await shown(<Cone of={far} from="2026-11-26" until="2027-01-28" />);
    expect(plain(container.textContent)).toContain("85 % by Feb 3, 2028, no 95 % day →");
    expect(plain(container.textContent)).not.toContain("50 % by");
  });
});

it("says of what was tried and has no day why it has none, as of what was not tried", async () => {
  const [late, early] = [forecast({ subject_name: "Shop" }), forecast({ subject_name: "Bank", reason: "not enough history" })];
  const none = { p50_on: null, p85_on: null, p95_on: null };
  const forecasts = [
    { ...late, ...none, id: "late", reason: null },
    { ...early, ...none, id: "early" },
  ];
  const { container } = await shown(<Forecasts of={{ forecasts, calibration: {} }} />);
  expect(plain([...container.querySelectorAll("details li")].map((item) => item.textContent))).toEqual([
    "Shop project: no 50 % day within five years",
    "Bank project: not enough history",
  ]);
});

it("says of what is late that it was due, and tells no chance of a day that is over", async () => {
  const late = { due_on: "2026-11-25", due_probability: 0 };
  const none = { p50_on: null, p85_on: null, p95_on: null, reason: "not enough history" };
  const forecasts = [
    forecast({ ...late, id: "late" }),
    forecast({ ...late, id: "today", due_on: "2026-11-26", subject_name: "Ledger" }),
    forecast({ ...late, ...none, id: "none", subject_name: "Bank" }),
  ];
  const { container } = await shown(<Forecasts of={{ forecasts, calibration: {} }} />);
  const told = plain(container.textContent);
  expect(told).toContain("Was due Nov 25, 2026, and is not done34 open");
  expect(told).toContain("Due Nov 26, 2026: less than 1 % likely");
  expect(plain(container.querySelector("details li")?.textContent)).toBe(
    "Bank project: not enough history. Was due Nov 25, 2026, and is not done",
  );
});
