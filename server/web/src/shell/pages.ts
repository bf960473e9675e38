/** The pages, in the order of the navigation. `name` is what the API calls them. */

import type { IconName } from "@/parts/Icon";
import { t } from "@/texts/texts";

export const PAGES = [
  { path: "/", name: "overview", title: t("Overview"), icon: "overview", by: null },
  { path: "/dora", name: "dora", title: t("DORA"), icon: "dora", by: null },
  { path: "/flow", name: "flow", title: t("Flow"), icon: "flow", by: null },
  { path: "/change", name: "change", title: t("Change"), icon: "change", by: null },
  { path: "/reliability", name: "reliability", title: t("Reliability"), icon: "reliability", by: null },
  { path: "/projects", name: "projects", title: t("Projects"), icon: "projects", by: "project" },
  { path: "/teams", name: "teams", title: t("Teams"), icon: "teams", by: "team" },
  { path: "/forecast", name: "forecast", title: t("Forecast"), icon: "forecast", by: null },
] as const satisfies readonly { path: string; name: string; title: string; icon: IconName; by: string | null }[];

export type PageName = (typeof PAGES)[number]["name"] | "project";

/** One's own questions, for whoever has `sql:run`. */
export const ASK = [{ path: "/explore", title: t("Explore"), icon: "explore" }] as const satisfies readonly {
  path: string;
  title: string;
  icon: IconName;
}[];

/** Pages of their own, for whoever has `jobs:read`. */
export const WORK = [
  { path: "/connections", title: t("Connections"), icon: "plug" },
  { path: "/jobs", title: t("Jobs"), icon: "clock" },
] as const satisfies readonly { path: string; title: string; icon: IconName }[];

/** What Pulse tells by itself or when asked, for whoever reads figures. */
export const TOLD = [
  { path: "/reports", title: t("Reports"), icon: "page" },
  { path: "/alerts", title: t("Alerts"), icon: "alarm" },
] as const satisfies readonly { path: string; title: string; icon: IconName }[];
