// What every page keeps, on the sample tenant: addresses, keys, paper, widths, and what axe looks for.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { settled } from "./house.mjs";
import { TAGS } from "../scripts/browse.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PAGES = [
  "/",
  "/dora",
  "/flow",
  "/change",
  "/reliability",
  "/projects",
  "/teams",
  "/forecast",
  "/connections",
  "/jobs",
  "/reports",
  "/alerts",
  "/admin/mapping",
  "/admin/mapping/types",
  "/admin/mapping/people",
  "/admin/mapping/repositories",
  "/admin/mapping/boards",
  "/admin/mapping/environments",
  "/explore",
];
/** What else somebody can open who owns the tenant: forms, lists and what is told of a wrong address. */
const OTHERS = [
  "/connections/new",
  "/connections/new?open=github",
  "/connections/new?open=jira",
  "/reports/board-quarterly",
  "/alerts/rules",
  "/alerts/rules/new",
  "/notifications",
  "/profile",
  "/admin",
  "/admin/users",
  "/admin/roles",
  "/admin/sign-on",
  "/admin/tokens",
  "/admin/sessions",
  "/admin/audit",
  "/admin/tenant",
  "/admin/branding",
  "/admin/risk",
  "/admin/targets",
  "/admin/metrics",
  "/admin/work",
  "/admin/usage",
  "/admin/retention",
  "/admin/export",
  "/admin/destinations",
  "/admin/deliveries",
  "/platform",
  "/nowhere",
];
const THEMES = [
  { mode: "light", contrast: "regular" },
  { mode: "dark", contrast: "regular" },
  { mode: "light", contrast: "aaa" },
  { mode: "dark", contrast: "aaa" },
];

/** Until nothing more is on its way. */
const still = async (page) => {
  await page.locator("main h1").first().waitFor();
  await page.waitForFunction(() => !document.querySelector("main .breathing"));
};

