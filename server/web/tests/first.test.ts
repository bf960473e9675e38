import { readFileSync } from "node:fs";
import { afterEach, expect, it, vi } from "vitest";
import { get } from "@/api/client";
import { dashboardAt } from "@/api/queries";
import { parseSearch, search } from "@/api/scope";
import { PAGES } from "@/shell/pages";
import { answers } from "./shown";

const script = readFileSync("public/first.js", "utf8");

/** Runs the script as a browser does that opens this address. */
function opened(path: string) {
  window.history.replaceState(null, "", path);
  const fetched = answers({ "/api/v1/": '{"early":true}' });
  window.eval(script);
  return fetched.mock.calls.map(([asked]) => asked);
}

afterEach(() => {
  window.pulseEarly = {};
  window.history.replaceState(null, "", "/");
});

const EACH = ["/api/v1/me", "/api/v1/tenant", "/api/v1/tenant/branding"];
const QUERIES = [
  "",
  "?grain=month&from=2026-01-01&until=2026-04-01",
  "?team=b&project=p%3A1&owning_team=c&team=a%20b&sort=by_team~throughput~down&compare=year_ago",
  "?from=banana&until=2026-02-30&grain=year&compare=x&team=&team=b&project=&project=p",
  "?from=2026-01-01&from=2026-02-01&until=2026-13-01&grain=week&grain=week&repository=",
  "?from=2026-01-01%22%3E&until=2024-02-29&compare=target",
];

it.each<[string, string]>([...PAGES.map(({ path, name }): [string, string] => [path, name]), ["/project", "project"]])(
  "asks early for what %s will ask for",
  (path, name) => {
    for (const query of QUERIES) {
      const told = search(parseSearch(query));
      // What the page itself makes of the address; that of one project asks for nothing until one is chosen.
      const page = name === "project" && !told.project ? [] : [dashboardAt(name, told)];
      expect(opened(path + query)).toEqual([...EACH, ...page]);
    }
  },
);

it("asks elsewhere for what every page begins with, and for nothing of a tenant on the platform's pages", () => {
  expect(opened("/admin/users?open=1")).toEqual(EACH);
  expect(opened("/project/x")).toEqual(EACH);
  expect(opened("/platform/workers")).toEqual(["/api/v1/me"]);
});

it("hands what was asked for early to whoever asks first, and asks for it anew after that", async () => {
  opened("/");
  const later = answers({ "/api/v1/": '{"early":false}' });
  expect(await get("/api/v1/me")).toEqual({ early: true });
  expect(await get("/api/v1/me")).toEqual({ early: false });
  expect(later).toHaveBeenCalledTimes(1);
});

it("asks anew for what is old by then", async () => {
  opened("/");
  const later = answers({ "/api/v1/": '{"early":false}' });
  vi.spyOn(performance, "now").mockReturnValue(60_000);
  expect(await get("/api/v1/tenant")).toEqual({ early: false });
  expect(later).toHaveBeenCalledTimes(1);
});

it("puts what somebody chose on the document", () => {
  localStorage.setItem("pulse.theme", '{"mode":"dark","contrast":"aaa","motion":"less","colours":"apart"}');
  opened("/");
  expect(Object.fromEntries(Object.entries(document.documentElement.dataset))).toMatchObject({
    mode: "dark",
    contrast: "aaa",
    motion: "less",
    colours: "apart",
  });
  localStorage.setItem("pulse.theme", "{broken");
  opened("/");
  expect(Object.fromEntries(Object.entries(document.documentElement.dataset))).toMatchObject({
    mode: "light",
    contrast: "regular",
    motion: "any",
    colours: "regular",
  });
  localStorage.removeItem("pulse.theme");
});

it("asks for nothing of what makes no sense in an address", () => {
  expect(opened("/dora?from=banana&until=2026-02-30&grain=year&compare=x&team=")).toEqual([...EACH, "/api/v1/dashboards/dora"]);
});
