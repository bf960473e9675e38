/** Every part in every state, with values that somebody could have. */

import type { ReactNode } from "react";
import { Problem } from "@/api/client";
import type { Answer } from "@/api/figures";
import type { Trial } from "@/api/mapping";
import { dayFrom } from "@/api/scope";
import type {
  Clause,
  EvidenceRow,
  Forecasts as AllForecasts,
  Measure,
  Point,
  Risk,
  Scorecard,
  Series,
  Source,
  Standing,
} from "@/api/types";
import { Ageing } from "@/parts/Ageing";
import { burnUp } from "@/parts/burn-up";
import { BurnUp } from "@/parts/BurnUp";
import { Changes } from "@/parts/Changes";
import { Chart } from "@/parts/Chart";
import { CycleTimes } from "@/parts/CycleTimes";
import { DataTable } from "@/parts/DataTable";
import { Forecasts } from "@/parts/Forecasts";
import { Freshness } from "@/parts/Freshness";
import { Narrative } from "@/parts/Narrative";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { Plan } from "@/parts/Plan";
import { Risks } from "@/parts/Risks";
import { Services } from "@/parts/Services";
import { PercentileBar } from "@/parts/Standing";
import { Status } from "@/parts/Status";
import { Tile } from "@/parts/Tile";
import { Timeline } from "@/parts/Timeline";
import { Tried } from "@/parts/Trial";
import { Waiting } from "@/parts/Waiting";
import { Waits } from "@/parts/Waits";
import { Buttons, FieldStates, WaysAndStates } from "@/pages/GalleryControls";
import { ageing, ageingStage, CHANGED, cycleTimes, figure, group, measure, NOON } from "@/pages/samples";

const DAYS = 86_400;
const week = (at: number, value: number | null): Point => ({
  from: NOON + (at - 12) * 7 * DAYS * 1e6,
  until: NOON + (at - 11) * 7 * DAYS * 1e6,
  label: `2026-W${35 + at}`,
  partial: at === 12,
  figure: figure({ value, n: value === null ? 0 : 31 + at }),
});
const weeks = (values: readonly (number | null)[]) => values.map((value, at) => week(at, value));
const LEAD = weeks([4.1, 3.8, 4.4, 3.9, 4.6, null, 3.5, 3.2, 3.6, 3.1, 2.9, 3.2, 2.4].map((x) => x && x * DAYS));
const TYPICAL = { p10: 3.1 * DAYS, median: 3.8 * DAYS, p90: 4.7 * DAYS, periods: 40, from: 0, until: NOON };
const STANDING: Standing = {
  year: 2024,
  tier: "high",
  bucket: "one day to one week",
  percent: 22,
  better_percent: null,
  worse_percent: null,
  n: 422,
  mark: "secondary",
  source: "https://dora.dev",
  limits: ["Accelerate State of DevOps 2024 asked people who chose to answer.", "Practice has moved on since."],
};
const compared = {
  with: "previous",
  from: null,
  until: null,
  value: 4.2 * DAYS,
  figure: null,
  delta: -0.7 * DAYS,
  delta_ratio: -0.167,
  better: true,
} as const;

