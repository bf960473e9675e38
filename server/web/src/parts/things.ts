/** What people call what the API names: the columns of rows behind a figure, and what of a tool stands in the lake. */

import { dimensionWords } from "@/api/scope";
import { t } from "@/texts/texts";

const columnTitles = (): Readonly<Record<string, string>> => ({
  value: t("Value"),
  numerator: t("Part"),
  denominator: t("Whole"),
  title: t("Title"),
  left_at: t("Until"),
  sprint_id: t("Sprint"),
  class: dimensionWords("class"),
  kind: dimensionWords("kind"),
  severity: dimensionWords("severity"),
  stage: dimensionWords("stage"),
});

/** What a column of a metric's rows is called. One that the page does not know, as of a tenant's own metric, is called as in SQL. */
export const columnTitle = (name: string): string => columnTitles()[name] ?? name.replaceAll("_", " ");

const things = (): Readonly<Record<string, string>> => ({
  branches: t("branches"),
  builds: t("builds"),
  commits: t("commits"),
  deployments: t("deployments"),
  incidents: t("incidents"),
  issues: t("issues"),
  milestones: t("milestones"),
  projects: t("projects"),
  pull_requests: t("pull requests"),
  releases: t("releases"),
  repositories: t("repositories"),
  reviews: t("reviews"),
  sprints: t("sprints"),
  tags: t("tags"),
  teams: t("teams"),
  versions: t("versions"),
  work_items: t("work items"),
});

/** What the rows of an entity, or of what is read of a tool, are: `pull requests`. */
export const thingsWords = (name: string): string => things()[name] ?? name.replaceAll("_", " ");