export function pages(test, house) {
  let page;
  const theme = async (kept) => page.evaluate((kept) => localStorage.setItem("pulse.theme", kept), JSON.stringify(kept));

  test("a link shows the same to whoever opens it, and back leads back", async () => {
    page = house.ada;
    await page.goto("/flow?grain=month&compare=year_ago");
    await settled(page);
    assert.equal(await page.getByRole("combobox", { name: "By" }).inputValue(), "month");
    assert.equal(await page.getByRole("combobox", { name: "Against" }).inputValue(), "year_ago");
    await page.getByRole("link", { name: "DORA" }).click();
    await settled(page);
    // The span goes along from page to page.
    assert.match(page.url(), /\/dora\?grain=month&compare=year_ago$/);
    await page.getByRole("link", { name: /^Change lead time: \d.*rows behind it$/ }).click();
    await page.getByRole("dialog").waitFor();
    await page.goBack();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.goBack();
    await page.waitForURL(/\/flow\?/);
  });

  test("what is open below a statement, and what is supposed of a forecast, is there again by a link and by the way back", async () => {
    await page.goto("/explore?tab=history");
    const tab = page.getByRole("tab", { name: "History", selected: true });
    await tab.waitFor();
    await page.getByRole("link", { name: "Forecast" }).first().click();
    await still(page);
    await page.getByRole("button", { name: "When will it be done?" }).click();
    await page.getByRole("slider", { name: "Pace" }).fill("1.5");
    await page.waitForURL(/suppose=items~pace~1\.5/);
    await page.goBack();
    await tab.waitFor();
    await page.goForward();
    await page.getByRole("slider", { name: "Pace" }).waitFor();
    assert.equal(await page.getByRole("slider", { name: "Pace" }).inputValue(), "1.5");
  });

  test("the way back from a rule that was begun asks, and goes on once that is said", async () => {
    await page.goto("/alerts/rules");
    await still(page);
    await page.locator('main a[href="/alerts/rules/new"]').first().click();
    await page.getByLabel("Title", { exact: true }).fill("Begun");
    await page.goBack();
    const asks = page.getByRole("dialog", { name: "Leave what you changed?" });
    await asks.getByRole("button", { name: "Go on writing" }).click();
    await asks.waitFor({ state: "detached" });
    assert.equal(await page.getByLabel("Title", { exact: true }).inputValue(), "Begun");
    await page.goBack();
    await asks.getByRole("button", { name: "Leave it" }).click();
    await page.waitForURL(/\/alerts\/rules$/);
  });

  test("by keys alone one gets from the top of the page to the rows of its first tile, and back", async () => {
    await page.goto("/");
    await settled(page);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Skip to the content");
    // It is a button to those who see it.
    assert.ok((await page.evaluate(() => document.activeElement?.getBoundingClientRect().height)) >= 32);
    await page.keyboard.press("Enter");
    const tile = page
      .getByRole("region", { name: "Figures" })
      .getByRole("link", { name: /Open the rows behind it$/ })
      .first();
    const label = await tile.getAttribute("aria-label");
    let steps = 0;
    for (; steps < 60; steps += 1) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
      if (at === label) break;
    }
    assert.ok(steps < 60, "the first tile is reached");
    await page.keyboard.press("Enter");
    const drawer = page.getByRole("dialog");
    await drawer.waitFor();
    assert.ok(await page.evaluate(() => document.querySelector("dialog")?.contains(document.activeElement)));
    await page.keyboard.press("Escape");
    await drawer.waitFor({ state: "detached" });
    // Where one was, one is again.
    await page.waitForFunction((label) => document.activeElement?.getAttribute("aria-label") === label, label);
  });

  test("by a few letters one goes to a page, to the rows of a metric, and to a repository", async () => {
    await page.keyboard.press("ControlOrMeta+k");
    const field = page.getByRole("combobox", { name: /^Go to/ });
    await field.waitFor();
    assert.ok(await field.evaluate((field) => document.activeElement === field));
    await page.keyboard.type("forec");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/forecast/);
    await field.waitFor({ state: "detached" });
    await page.keyboard.press("ControlOrMeta+k");
    await field.waitFor();
    await page.keyboard.type("change lead time");
    await page.getByRole("option", { name: /^Change lead time/ }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Change lead time" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("ControlOrMeta+k");
    await field.waitFor();
    await page.keyboard.type("acme repository");
    // Fields of the page have options, too.
    await page.getByRole("listbox", { name: "Places" }).getByRole("option").first().waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(/[?&]repository=/);
  });

  test("a dialog with a form begins with its first field", async () => {
    await page.goto("/admin/users");
    await page.getByRole("button", { name: "Invite" }).click();
    await page.getByRole("dialog").waitFor();
    await page.keyboard.type("nobody@example.com");
    assert.equal(await page.getByLabel("E-mail").inputValue(), "nobody@example.com");
    await page.keyboard.press("Escape");
    // What was typed is asked about before it is lost.
    await page.getByRole("button", { name: "Leave it" }).click();
    await page.waitForFunction(() => document.querySelector("dialog") === null);
  });

  test("each item that was done is a dot that leads to where its tool shows it, and each in progress another", async () => {
    await page.goto("/flow");
    await settled(page);
    for (const [title, words] of [
      ["How long each item took", /: .+\s(min|h|days), done /],
      ["How old work in progress is", /: .+ old, in /],
    ]) {
      const chart = page.getByRole("slider", { name: new RegExp(`^${title}`) });
      await chart.focus();
      await page.keyboard.press("End");
      assert.match(await chart.getAttribute("aria-valuetext"), words);
      const figure = page.getByRole("figure").filter({ has: chart });
      assert.match(await figure.locator("a[target=_blank]").getAttribute("href"), /^https?:/);
      await figure.getByRole("button", { name: "Table" }).click();
      // The table stands in the chart's place.
      await page.getByRole("table", { name: title }).getByRole("link").first().waitFor();
    }
  });

  test("paper is light, has the span in words, and no buttons", async () => {
    await theme({ mode: "dark", contrast: "regular" });
    await page.goto("/dora");
    await settled(page);
    // What draws charts comes when one comes near, or a while after all else.
    const over = page.locator("section", { has: page.getByRole("heading", { name: "Over time", exact: true }) });
    await over.locator("figure").first().scrollIntoViewIfNeeded();
    await page.locator("figure .canvas svg").first().waitFor();
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--c-canvas"));
    const dark = await ground();
    await page.emulateMedia({ media: "print" });
    assert.notEqual(await ground(), dark);
    assert.equal(await page.getByRole("navigation", { name: "Pages" }).isVisible(), false);
    assert.equal(await page.getByRole("button", { name: /Go to/ }).isVisible(), false);
    await page.getByText(/, by week; as of /).waitFor();
    // Whose figures they are, and that nobody has them.
    await page.getByText(/^Printed .*20\d\d/).waitFor();
    assert.equal(await page.getByRole("complementary", { name: "Sample tenant" }).isVisible(), true);
    // Charts are as wide as their place on paper, which is another than on the screen.
    await page.evaluate(() => window.dispatchEvent(new window.Event("beforeprint")));
    await page.setViewportSize({ width: 794, height: 1123 });
    // They are drawn anew when their place has got its width. Dots are parts of their place wherever that is, and no drawing of the library's.
    const charts = over.locator("figure");
    assert.ok((await charts.count()) > 5);
    await page.waitForFunction(
      (section) =>
        [...section.querySelectorAll("figure")].every((figure) => {
          const [place, drawn] = [figure, figure.querySelector(".canvas svg")].map((of) => of?.getBoundingClientRect());
          return drawn && drawn.right <= place.right && drawn.bottom <= place.bottom && drawn.width >= place.width / 2;
        }),
      await over.elementHandle(),
    );
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.evaluate(() => window.dispatchEvent(new window.Event("afterprint")));
    await page.emulateMedia({ media: null });
  });

  test("paper that is asked for by keys waits until all of the page is there", async () => {
    await page.evaluate(() => window.sessionStorage.setItem("prints", "true"));
    await page.addInitScript(() => {
      if (window.sessionStorage.getItem("prints"))
        window.print = () => (window.printed = document.querySelectorAll("figure .canvas svg").length);
    });
    await page.goto("/flow");
    await page.locator("main h1").first().waitFor();
    await page.keyboard.press("ControlOrMeta+p");
    await page.waitForFunction(() => window.printed > 0);
    const figures = await page.getByRole("figure").count();
    assert.ok(figures > 8);
    // All but those whose dots are no drawing of the library's.
    assert.equal(await page.evaluate(() => window.printed), figures - 2);
    await page.evaluate(() => {
      window.sessionStorage.removeItem("prints");
      window.dispatchEvent(new window.Event("afterprint"));
    });
  });

  test("every chart has a table of what it draws", async () => {
    for (const path of PAGES) {
      await page.goto(path);
      await still(page);
      const bare = await page.evaluate(() =>
        [...document.querySelectorAll("main figure:has(svg)")]
          .filter((figure) => !figure.querySelector("table"))
          .filter((figure) => ![...figure.querySelectorAll("button")].some(({ textContent }) => textContent === "Table"))
          .map((figure) => figure.innerText.slice(0, 80)),
      );
      assert.deepEqual(bare, [], path);
    }
  });

  test("nothing moves for people who asked for less motion", async () => {
    await page.goto("/dora");
    await settled(page);
    await page.emulateMedia({ reducedMotion: "reduce" });
    await page.getByRole("link", { name: /^Change lead time: \d.*rows behind it$/ }).click();
    await page.getByRole("dialog").waitFor();
    assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
    await page.keyboard.press("Escape");
  });

  test("what is late moves little of what is there, whatever it is", async () => {
    const late = await page.context().newPage();
    const after = (what, ms) =>
      late.route(what, async (route) => {
        await late.waitForTimeout(ms);
        await route.continue();
      });
    await after(/\/assets\/(?!page-|libraries-)[^/]+\.js$/, 300);
    await after(/\/api\/v1\/(metrics|flow)\//, 600);
    await after(/\.woff2$/, 900);
    await late.addInitScript(() => {
      window.moved = 0;
      new window.PerformanceObserver((list) => {
        for (const { value } of list.getEntries()) window.moved += value;
      }).observe({ type: "layout-shift", buffered: true });
    });
    for (const [width, height] of [
      [390, 844],
      [1350, 940],
      [1920, 1200],
    ]) {
      await late.setViewportSize({ width, height });
      for (const path of PAGES.slice(0, 8)) {
        await late.goto(path);
        await settled(late);
        await late.evaluate(() => document.fonts.ready);
        const moved = await late.evaluate(() => window.moved);
        // 0.1 is where it begins to be called much.
        assert.ok(moved < 0.05, `${path} moved by ${moved.toFixed(3)} at ${width} px`);
      }
    }
    await late.unrouteAll({ behavior: "ignoreErrors" });
    await late.close();
  });

  test("no page is wider than its window, from 320 pixels to 4K", async () => {
    for (const path of [...PAGES, ...OTHERS]) {
      await page.goto(path);
      await still(page);
      for (const width of [320, 390, 768, 1280, 2560, 3840]) {
        await page.setViewportSize({ width, height: 900 });
        const spills = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(spills <= 0, `${path} is ${spills} px wider than ${width}`);
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  test("what is pressed on a phone is at least 24 pixels high", async () => {
    await page.setViewportSize({ width: 320, height: 700 });
    for (const path of [...PAGES, ...OTHERS]) {
      await page.goto(path);
      await still(page);
      const low = await page.evaluate(() =>
        [...document.querySelectorAll("main :is(button, summary, select, [role=button], [role=tab])")]
          .map((element) => [element.textContent.slice(0, 40), element.getBoundingClientRect().height])
          .filter(([, height]) => height > 0 && height < 24),
      );
      assert.deepEqual(low, [], path);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  test("on a phone the filters stay in sight, and cover nothing that has the focus", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto("/dora");
    await settled(page);
    const filters = page.getByRole("button", { name: "Filters", exact: true });
    await page.getByRole("heading", { level: 2 }).nth(1).scrollIntoViewIfNeeded();
    const { top, bottom } = await filters.evaluate((button) => button.getBoundingClientRect().toJSON());
    assert.ok(top >= 52 && bottom <= 112, `it is from ${top} to ${bottom} px`);
    // From the end of the page upwards, what comes into sight does so at the top.
    for (let times = 0; times < 60; times += 1) {
      await page.keyboard.press("Shift+Tab");
      const covered = await page.evaluate(() => {
        const [at, bar] = [document.activeElement, document.querySelector(".bar")];
        const within = at.closest("main") && !bar.contains(at);
        return within && at.getBoundingClientRect().top < bar.getBoundingClientRect().bottom
          ? at.ariaLabel || at.textContent
          : null;
      });
      assert.equal(covered, null);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  test("Explore is as high as its window, also below a line that holds for all pages", async () => {
    await page.goto("/explore");
    await still(page);
    assert.equal(await page.getByRole("complementary", { name: "Sample tenant" }).isVisible(), true);
    for (const height of [720, 900, 1080]) {
      await page.setViewportSize({ width: 1440, height });
      const below = await page.evaluate(() => document.documentElement.scrollHeight - window.innerHeight);
      assert.ok(below <= 0, `${below} px are below a window of ${height}`);
      // And no lower than that.
      const box = await page.getByRole("tabpanel").boundingBox();
      assert.ok(box.y + box.height > height - 40, `it ends at ${box.y + box.height} of ${height}`);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  for (const kept of THEMES) {
    test(`axe finds nothing on any page, ${kept.mode}, contrast ${kept.contrast}`, async () => {
      await theme(kept);
      const tags = kept.contrast === "aaa" ? [...TAGS, "wcag2aaa"] : TAGS;
      for (const path of [...PAGES, ...OTHERS]) {
        await page.goto(path === "/explore" ? "/explore?sql=SELECT+*+FROM+facts.deployments+LIMIT+50" : path);
        await still(page);
        if (path === "/explore") {
          await page.getByRole("button", { name: /^Run/ }).click();
          await page.getByRole("gridcell").first().waitFor();
        }
        await page.evaluate(axe);
        const { violations } = await page.evaluate((values) => window.axe.run(document, { runOnly: values }), tags);
        const told = violations.map(
          ({ id, nodes }) => `${path} ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join("\n  ")}`,
        );
        assert.deepEqual(told, []);
      }
    });
  }

  test("the console complained of nothing", () => assert.deepEqual(page.complaints, []));
}
