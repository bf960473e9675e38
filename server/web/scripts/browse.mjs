// A page in Chromium, over dist-gallery/ and what was recorded: what axe and the screenshots share.

import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { RECORDED, serve } from "./serve.mjs";

export const PATHS = [
  "/gallery",
  "/",
  "/dora",
  "/flow",
  "/change",
  "/reliability",
  "/projects",
  "/project?project=jira%3Atickets%3Aprojects%2F10101",
  "/teams",
  "/forecast",
  "/connections",
  "/connections/new",
  "/connections/new?open=github",
  "/connections/new?open=jira",
  "/connections/hub",
  "/connections/hub?open=run",
  "/connections/hub?open=change",
  "/jobs",
  "/jobs?open=run",
  "/reports",
  "/reports/checkout-weekly",
  "/reports/board-quarterly",
  "/alerts",
  "/alerts/alert_1",
  "/alerts/rules",
  "/alerts/rules/lead",
  "/alerts/rules/lead?open=change",
  "/alerts/rules/new",
  "/explore",
  "/explore?sql=SELECT+1",
  "/explore/saved_1",
  "/profile",
  "/notifications",
  "/admin",
  "/admin/users",
  "/admin/users?open=user_NUUxYf_BS2vZhCPjFV3QRg",
  "/admin/roles",
  "/admin/sign-on",
  "/admin/tokens",
  "/admin/sessions",
  "/admin/audit",
  "/admin/tenant",
  "/admin/mapping",
  "/admin/mapping/types",
  "/admin/mapping/people",
  "/admin/mapping/repositories",
  "/admin/mapping/boards",
  "/admin/mapping/environments",
  "/admin/risk",
  "/admin/targets",
  "/admin/metrics",
  "/admin/work",
  "/admin/usage",
  "/admin/retention",
  "/admin/export",
  "/admin/branding",
  "/admin/destinations",
  "/admin/deliveries",
  "/admin/deliveries?open=delivery_1",
  "/platform",
  "/platform?open=demo",
  "/platform/workers",
  "/platform/audit",
  "/nowhere",
  // Somebody in a tenant in which nothing has landed, and somebody whose session has ended.
  "/?grain=month",
  "/flow?grain=month",
];
/** What pages show once something is done on them. */
const choose = (name, option) => (page) => page.getByRole("combobox", { name, exact: true }).selectOption({ label: option });
const click = (name) => (page) => page.getByRole("button", { name, exact: true }).first().click();
const tries = async (page) => {
  // Of two forms on a page the last.
  await page.getByRole("button", { name: "What would change" }).last().click();
  await page.getByRole("table", { name: "Figures that would change" }).waitFor();
};
const all =
  (...deeds) =>
  async (page) => {
    for (const deed of deeds) await deed(page);
  };
export const STATES = [
  { path: "/dora", state: "filters are open on a phone", width: 390, act: all(click("Filters"), click("teams all")) },
  { path: "/jobs", state: "a log is open", act: click("Log of Read hub") },
  { path: "/admin/mapping", state: "tried", act: all(click("Take the suggestions"), tries) },
  { path: "/admin/mapping", state: "a stage without a name", act: click("Add a stage") },
  {
    path: "/admin/mapping",
    state: "a trial that is old",
    act: all(click("Take the suggestions"), tries, choose("Stage of To Do", "no stage")),
  },
  { path: "/admin/mapping/types", state: "tried", act: all(choose("Class of Story", "Debt"), tries) },
  {
    path: "/admin/mapping/people",
    state: "one person",
    act: all(
      choose("Those of the name robin vale", "are one person"),
      choose("Those of the login deployer", "are not one person"),
    ),
  },
  {
    path: "/admin/mapping/people",
    state: "tried",
    act: all(choose("Those of the login deployer", "are one person"), tries),
  },
  {
    path: "/admin/mapping/repositories",
    state: "a project was made, and a name is taken",
    act: async (page) => {
      const name = page.getByRole("textbox", { name: "Name", exact: true });
      for (let times = 0; times < 2; times += 1) {
        await name.fill("Tools");
        if (times === 0) await click("Add it to the choices")(page);
      }
      await choose("Project of acme/tools", "Tools")(page);
    },
  },
  { path: "/admin/mapping/repositories", state: "tried", act: all(click("Take the suggestions"), tries) },
  ...["", "/types", "/people", "/repositories", "/environments"].flatMap((part) =>
    ["newcomer", "reader"].map((as) => ({ path: `/admin/mapping${part}`, state: `as a ${as}`, as })),
  ),
];

/** As whom a page is looked at. */
const whose = (path) =>
  path.startsWith("/platform") ? "operator" : ({ "/?grain=month": "newcomer", "/flow?grain=month": "nobody" }[path] ?? "owner");
export const EVIDENCE = `/dora?evidence=${encodeURIComponent("/api/v1/metrics/change_lead_time/evidence?from=2026-11-16&until=2026-11-27")}`;

/** What axe looks for; with most contrast what level AAA asks of it, too. */
export const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  // A container often has 64 MB of shared memory.
  "--disable-dev-shm-usage",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Makes the window as high as the page, and waits for its charts: they are drawn when they come near. */
export async function whole(page) {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width: page.viewportSize().width, height });
  await page.waitForFunction(() => !document.querySelector("main [role=slider] > div:empty, main [role=slider] .breathing"));
}

/** Runs `use` with `open(path, {theme, width, …})`, which gives a page that has come to rest, and what its console complained of. */
export async function browse(use) {
  const web = await serve({ port: 0, dist: fileURLToPath(new URL("../dist-gallery", import.meta.url)), recordings: RECORDED });
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
  const base = `http://127.0.0.1:${web.address().port}`;
  const open = async (path, { theme = {}, width = 1440, height = 900, media, as = whose(path), act } = {}) => {
    const page = await browser.newPage({
      viewport: { width, height },
      reducedMotion: "reduce",
      extraHTTPHeaders: { "x-recorded": as },
    });
    page.setDefaultTimeout(15_000);
    const complaints = [];
    page.on("console", (message) => {
      // That nobody is signed in is what the page is about.
      const meant = as === "nobody" && message.text().includes("401");
      if (["error", "warning"].includes(message.type()) && !meant) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.addInitScript((kept) => localStorage.setItem("pulse.theme", kept), JSON.stringify(theme));
    await page.goto(base + path);
    await page.waitForSelector("h1", { state: "attached" });
    // The gallery shows what is on its way for good.
    await page.waitForFunction(
      (waits) =>
        !document.querySelector("main [role=slider] [role=status]") &&
        document.querySelectorAll("main section, main article, main li, main form, main a").length > 0 &&
        !(waits && document.querySelector("main .breathing, main [aria-busy=true]")),
      path !== "/gallery",
    );
    await act?.(page);
    // What stays at the top when a page is scrolled covers what goes under it.
    if (act) await page.evaluate(() => window.scrollTo(0, 0));
    await page.waitForTimeout(250);
    if (media) {
      // Paper gets what was drawn before.
      await whole(page);
      // A browser that prints says so first; one that only shows what paper would, does not.
      await page.evaluate(() => window.dispatchEvent(new window.Event("beforeprint")));
      await page.emulateMedia({ media });
    }
    return { page, complaints };
  };
  try {
    await use(open);
  } finally {
    await browser.close();
    web.closeAllConnections();
    web.close();
  }
}
