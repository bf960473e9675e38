import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Link } from "@tanstack/react-router";
import { parseSearch, search, stringifySearch, type Search } from "@/api/scope";
import { EmptyState, Failure } from "@/parts/Notice";
import { DashboardPage } from "@/pages/DashboardPage";
import { Project } from "@/pages/Project";
import { PAGES } from "@/shell/pages";
import { Shell } from "@/shell/Shell";

const root = createRootRoute({
  component: Shell,
  validateSearch: (raw: Record<string, unknown>): Search => search(raw),
  errorComponent: ({ error, reset }) => <Failure error={error} again={reset} />,
  notFoundComponent: () => (
    <EmptyState title="There is no such page">
      <Link to="/" className="text-accent-text underline">
        To the overview
      </Link>
    </EmptyState>
  ),
});

const page = (path: (typeof PAGES)[number]["path"], name: (typeof PAGES)[number]["name"]) =>
  createRoute({ getParentRoute: () => root, path, component: () => <DashboardPage name={name} /> });

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
  createRoute({ getParentRoute: () => root, path: "/project", component: Project }),
  createRoute({
    getParentRoute: () => root,
    path: "/connections",
    component: lazyRouteComponent(() => import("@/pages/Connections"), "Connections"),
  }),
  createRoute({ getParentRoute: () => root, path: "/jobs", component: lazyRouteComponent(() => import("@/pages/Jobs"), "Jobs") }),
  createRoute({ getParentRoute: () => root, path: "/explore", component: explore }),
  createRoute({ getParentRoute: () => root, path: "/explore/$id", component: explore }),
  ...gallery,
]);

export const router = createRouter({
  routeTree: routes,
  parseSearch,
  stringifySearch,
  scrollRestoration: true,
  defaultPreload: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
