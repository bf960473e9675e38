/** What people call what the API names: the columns of rows behind a figure, and what of a tool stands in the lake. */

import type { Class } from "@/api/mapping";
import { dimensionWords } from "@/api/scope";
import { t } from "@/texts/texts";

const columnTitles = (): Readonly<Record<string, string>> => ({
  value: t("Value"),
  numerator: t("Part"),
  denominator: t("Whole"),
  lacks: t("What it lacks"),
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
  components: t("components"),
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

const classes = (): Readonly<Record<Class, string>> => ({
  feature: t("feature"),
  defect: t("defect"),
  debt: t("debt"),
  unplanned: t("unplanned"),
  unclassified: t("unclassified"),
});

/** What a class is called beside how many items count as it. */
export const classWords = (name: Class): string => classes()[name];

const categories = (): Readonly<Record<string, string>> => ({ todo: t("to do"), doing: t("doing"), done: t("done") });

/** What a value in a column of a metric's rows is called, where it is a word of Pulse's and not of a tool or a tenant. */
export function valueWords(column: string, value: string): string {
  if (column === "class") return (classes() as Readonly<Record<string, string>>)[value] ?? value;
  // Where no stages are mapped these are the categories of statuses.
  if (column === "stage") return categories()[value] ?? value;
  if (column === "lacks") return reasonWords(value);
  return value;
}

/** The reasons that Pulse's own metrics and facts know for which a row does not count, or is not linked, mapped or attributed. */
export const reasons = (): Readonly<Record<string, string>> => ({
  abandoned: t("closed as a duplicate, not planned or the like"),
  "after merge": t("given after the merge"),
  baseline: t("the first deployment, with nothing before it"),
  "blocking not known": t("whether it was blocked is not known"),
  bot: t("by a program"),
  cancelled: t("cancelled"),
  "done before": t("done before it came in"),
  draft: t("a draft"),
  epic: t("an epic"),
  failed: t("failed"),
  "few reviews": t("too few reviews"),
  "future sprint": t("the sprint has not begun"),
  negative: t("it would end before it began"),
  "no approval": t("not approved"),
  "no closing time": t("when it was closed is not known"),
  "no commitment": t("nothing was committed to"),
  "no code": t("no code names it"),
  "no commits": t("no commits known"),
  "no dates": t("the sprint has no dates"),
  "no deployment": t("no deployment is known to have caused it"),
  "no estimate": t("no estimate"),
  "no finish time": t("when it finished is not known"),
  "no first commit": t("its first commit is not known"),
  "no lead time": t("no lead time known"),
  "no owner": t("in no team, and nobody owns its project"),
  "no project": t("in no team, and in no project"),
  "no recovery time": t("no recovery time known"),
  "no review": t("not reviewed"),
  "no service": t("no service known"),
  "no start": t("when it began is not known"),
  "no such stage": t("it was not in that stage"),
  "no such time": t("that time is not known"),
  "no title": t("no title"),
  "no work item": t("it names no work item"),
  "nobody known": t("who did it is not known"),
  "not acknowledged": t("not acknowledged"),
  "not deployed": t("not deployed yet"),
  "not merged": t("not merged"),
  "not production": t("not to production"),
  "not published": t("not published"),
  "not to the default branch": t("not to the default branch"),
  own: t("of one's own change"),
  "pipeline, commit or time not known": t("its pipeline, commit or time is not known"),
  "pre-release": t("pre-release"),
  "project deleted": t("open when its project was deleted"),
  "repository deleted": t("open when its repository was deleted"),
  "review not known": t("how it was reviewed is not known"),
  running: t("still running"),
  "size not known": t("its size is not known"),
  "stages not mapped": t("stages are not mapped"),
  subtask: t("a subtask"),
  unclassified: t("without a class"),
  "unmapped status": t("its status is not mapped"),
  "working hours not known": t("working hours are not known"),
});

/** Why a row does not count. A reason that the page does not know, as of a tenant's own metric, is told as the metric says it. */
export const reasonWords = (reason: string): string => reasons()[reason] ?? reason;
