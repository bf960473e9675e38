import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Link,
  type ErrorComponentProps,
} from "@tanstack/react-router";
import type { ComponentType } from "react";
import { place, type Place } from "@/api/place";
import { parseSearch, search, stringifySearch, type Search } from "@/api/scope";
import { EmptyState, Failure } from "@/parts/Notice";
import { DashboardPage } from "@/pages/DashboardPage";
import { Project } from "@/pages/Project";
import { PAGES } from "@/shell/pages";
import { Shell } from "@/shell/Shell";
import { t } from "@/texts/texts";

const root = createRootRoute({
  component: Shell,
  validateSearch: (raw: Record<string, unknown>): Search => search(raw),
  errorComponent: ({ error, reset }) => <Failure error={error} again={reset} />,
  notFoundComponent: () => (
    <>
      <h1 className="sr-only">{t("Not found")}</h1>
      <EmptyState title={t("There is no such page")}>
        <p>{t("The address may be mistyped, or what was there is gone.")}</p>
        <p className="mt-3">
          <Link to="/" className="text-accent-text underline">
            {t("To the overview")}
          </Link>
        </p>
      </EmptyState>
    </>
  ),
});

/** A page that breaks down takes nothing else with it. */
const errorComponent = ({ error, reset }: ErrorComponentProps) => <Failure error={error} again={reset} />;

const page = (path: (typeof PAGES)[number]["path"], name: (typeof PAGES)[number]["name"]) =>
  createRoute({ getParentRoute: () => root, path, component: () => <DashboardPage name={name} />, errorComponent });

/** A page whose script is loaded when it is gone to. */
const lazy = <P extends string, M extends Record<string, unknown>>(path: P, load: () => Promise<M>, name: keyof M & string) =>
  createRoute({
    getParentRoute: () => root,
    path,
    validateSearch: (raw: Record<string, unknown>): Place => place(raw),
    component: lazyRouteComponent(load as () => Promise<Record<string, ComponentType>>, name),
    errorComponent,
  });

const explore = lazyRouteComponent(() => import("@/pages/Explore"), "Explore");

/** All parts in all their states: for those who work on them, and for tests. The page that is shipped has none of it. */
const gallery =
  import.meta.env.MODE === "production"
    ? []
    : [
        createRoute({
          getParentRoute: () => root,
          path: "/gallery",
          component: lazyRouteComponent(() => import("@/pages/Gallery"), "Gallery"),
        }),
      ];

export const routes = root.addChildren([
  page("/", "overview"),
  page("/dora", "dora"),
  page("/flow", "flow"),
  page("/change", "change"),
  page("/reliability", "reliability"),
  page("/projects", "projects"),
  page("/teams", "teams"),
  page("/forecast", "forecast"),
  createRoute({ getParentRoute: () => root, path: "/project", component: Project, errorComponent }),
  lazy("/connections", () => import("@/pages/Connections"), "Connections"),
  lazy("/connections/new", () => import("@/pages/connect/Connect"), "Connect"),
  lazy("/connections/$name", () => import("@/pages/connect/Source"), "Source"),
  lazy("/reports", () => import("@/pages/reports/Reports"), "Reports"),
  lazy("/reports/$name", () => import("@/pages/reports/Definition"), "Definition"),
  lazy("/alerts", () => import("@/pages/alerts/Alerts"), "Alerts"),
  lazy("/alerts/rules", () => import("@/pages/alerts/Rules"), "Rules"),
  lazy("/alerts/rules/new", () => import("@/pages/alerts/Rule"), "NewRule"),
  lazy("/alerts/rules/$name", () => import("@/pages/alerts/Rule"), "Rule"),
  lazy("/alerts/$id", () => import("@/pages/alerts/Alert"), "Alert"),
  lazy("/jobs", () => import("@/pages/Jobs"), "Jobs"),
  lazy("/profile", () => import("@/pages/Profile"), "Profile"),
  lazy("/notifications", () => import("@/pages/Notifications"), "Notifications"),
  lazy("/admin", () => import("@/pages/admin/Admin"), "Contents"),
  lazy("/admin/users", () => import("@/pages/admin/Users"), "Users"),
  lazy("/admin/roles", () => import("@/pages/admin/Roles"), "Roles"),
  lazy("/admin/sign-on", () => import("@/pages/admin/SignOn"), "SignOn"),
  lazy("/admin/tokens", () => import("@/pages/admin/Tokens"), "Tokens"),
  lazy("/admin/sessions", () => import("@/pages/admin/Sessions"), "Sessions"),
  lazy("/admin/audit", () => import("@/pages/admin/Audit"), "Audit"),
  lazy("/admin/tenant", () => import("@/pages/admin/Calendar"), "Calendar"),
  lazy("/admin/branding", () => import("@/pages/admin/Branding"), "Branding"),
  lazy("/admin/mapping", () => import("@/pages/mapping/Statuses"), "Statuses"),
  lazy("/admin/mapping/types", () => import("@/pages/mapping/Types"), "Types"),
  lazy("/admin/mapping/people", () => import("@/pages/mapping/People"), "People"),
  lazy("/admin/mapping/repositories", () => import("@/pages/mapping/Repositories"), "Repositories"),
  lazy("/admin/mapping/boards", () => import("@/pages/mapping/Boards"), "Boards"),
  lazy("/admin/mapping/environments", () => import("@/pages/mapping/Environments"), "Environments"),
  lazy("/admin/risk", () => import("@/pages/admin/RiskRules"), "RiskRules"),
  lazy("/admin/targets", () => import("@/pages/admin/Targets"), "Targets"),
  lazy("/admin/metrics", () => import("@/pages/admin/OwnMetrics"), "OwnMetrics"),
  lazy("/admin/work", () => import("@/pages/admin/Work"), "Work"),
  lazy("/admin/usage", () => import("@/pages/admin/Usage"), "Usage"),
  lazy("/admin/retention", () => import("@/pages/admin/Retention"), "Retention"),
  lazy("/admin/export", () => import("@/pages/admin/Export"), "Export"),
  lazy("/admin/destinations", () => import("@/pages/admin/Destinations"), "Destinations"),
  lazy("/admin/deliveries", () => import("@/pages/admin/Deliveries"), "Deliveries"),
  lazy("/platform", () => import("@/pages/platform/Tenants"), "Tenants"),
  lazy("/platform/workers", () => import("@/pages/platform/Workers"), "Workers"),
  lazy("/platform/audit", () => import("@/pages/admin/Audit"), "PlatformAudit"),
  createRoute({ getParentRoute: () => root, path: "/explore", component: explore, errorComponent }),
  createRoute({ getParentRoute: () => root, path: "/explore/$id", component: explore, errorComponent }),
  ...gallery,
]);

export const makeRouter = () =>
  createRouter({
    routeTree: routes,
    parseSearch,
    stringifySearch,
    scrollRestoration: true,
    defaultPreload: false,
  });

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