const VALUE = measure({
  groups: [
    group({
      total: figure({ value: 3.5 * DAYS, n: 422, p90: 12.5 * DAYS, excluded: 7, standings: [STANDING] }),
      comparison: compared,
      typical: TYPICAL,
      points: LEAD,
    }),
  ],
});
const TILES: readonly (readonly [string, Measure, boolean])[] = [
  ["value", VALUE, false],
  [
    "value, worse",
    measure({
      title: "Change fail rate",
      unit: "ratio",
      kind: "ratio",
      groups: [
        group({
          total: figure({ value: 0.124, n: 89, numerator: 11, denominator: 89 }),
          comparison: { ...compared, value: 0.1, delta: 0.024, delta_ratio: 0.24, better: false },
          points: weeks([0.1, 0.08, 0.12, 0.1, 0.14, 0.09, 0.1, 0.16, 0.12, 0.14, 0.13, 0.15, 0.1]),
        }),
      ],
    }),
    false,
  ],
  [
    "target",
    measure({
      title: "Throughput",
      unit: "items per week",
      kind: "count",
      direction: "higher",
      groups: [
        group({
          total: figure({ value: 18.4, n: 233, numerator: 233, denominator: 12.7 }),
          comparison: { ...compared, with: "target", value: 16, delta: 2.4, delta_ratio: 0.15, better: true },
          points: weeks([15, 17, 18, 16, 20, 19, 18, 21, 17, 19, 20, 18, 9]),
        }),
      ],
    }),
    false,
  ],
  [
    "zero",
    measure({
      title: "Open incidents",
      unit: "incidents",
      kind: "level",
      groups: [group({ total: figure({ value: 0, n: 0 }) })],
    }),
    false,
  ],
  ["no data", measure({ title: "Recovery time", state: "no_data" }), false],
  [
    "none counts",
    measure({
      title: "Flow efficiency",
      state: "no_data",
      groups: [group({ total: figure({ value: null, n: 0, excluded: 299 }) })],
    }),
    false,
  ],
  ["never seen", measure({ title: "Wait for review", state: "never_seen", newest_at: null }), false],
  ["not told", measure({ title: "Sprint completion", state: "not_by_scope" }), false],
  ["not connected", measure({ title: "Build time", state: "not_connected" }), false],
  [
    "not enough",
    measure({
      title: "Rework rate",
      unit: "ratio",
      kind: "ratio",
      state: "not_enough",
      groups: [group({ total: figure({ value: 0.25, n: 4, numerator: 1, denominator: 4 }) })],
    }),
    false,
  ],
  ["stale", VALUE, true],
];

const names = ["Storefront", "Payments", "Gateway", "Catalogue", "Ledger", "Search", "Mail"];
const many = (form: Series["form"], count: number): Series => ({
  form,
  ...measure({
    title: { line: "Lead time", bar: "Deployments", stacked: "Throughput" }[form],
    by: count > 1 ? "team" : null,
    unit: form === "line" ? "seconds" : "items per week",
    kind: form === "line" ? "percentile" : "count",
    groups: names.slice(0, count).map((name, at) =>
      group({
        key: count > 1 ? name : null,
        name: count > 1 ? name : null,
        total: figure({ value: form === "line" ? (at + 2) * DAYS : 9.4 - at, n: 90 - at }),
        points: weeks(
          LEAD.map(({ figure: { value } }, week) =>
            value === null ? null : form === "line" ? value * (1 + at * 0.35) : 6 + ((week * (at + 3)) % 7),
          ),
        ),
      }),
    ),
    spread:
      count > 2 && form === "line"
        ? { groups: count, p10: 2 * DAYS, p25: 2.6 * DAYS, median: 3.5 * DAYS, p75: 5.8 * DAYS, p90: 9 * DAYS }
        : null,
  }),
});

