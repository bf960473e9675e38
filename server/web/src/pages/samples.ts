/** Measures and items for the gallery and for tests: whole ones, of which the parts that matter are said. */

import type { Ageing, AgeingStage, CycleTimes } from "@/api/flow";
import type { EvidenceRow, Figure, Group, Measure, Risk, Standing } from "@/api/types";
import { moved } from "@/parts/what-changed";

/** 26 November 2026, noon. */
export const NOON = Date.UTC(2026, 10, 26, 12) * 1_000;

const DAY = 86_400;
const HOUR = 3_600_000_000;

export const figure = (part: Partial<Figure> = {}): Figure => ({
  value: null,
  n: 0,
  numerator: null,
  denominator: null,
  median: null,
  p90: null,
  open: 0,
  excluded: 0,
  standings: [],
  ...part,
});

export const group = (part: Partial<Group> = {}): Group => ({
  key: null,
  name: null,
  evidence: "/api/v1/metrics/change_lead_time/evidence",
  since: null,
  total: figure(),
  share: null,
  comparison: null,
  typical: null,
  points: [],
  ...part,
});

export const measure = (part: Partial<Measure> = {}): Measure => ({
  metric: "change_lead_time",
  version: 1,
  title: "Change lead time",
  description: "How long a change takes from its first commit to production.",
  unit: "seconds",
  direction: "lower",
  kind: "percentile",
  by: null,
  state: "value",
  target: null,
  meets_target: null,
  evidence: "/api/v1/metrics/change_lead_time/evidence",
  newest_at: NOON,
  groups: [group()],
  spread: null,
  overall: null,
  ...part,
});

/** So many items that were done one an hour up to `NOON`, and took one day, two days and so on, over again each two weeks. */
export const cycleTimes = (many: number, part: Partial<CycleTimes> = {}): CycleTimes => ({
  from: NOON - many * HOUR,
  until: NOON,
  minimum_n: 10,
  n: many,
  p50: many > 0 ? 7.5 * DAY : null,
  p85: many > 0 ? 12.6 * DAY : null,
  p95: many > 0 ? 14 * DAY : null,
  slowest: 100,
  items: Array.from({ length: many }, (_, at) => ({
    id: `jira:tickets:issues/${at}`,
    key: `PAY-${at}`,
    title: at % 5 === 4 ? null : `Round prices of kind ${at}`,
    url: at % 7 === 6 ? null : `https://acme.example/browse/PAY-${at}`,
    done_at: NOON - (many - at) * HOUR,
    cycle_seconds: ((at % 14) + 1) * DAY,
  })),
  ...part,
});

/** Items in progress of these ages, in days, in a stage that half left within three days, and 85 % within nine. */
export const ageingStage = (stage: string | null, ages: readonly number[], part: Partial<AgeingStage> = {}): AgeingStage => ({
  stage,
  n: 40,
  p50: 3 * DAY,
  p70: 5 * DAY,
  p85: 9 * DAY,
  in_progress: ages.length,
  items: ages.map((age, at) => ({
    id: `jira:tickets:issues/${stage}-${at}`,
    key: `SHOP-${at + 1}`,
    title: `Show ${stage ?? "nothing"} ${at}`,
    url: `https://acme.example/browse/SHOP-${at + 1}`,
    started_at: NOON - age * 24 * HOUR,
    entered_at: NOON - (age / 2) * 24 * HOUR,
    age_seconds: age * DAY,
    band: age <= 3 ? "p50" : age <= 5 ? "p70" : age <= 9 ? "p85" : "over",
  })),
  ...part,
});

export const ageing = (stages: AgeingStage[]): Ageing => ({
  from: NOON - 90 * 24 * HOUR,
  until: NOON,
  as_of: NOON,
  minimum_n: 10,
  stages,
});

/** A tier of a survey. */
export const standing = (tier: string | null, part: Partial<Standing> = {}): Standing => ({
  year: 2024,
  tier,
  bucket: "one day to one week",
  percent: 22,
  better_percent: null,
  worse_percent: null,
  n: 200,
  mark: "verified",
  source: "https://dora.dev",
  limits: ["The survey asked people who chose to answer."],
  ...part,
});

/** How a project stands. */
export const risk = (status: Risk["status"], part: Partial<Risk> = {}): Risk => ({
  project_id: "p",
  project: "Checkout",
  team_id: null,
  team: null,
  day: "2026-11-26",
  found_at: NOON,
  score: 0.72,
  status,
  version: 1,
  reason: "",
  findings: [],
  ...part,
});

/** A row behind a metric that lasted, or carried, so much. */
export const row = (part: Partial<EvidenceRow> = {}): EvidenceRow => ({
  subject_id: "github:hub:1/deployments/7",
  at: "2026-11-17T11:16:04Z",
  open: false,
  excluded: null,
  counted: true,
  ...part,
});

const incident = row({ title: "catalogue answers with errors", severity: "sev2", url: "https://acme.example/issues/444" });
const kind = { version: 1, evidence: "/api/v1/metrics/batch_size/evidence" };
/** One of each kind of change since the span before, and more deployments than are told. */
export const CHANGED = {
  figures: moved([
    measure({
      groups: [
        group({
          total: figure({ value: 2.4 * DAY, n: 211, standings: [standing("elite")] }),
          comparison: {
            with: "previous",
            from: NOON - 180 * 24 * HOUR,
            until: NOON - 90 * 24 * HOUR,
            value: 4 * DAY,
            figure: figure({ value: 4 * DAY, n: 203, standings: [standing("high")] }),
            delta: -1.6 * DAY,
            delta_ratio: -0.4,
            better: true,
          },
          typical: { p10: 3 * DAY, median: 4 * DAY, p90: 6 * DAY, periods: 50, from: 0, until: NOON },
        }),
      ],
    }),
  ]),
  projects: [
    {
      now: risk("off_track"),
      before: { project_id: "p", day: "2026-08-30", score: 0, status: "on_track" as const, version: 1, reason: "" },
    },
  ],
  incidents: {
    ...kind,
    title: "Time to recover",
    unit: "seconds",
    most: 2 * 3_600,
    rows: [
      row({ ...incident, subject_id: "i1", open: true, counted: false }),
      row({ ...incident, subject_id: "i2", value: 30_000 }),
    ],
  },
  deployments: {
    ...kind,
    title: "Batch size",
    unit: "commits",
    most: 10,
    rows: [48, 40, 31, 26, 21].map((value, at) =>
      row({ subject_id: `d${at}`, value, repository_id: "acme/a-repository-with-a-rather-long-name-that-has-to-wrap" }),
    ),
  },
  repository: (id: string) => id,
};
