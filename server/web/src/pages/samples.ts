/** Measures for the gallery and for tests: whole ones, of which the parts that matter are said. */

import type { Figure, Group, Measure } from "@/api/types";

/** 26 November 2026, noon. */
export const NOON = Date.UTC(2026, 10, 26, 12) * 1_000;

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