const HREF = "/api/v1/metrics/change_lead_time/evidence";
const CLAUSES: Clause[] = [
  {
    text: "3 of 11 projects are unlikely by their date; review wait in Payments drives it.",
    metric: "review_wait",
    version: 1,
    href: HREF,
  },
  {
    text: "Ledger is at risk: 6 items are in progress for long.",
    metric: "risk",
    version: 1,
    href: "/api/v1/risks?project=ledger",
  },
  { text: "Change lead time fell to 3.5 days, the lowest in a year.", metric: "change_lead_time", version: 1, href: HREF },
  {
    text: "Too little is known yet to say what is typical of change fail rate.",
    metric: "change_fail_rate",
    version: 1,
    href: HREF,
  },
];
const SOURCES: Source[] = (["fresh", "late", "failing", "never"] as const).map((state, at) => ({
  connection: names[at] ?? "",
  state,
  last_success_at: state === "never" ? null : NOON,
}));
const RISKS: Risk[] = (["off_track", "at_risk", "on_track"] as const).map((status, at) => ({
  project_id: `jira:x:projects/${at}`,
  project: names[at] ?? null,
  team_id: at === 0 ? "t" : null,
  team: at === 0 ? "Shop" : null,
  day: "2026-11-26",
  found_at: NOON,
  score: 0.72 - at * 0.3,
  status,
  version: 1,
  reason: at === 2 ? "" : "6 items are in progress for more than 7.5 days, of 8 in progress; the oldest since 19 June.",
  findings:
    at === 2
      ? []
      : [
          {
            rule: "ageing_items",
            version: 1,
            title: "Ageing items",
            subject_kind: "project",
            subject_id: "x",
            score: 1,
            contribution: 0.28,
            sentence: "6 items are in progress for more than 7.5 days.",
            evidence: [],
            evidence_count: 6,
          },
        ],
}));
const FORECAST = {
  id: "1",
  subject_id: "p",
  subject_kind: "project",
  subject_name: "Checkout",
  project_id: "p",
  made_on: "2026-11-26",
  remaining: 34,
  history_done: 120,
  history_from: "2026-06-01",
  p50_on: "2027-01-12",
  p70_on: "2027-01-22",
  p85_on: "2027-02-03",
  p95_on: "2027-02-26",
  due_on: "2027-01-20",
  due_probability: 0.62,
  done_on: null,
  never: 0,
  runs: 10_000,
  reason: null,
  evidence: "/api/v1/forecasts/evidence?kind=project&id=p&made_on=2026-11-26",
} as const;
const TRACK: Scorecard = {
  sentence: "41 of 48 that are over were done by their 85 % day",
  inside: {
    p50: { hits: 26, of: 48, low: 0.4, high: 0.67 },
    p70: { hits: 35, of: 48, low: 0.59, high: 0.83 },
    p85: { hits: 41, of: 48, low: 0.73, high: 0.93 },
    p95: { hits: 46, of: 48, low: 0.86, high: 0.99 },
  },
  not_over: 12,
  counts: { p50: { hits: 27, of: 60, low: 0.33, high: 0.58 }, p85: { hits: 53, of: 60, low: 0.78, high: 0.94 } },
  due: {
    made: { hits: 100, of: 222, low: 0.39, high: 0.52 },
    brier: 0.16,
    skill: 0.31,
    skill_over_mean_pace: 0.3,
    reliability: [
      { said: 0.04, happened: 1, of: 22, low: 0.01, high: 0.22 },
      { said: 0.15, happened: 9, of: 40, low: 0.12, high: 0.38 },
      { said: 0, happened: 0, of: 0, low: null, high: null },
      { said: 0.36, happened: 11, of: 30, low: 0.22, high: 0.54 },
      { said: 0.45, happened: 12, of: 25, low: 0.3, high: 0.67 },
      { said: 0, happened: 0, of: 0, low: null, high: null },
      { said: 0.66, happened: 13, of: 31, low: 0.26, high: 0.59 },
      { said: 0.74, happened: 13, of: 18, low: 0.49, high: 0.88 },
      { said: 0.86, happened: 17, of: 32, low: 0.36, high: 0.69 },
      { said: 0.97, happened: 24, of: 24, low: 0.86, high: 1 },
    ],
  },
  drifted: false,
};
const FORECASTS: AllForecasts = {
  forecasts: [
    FORECAST,
    { ...FORECAST, id: "2", subject_name: "Ledger", due_on: null, due_probability: null, p95_on: null },
    {
      ...FORECAST,
      id: "3",
      subject_name: "Vouchers",
      p50_on: null,
      p85_on: null,
      reason: "not enough history: 6 items done over 10 weeks, of at least 30 over 5 weeks",
    },
  ],
  calibration: {
    project: {
      ...TRACK,
      by_horizon: [
        { ...TRACK, part: "up to 6 weeks" },
        { ...TRACK, part: "further", due: null },
      ],
      by_size: [{ ...TRACK, part: "up to 80" }],
    },
  },
};

const TRIALS: Trial[] = [
  {
    id: "some",
    state: "succeeded",
    reason: "done",
    effects: {
      tables: [
        { table: "work_items", rows: 5210, come: 0, go: 0, change: 412, columns: { stage: 412, team_id: 300 } },
        { table: "people", rows: 61, come: 0, go: 4, change: 4, columns: { identities: 4 } },
      ],
      figures: [
        {
          metric: "lead_time",
          title: "Lead time",
          unit: "seconds",
          value: 3.5 * DAYS,
          n: 422,
          tried_value: 4.1 * DAYS,
          tried_n: 422,
        },
        {
          metric: "flow_efficiency",
          title: "Flow efficiency",
          unit: "ratio",
          value: null,
          n: 0,
          tried_value: 0.42,
          tried_n: 210,
        },
      ],
    },
  },
  { id: "none", state: "succeeded", reason: "done", effects: { tables: [], figures: [] } },
  { id: "running", state: "running", reason: "", effects: null },
  { id: "dead", state: "dead", reason: "the stages say nothing", effects: null },
  { id: "over", state: "succeeded", reason: "done", effects: null },
];

