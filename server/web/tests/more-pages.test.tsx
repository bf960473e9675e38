import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import type { Answer } from "@/api/figures";
import { search } from "@/api/scope";
import type { Dashboard, EvidenceRow, Measure, Standing } from "@/api/types";
import { formatter } from "@/design/format";
import { Figures } from "@/pages/Figures";
import { figure, group, measure, NOON } from "@/pages/samples";
import { grainOf, incidentsOf, rowsOf, severitiesOf } from "@/parts/incidents";
import { Services, services } from "@/parts/Services";
import { Surveys } from "@/parts/Surveys";
import { Tile } from "@/parts/Tile";
import { Timeline } from "@/parts/Timeline";
import { recorded, shown, visited } from "./shown";
import { plain } from "./plain";

const DAY = 86_400;
const DAYS = DAY * 1e6;
const HOUR = 3_600;

describe("surveys", () => {
  const standing = (year: number, part: Partial<Standing> = {}): Standing => ({
    year,
    tier: null,
    bucket: "one day to one week",
    percent: 40,
    better_percent: null,
    worse_percent: null,
    n: 30,
    mark: "verified",
    source: "https://dora.example/report",
    limits: ["People chose to answer.", `The answers are of ${year}.`],
    ...part,
  });
  const lead = measure({
    groups: [
      group({
        total: figure({
          value: 3 * DAY,
          n: 30,
          standings: [standing(2021, { tier: "high" }), standing(2025, { percent: 31.9, mark: "recalled" })],
        }),
      }),
    ],
  });
  const rate = measure({
    metric: "rework",
    title: "Rework rate",
    unit: "ratio",
    groups: [group({ total: figure({ value: 0.1, n: 30 }) })],
  });

  it("tell the tier of the chosen year, its limits, how many are in it and how it is known", async () => {
    const choose = vi.fn();
    await shown(<Surveys measures={[lead, rate]} years={["2025", "2021"]} year="2021" onChoose={choose} />);
    const rows = within(screen.getByRole("table", { name: "Figures beside DORA's survey of 2021" })).getAllByRole("row");
    expect(plain([...(rows[1]?.children ?? [])].map((cell) => cell.textContent))).toEqual([
      "Change lead time",
      "3 days",
      "high",
      "one day to one week",
      "40 %",
      "read in the report itself",
    ]);
    expect([...(rows[2]?.children ?? [])].slice(2).map((cell) => cell.textContent)).toEqual(["none", "none", "none", "none"]);
    expect(screen.getByRole("link", { name: /^The report/ }).getAttribute("href")).toBe("https://dora.example/report");
    await userEvent.setup().selectOptions(screen.getByRole("combobox", { name: "Survey" }), "2025");
    expect(choose).toHaveBeenCalledWith("2025");
  });

  it("say what they cannot, once each, on the page and behind a tile's tier", async () => {
    const page = await shown(
      <Surveys measures={[lead, { ...lead, metric: "other" }]} years={["2025", "2021"]} year="2021" onChoose={vi.fn()} />,
    );
    expect(screen.getAllByRole("listitem").map((item) => item.textContent)).toEqual([
      "People chose to answer.",
      "The answers are of 2021.",
    ]);
    page.unmount();
    await shown(<Tile measure={lead} />);
    await userEvent.setup().click(screen.getByRole("button", { name: /^high tier, DORA 2021$/ }));
    const told = await screen.findByRole("dialog", { name: "Beside published surveys" });
    within(told).getByText("The answers are of 2021.");
    within(told).getByText("The answers are of 2025.");
    within(told).getByText(/^DORA's surveys of 2021 and 2025 stand here together\./);
  });

  it("have no tiers in a year that has none, and say so", async () => {
    await shown(<Surveys measures={[lead]} years={["2025", "2021"]} year="2025" onChoose={vi.fn()} />);
    screen.getByText(/has no tiers: it tells how many gave each answer/);
    expect(screen.queryByRole("columnheader", { name: "Tier" })).toBeNull();
    screen.getByText("from memory, not checked");
  });

  it("are none where no figure stands beside one", async () => {
    await shown(<Surveys measures={[rate]} years={[]} year={undefined} onChoose={vi.fn()} />);
    screen.getByText("No figure stands beside a survey");
  });

  it("are said to be no one scale where figures stand beside those of several years", async () => {
    const beside = (part: Partial<Standing>, state: Measure["state"] = "value") => ({
      ...lead,
      metric: `of ${String(part.year)}`,
      state,
      groups: [group({ total: figure({ value: 3 * DAY, n: 30, standings: [standing(2021, part)] }) })],
    });
    const dora = JSON.parse(recorded("dora")) as Dashboard;
    const row = (...tiles: Measure[]) => <Figures of={{ ...dora, tiles, series: [] }} />;
    const scale = /a tier or answer of one year is not on the scale of another/;
    const [of2021, of2024] = [beside({ tier: "high" }), beside({ year: 2024, tier: "low" })];
    const mixed = await shown(row(of2021, of2024));
    screen.getByText(scale);
    screen.getByText(/DORA's surveys of 2021 and 2024/);
    screen.getByRole("button", { name: "low tier, DORA 2024" });
    mixed.unmount();
    const one = await shown(row(of2021, { ...of2021, metric: "another" }));
    expect(screen.queryByText(scale)).toBeNull();
    one.unmount();
    // A chip that is not shown is of no year.
    const few = await shown(row(of2021, beside({ year: 2024, tier: "low" }, "not_enough")));
    expect(screen.queryByText(scale)).toBeNull();
    few.unmount();
    await shown(<Figures of={{ ...dora, tiles: [of2021, of2024], series: [] }} survey="2021" />);
    expect(screen.queryByText(scale)).toBeNull();
  });

  it("are what tiles stand beside, and no tile stands beside another year's", async () => {
    const first = await shown(<Tile measure={lead} />);
    expect(first.container.textContent).toContain("high tier, DORA 2021");
    first.unmount();
    const chosen = await shown(<Tile measure={lead} survey="2025" />);
    expect(chosen.container.textContent).toContain("answer one day to one week, DORA 2025, recalled");
    chosen.unmount();
    const none = await shown(<Tile measure={lead} survey="2023" />);
    expect(none.container.textContent).not.toContain("20");
  });
});

describe("repositories", () => {
  const answer = (values: [string | null, number | null, number][], spread = true): Answer => ({
    definition: {
      name: "change_lead_time",
      title: "Change lead time",
      unit: "seconds",
      direction: "lower",
      minimum_n: 10,
      version: 1,
    },
    as_of: NOON,
    groups: values.map(([key, value, n]) =>
      group({
        key,
        name: key,
        evidence: `/api/v1/metrics/change_lead_time/evidence?repository=${key}`,
        total: figure({ value, n }),
      }),
    ),
    evidence: "/api/v1/metrics/change_lead_time/evidence",
    overall: null,
    spread: spread ? { groups: 3, p10: 1.2 * DAY, p25: 1.5 * DAY, median: 2 * DAY, p75: 3 * DAY, p90: 3.6 * DAY } : null,
  });

  it("stand from the lowest to the highest, without those of no figure and of no repository", () => {
    const of = services(
      answer([
        ["b", 4 * DAY, 30],
        ["a", DAY, 9],
        ["c", null, 0],
        [null, 1, 50],
        ["d", 2 * DAY, 10],
      ]),
    );
    expect(of.map(({ name, few }) => [name, few])).toEqual([
      ["a", true],
      ["d", false],
      ["b", false],
    ]);
  });

  it("say how they are spread, and which are too few to judge, with a way to their rows", async () => {
    const { container } = await shown(
      <Services
        of={answer([
          ["b", 4 * DAY, 30],
          ["a", DAY, 9],
          ["c", null, 0],
          ["d", 2 * DAY, 10],
        ])}
      />,
    );
    expect(plain(container.textContent)).toContain(
      "Half of 3 repositories are at 2 days or below, a tenth at 28.8 h or below, nine tenths at 3.6 days or below. Hollow: 1 with fewer than 10 observations, too few to judge. 1 without a figure.",
    );
    expect(container.textContent).toContain("P10P50P90");
    const hollow = [...container.querySelectorAll("svg circle")].map((dot) => dot.getAttribute("fill"));
    expect(hollow).toEqual(["var(--c-surface)", "var(--c-series-1)", "var(--c-series-1)"]);
    const slider = screen.getByRole("slider");
    fireEvent.keyDown(slider, { key: "Home" });
    expect(plain(slider.getAttribute("aria-valuetext"))).toBe("a: 24 h, n 9: too few to judge");
    expect(container.querySelector("a[aria-label]")?.getAttribute("href")).toContain("repository%3Da");
    await userEvent.setup().click(screen.getByRole("button", { name: "Table" }));
    const rows = within(screen.getByRole("table", { name: "Change lead time by repository" })).getAllByRole("row");
    expect(plain(rows.slice(1).map((row) => row.textContent))).toEqual([
      "a24 hn 9no",
      "d2 dn 10yes",
      "b4 dn 30yes",
      "cnonen 0no",
    ]);
  });

  it("have no marks where they are too few", async () => {
    const { container } = await shown(<Services of={answer([["b", 4 * DAY, 30]], false)} />);
    expect(container.textContent).toContain("One repository: too few to say how they are spread.");
    expect(container.textContent).not.toContain("P50");
  });

  it("are asked for by what the address says, and what is chosen is kept there", async () => {
    const { fetched, router } = await visited("/dora?survey=2021&team=p%3A1");
    await screen.findByRole("slider", { name: /^Change lead time by repository/ });
    const paths = fetched.mock.calls.map(([path]) => path);
    expect(paths).toContain(
      "/api/v1/metrics/change_lead_time?from=2026-08-31&until=2026-11-27&grain=month&team=p%3A1&by=repository",
    );
    const user = userEvent.setup();
    await user.selectOptions(screen.getByRole("combobox", { name: "Metric" }), "change_fail_rate");
    await user.selectOptions(screen.getByRole("combobox", { name: "Survey" }), "2025");
    await waitFor(() => expect(router.state.location.searchStr).toBe("?survey=2025&team=p%3A1&services=change_fail_rate"));
  });
});

it("reads a year and a metric from an address, and nothing else in their place", () => {
  expect(search({ survey: "2021", services: "change_fail_rate" })).toEqual({ survey: "2021", services: "change_fail_rate" });
  expect(search({ survey: "21", services: "../x" })).toEqual({});
});

const row = (id: string, at: number, part: Record<string, string | number | boolean | null> = {}): EvidenceRow => ({
  subject_id: `github:hub:1/incidents/${id}`,
  at: new Date(at / 1_000).toISOString(),
  url: `https://acme.example/incidents/${id}`,
  title: `Outage ${id}`,
  severity: "sev1",
  value: 2 * HOUR,
  open: false,
  excluded: null,
  counted: true,
  ...part,
});

describe("incidents", () => {
  const [from, until] = [NOON - 10 * DAYS, NOON];

  it("are those that were there in the span, in the order in which they began", () => {
    const rows = [
      row("late", NOON - DAYS),
      row("before", NOON - 20 * DAYS),
      row("into", NOON - 11 * DAYS, { value: 2 * DAY }),
      row("open", NOON - 20 * DAYS, { value: null, open: true }),
      row("stay", NOON - 30 * DAYS, { value: null, left_at: null }),
      row("left", NOON - 29 * DAYS, { value: null, left_at: new Date((NOON - 5 * DAYS) / 1_000).toISOString() }),
      row("after", NOON + 1),
      row("unknown", NOON - 2 * DAYS, { value: null, excluded: "no recovery time", counted: false }),
      row("twin", NOON - 2 * DAYS, { excluded: "abandoned", counted: false }),
    ];
    expect(incidentsOf(rows, from, until).map(({ name, open }) => [name, open])).toEqual([
      ["Outage stay", true],
      ["Outage left", false],
      ["Outage open", true],
      ["Outage into", false],
      ["Outage unknown", false],
      ["Outage late", false],
    ]);
  });

  it("lie in rows of their own while they last, and share the one that is free first where there are no more", () => {
    expect(
      rowsOf(
        [
          [0, 5],
          [1, 3],
          [3, 4],
          [4, 9],
        ],
        8,
      ),
    ).toEqual([0, 1, 1, 1]);
    expect(
      rowsOf(
        [
          [0, 5],
          [1, 9],
          [2, 3],
        ],
        2,
      ),
    ).toEqual([0, 1, 0]);
  });

  it("have severities by name, and those of none last", () => {
    const all = incidentsOf(
      [
        row("a", NOON - 3 * DAYS, { severity: null }),
        row("b", NOON - 2 * DAYS, { severity: "sev10" }),
        row("c", NOON - DAYS, { severity: "sev2" }),
      ],
      from,
      until,
    );
    expect(severitiesOf(all, formatter("en", "UTC").order)).toEqual(["sev2", "sev10", null]);
  });

  it("stand over days, weeks or months, as fit", () => {
    expect([91, 130, 131, 800, 801].map(grainOf)).toEqual(["day", "day", "week", "week", "month"]);
  });
});

describe("the timeline", () => {
  const deployments = (counts: [n: number, failed: number, excluded: number][]): Answer => ({
    definition: {
      name: "change_fail_rate",
      title: "Change fail rate",
      unit: "ratio",
      direction: "lower",
      minimum_n: 10,
      version: 1,
    },
    as_of: NOON,
    groups: [
      group({
        evidence: "/api/v1/metrics/change_fail_rate/evidence?from=2026-11-01&until=2026-11-27",
        points: counts.map(([n, numerator, excluded], at) => ({
          from: NOON - (counts.length - at) * DAYS,
          until: NOON - (counts.length - at - 1) * DAYS,
          label: `2026-11-${24 + at}`,
          partial: at === counts.length - 1,
          figure: figure({ n, numerator, denominator: n, excluded }),
        })),
      }),
    ],
    evidence: "/api/v1/metrics/change_fail_rate/evidence",
    overall: null,
    spread: null,
  });
  const rows = [
    row("a", NOON - 2 * DAYS),
    row("b", NOON - DAYS, { value: null, open: true, severity: null, url: "javascript:alert(1)" }),
  ];

  it("says how many there were and what became of them, by keys, too", async () => {
    const open = vi.spyOn(window, "open").mockReturnValue(null);
    const { container } = await shown(
      <Timeline
        rows={rows}
        deployments={deployments([
          [4, 0, 1],
          [3, 2, 0],
          [0, 0, 0],
        ])}
        grain="day"
      />,
    );
    expect(container.textContent).toContain("2 incidents, 1 not resolved: those that end in an upright line.");
    expect(plain(container.textContent)).toContain("Whole span: 7 deployments, 2 needed intervention, 1 more left out");
    const [incidents, days] = screen.getAllByRole("slider");
    if (!incidents || !days) throw new Error("two sliders");
    fireEvent.keyDown(incidents, { key: "Home" });
    expect(incidents.getAttribute("aria-valuetext")).toContain("Outage a: sev1, began Nov 24, 2026, ");
    expect(plain(incidents.getAttribute("aria-valuetext"))).toContain("2 h until it was resolved");
    fireEvent.keyDown(incidents, { key: "Enter" });
    expect(open).toHaveBeenCalledWith("https://acme.example/incidents/a", "_blank", "noreferrer");
    fireEvent.keyDown(incidents, { key: "End" });
    expect(incidents.getAttribute("aria-valuetext")).toMatch(/^Outage b: no severity, .* not resolved$/);
    fireEvent.keyDown(incidents, { key: "Enter" });
    expect(open).toHaveBeenCalledTimes(1);
    // What a browser would run is no link.
    expect(container.querySelectorAll("a[href]")).toHaveLength(1);
    fireEvent.keyDown(days, { key: "Home" });
    fireEvent.keyDown(days, { key: "ArrowRight" });
    expect(plain(days.getAttribute("aria-valuetext"))).toBe("Nov 25, 2026: 3 deployments, 2 needed intervention");
  });

  it("has two tables", async () => {
    await shown(
      <Timeline
        rows={rows}
        deployments={deployments([
          [4, 0, 1],
          [3, 2, 0],
        ])}
        grain="day"
      />,
    );
    await userEvent.setup().click(screen.getByRole("button", { name: "Table" }));
    const told = within(screen.getByRole("table", { name: "Deployments by day" })).getAllByRole("row");
    expect(told.slice(1).map((row) => [...row.children].map((cell) => cell.textContent))).toEqual([
      ["2026-11-24", "4", "0", "1"],
      ["2026-11-25 (not over)", "1", "2", "0"],
    ]);
    expect(within(screen.getByRole("table", { name: "Incidents" })).getAllByRole("row")).toHaveLength(3);
  });

  it("says that there was nothing", async () => {
    await shown(<Timeline rows={[]} deployments={deployments([[0, 0, 0]])} grain="day" />);
    screen.getByText("Neither incidents nor deployments in this span");
  });

  it("draws of very many the longest, and says so", async () => {
    const many = Array.from({ length: 1_002 }, (_, at) => row(String(at), NOON - DAYS, { value: at + 1 }));
    const { container } = await shown(
      <Timeline
        rows={many}
        deployments={deployments([
          [1, 0, 0],
          [1, 0, 0],
        ])}
        grain="day"
      />,
    );
    expect(container.textContent).toContain("Drawn are the 1,000 that took longest; the table has all.");
    expect(container.querySelectorAll("a[href]")).toHaveLength(1_000);
    expect(container.querySelector('a[href$="/incidents/0"]')).toBeNull();
  });

  it("asks for incidents from four weeks before, and for deployments of the span", async () => {
    const { fetched } = await visited("/reliability?project=p%3A1&grain=month");
    await screen.findByRole("slider", { name: /^Deployments by day/ });
    const paths = fetched.mock.calls.map(([path]) => path);
    expect(paths).toContain("/api/v1/metrics/incident_recovery_time/evidence?from=2026-08-03&until=2026-11-27&project=p%3A1");
    expect(paths).toContain("/api/v1/metrics/open_incidents/evidence?from=2026-08-31&until=2026-11-27&project=p%3A1");
    expect(paths).toContain("/api/v1/metrics/change_fail_rate?from=2026-08-31&until=2026-11-27&grain=day&project=p%3A1");
  });
});

it("writes the days of a sentence as the page does, and leaves names, times and addresses alone", () => {
  const { sentence } = formatter("en", "UTC");
  expect(sentence("the oldest since 2025-06-19.")).toBe("the oldest since Jun 19, 2025.");
  const left = "release-2025-06-19, 2025-06-19T10:00:00Z, from=2025-06-19, v/2025-06-19/x, 2025-13-01, 12025-06-19";
  expect(sentence(left)).toBe(left);
});