/** A project of 26 weeks that is to be done in some time. */
const BURN_UP = burnUp({
  as_of: NOON,
  periods: Array.from({ length: 26 }, (_, at) => ({
    label: `2026-W${22 + at}`,
    from: NOON - (26 - at) * 7 * 86_400e6,
    until: NOON - (25 - at) * 7 * 86_400e6,
    partial: at === 25,
  })),
  bands: [
    { stage: "todo", items: Array.from({ length: 26 }, (_, at) => 90 + at - 3 * Math.max(0, at - 4)) },
    { stage: "done", items: Array.from({ length: 26 }, (_, at) => 40 + 3 * at) },
  ],
});
const SERVICES: Answer = {
  definition: {
    name: "change_fail_rate",
    title: "Change fail rate",
    unit: "ratio",
    direction: "lower",
    minimum_n: 10,
    version: 1,
  },
  as_of: NOON,
  groups: Array.from({ length: 30 }, (_, at) =>
    group({
      key: `r${at}`,
      name: `acme/service-${at}`,
      evidence: `/api/v1/metrics/change_fail_rate/evidence?repository=r${at}`,
      total: figure({ value: ((at * 7) % 31) / 60, n: 4 + ((at * 5) % 40) }),
    }),
  ),
  overall: null,
  evidence: "/api/v1/metrics/change_fail_rate/evidence",
  spread: { groups: 30, p10: 0.05, p25: 0.13, median: 0.25, p75: 0.38, p90: 0.45 },
};
const DEPLOYMENTS: Answer = {
  ...SERVICES,
  groups: [
    group({
      points: Array.from({ length: 60 }, (_, at) => ({
        label: dayFrom("2026-09-28", at),
        from: NOON - (60 - at) * 86_400e6,
        until: NOON - (59 - at) * 86_400e6,
        partial: at === 59,
        figure: figure({
          n: (at * 3) % 7,
          numerator: at % 9 === 0 ? Math.min(2, (at * 3) % 7) : 0,
          excluded: at % 5 === 0 ? 1 : 0,
        }),
      })),
    }),
  ],
  spread: null,
};
const OUTAGES: EvidenceRow[] = Array.from({ length: 24 }, (_, at) => ({
  subject_id: `github:hub:1/incidents/${at}`,
  at: new Date((NOON - (58 - at * 2.3) * 86_400e6) / 1_000).toISOString(),
  title: `checkout answers with errors ${at}`,
  url: at % 6 === 5 ? null : `https://acme.example/incidents/${at}`,
  severity: [null, "sev1", "sev2", "sev3"][at % 4] ?? null,
  value: at === 22 ? null : ((at * 37) % 90) * 3_600,
  open: at === 22,
  excluded: null,
  counted: at !== 22,
}));

/** As many stages as no phone has room for. */
const STAGES = [
  ageingStage("Ready", [1, 2, 4]),
  ageingStage("Build", [0.5, 1, 2, 2.1, 2.2, 4, 6, 8, 12, 40]),
  ageingStage("Review", [2, 3, 10]),
  ageingStage("Waiting for release", [], { n: 24 }),
  ageingStage("Release", [5, 7], { n: 4 }),
  ageingStage("Observed in production", [9, 15], { in_progress: 620 }),
  ageingStage(null, [30], { n: 0, p50: null, p70: null, p85: null }),
];

const BETTER = { way: "down", text: "down 2 points", amount: "2 points", verdict: "better", against: "from 8 %" } as const;

export function Gallery() {
  return (
    <div className="mx-auto flex max-w-[120rem] flex-col gap-8">
      <h1 className="text-xl font-semibold">Gallery</h1>
      <Part title="Narrative">
        <Narrative clauses={CLAUSES} />
      </Part>
      <Part title="Tiles">
        <div className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,17rem),1fr))] gap-3">
          {TILES.map(([name, of, stale]) => (
            <Tile key={name} measure={of} stale={stale} />
          ))}
        </div>
      </Part>
      <Part title="Charts">
        <div className="grid grid-cols-[repeat(auto-fit,minmax(min(100%,27rem),1fr))] gap-3">
          <Chart series={{ form: "line", ...VALUE }} />
          <Chart series={many("line", 6)} />
          <Chart series={many("stacked", 7)} />
          <Chart series={many("bar", 1)} />
          <Chart series={{ form: "line", ...measure({ title: "Nothing measured", state: "no_data" }) }} />
        </div>
      </Part>
      <Part title="Over time and over all">
        <div className="grid grid-cols-[repeat(auto-fit,minmax(min(100%,27rem),1fr))] gap-3">
          {BURN_UP && <BurnUp of={BURN_UP} forecast={FORECAST} now={NOON} search={{}} />}
          <Services of={SERVICES} />
          <Timeline rows={OUTAGES} deployments={DEPLOYMENTS} grain="day" />
        </div>
      </Part>
      <Part title="Table">
        <DataTable
          grid={{
            name: "gallery",
            title: "Teams",
            columns: [
              { name: "team", title: "Team", unit: null },
              { name: "lead", title: "Lead time", unit: "seconds" },
              { name: "rate", title: "Fail rate", unit: "ratio" },
            ],
            rows: names.concat(["Docs", "Infra"]).map((name, at) => ({
              key: name,
              cells: [
                { value: name },
                { value: at === 3 ? null : (at + 1) * 0.8 * DAYS, n: at * 11, evidence: HREF },
                { value: at / 50, n: at * 11, few: at === 0, change: BETTER },
              ],
            })),
          }}
        />
      </Part>
      <Part title="Plan">
        <Plan of={{ milestones: [], dependencies: [], dependency_count: 0 }} forecasts={[]} now={NOON} />
      </Part>
      <Part title="Items">
        <div className="grid grid-cols-[repeat(auto-fit,minmax(min(100%,27rem),1fr))] gap-3">
          <CycleTimes of={cycleTimes(300, { n: 4_312 })} />
          <CycleTimes of={cycleTimes(6)} />
          <CycleTimes of={cycleTimes(0)} />
          <Ageing of={ageing(STAGES)} />
          <Ageing of={ageing([ageingStage("Build", [])])} />
        </div>
      </Part>
      <Part title="What would change">
        {TRIALS.map((told) => (
          <Tried
            key={told.id}
            of={{ ask: () => undefined, forget: () => undefined, asked: "null", told, busy: false, error: null }}
            proposal={null}
          />
        ))}
      </Part>
      <Part title="What changed">
        <Changes {...CHANGED} waits={false} />
        <Changes {...CHANGED} figures={[]} projects={[]} incidents={null} deployments={null} waits />
        <Changes {...CHANGED} figures={[]} projects={[]} incidents={null} deployments={null} waits={false} />
      </Part>
      <Part title="Risks">
        <Risks risks={RISKS} />
      </Part>
      <Part title="Forecasts">
        <Forecasts of={FORECASTS} />
      </Part>
      <Part title="Status, freshness, spread">
        <div className="flex gap-2">
          {RISKS.map(({ status }) => (
            <Status key={status} of={status} />
          ))}
        </div>
        <Freshness sources={SOURCES} />
        <PercentileBar
          spread={{ groups: 7, p10: 2 * DAYS, p25: 2.6 * DAYS, median: 3.5 * DAYS, p75: 5.8 * DAYS, p90: 9 * DAYS }}
          unit="seconds"
          of="teams"
        />
      </Part>
      <Part title="Buttons">
        <Buttons />
      </Part>
      <Part title="Fields">
        <FieldStates />
      </Part>
      <Part title="Ways, marks and states">
        <WaysAndStates />
      </Part>
      <Part title="In the place of content">
        <EmptyState title="No rows">Nothing was observed in this span.</EmptyState>
        <Skeleton label="On its way" />
        <Failure
          error={new Problem(503, "busy", "The server is busy", "No turn is free for one more query; ask again in a moment.")}
          again={() => undefined}
        />
        <Failure
          error={
            new Problem(
              400,
              "unknown-team",
              "There is no such team",
              "No team is called `Chekout`; there are: Checkout, Payments.",
            )
          }
          again={() => undefined}
          clear={() => undefined}
        />
        <Waits of="times" label="The chart is on its way" />
        <div>
          <Waiting />
        </div>
      </Part>
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-3">
      <h2 className="text-lg font-semibold">{title}</h2>
      {children}
    </section>
  );
}
