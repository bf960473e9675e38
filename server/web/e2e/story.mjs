// From the first link to signing out: what somebody does on their first day.

import assert from "node:assert/strict";
import { comesIn, settled } from "./house.mjs";

export function story(test, house) {
  let page;

  test("the link makes an owner, who is told that nothing is there yet", async () => {
    page = await house.person();
    await comesIn(page, house.at(house.link), { email: "ada@example.com", name: "Ada" });
    assert.equal(new URL(page.url()).pathname, "/");
    // No figure is shown where nothing was landed, and none is 0.
    await page.locator("main").getByText("1. Connect a source").waitFor();
    assert.equal(await page.getByText("Zero: it was looked for").count(), 0);
  });

  test("no script can read what somebody is signed in by, none but the page's own runs, and no other page frames it", async () => {
    const cookies = await page.context().cookies();
    assert.ok(cookies.length > 0);
    for (const { name, httpOnly, sameSite } of cookies) assert.deepEqual([name, httpOnly, sameSite], [name, true, "Lax"]);
    assert.equal(await page.evaluate(() => document.cookie), "");
    const kept = await page.evaluate(() => JSON.stringify([{ ...window.localStorage }, { ...window.sessionStorage }]));
    for (const { name, value } of cookies) assert.ok(!kept.includes(value), `${name} is kept where scripts read it`);
    const policy = (await page.goto("/")).headers()["content-security-policy"];
    for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"])
      assert.ok(policy.split("; ").includes(part), policy);
    assert.doesNotMatch(policy, /unsafe/);
    await page.locator("main").getByText("1. Connect a source").waitFor();
  });

  test("a connection is set up step by step, and its page follows the first reading without being loaded anew", async () => {
    await page.goto("/connections");
    await page.getByRole("link", { name: "Add a connection" }).click();
    await page.getByRole("link", { name: /^GitHub/ }).click();
    await page.evaluate(() => (window.sameDocument = true));
    await page.getByLabel("Name", { exact: true }).fill("hub");
    await page.getByLabel("Address of the API").fill(house.vendor);
    await page.getByLabel("Token", { exact: true }).fill("ghp_simulator");
    await page.getByLabel("Organizations and users").fill("tinker");
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByRole("button", { name: "Test it, and keep" }).click();
    await page.waitForURL(/\/connections\/hub\?open=/);
    for (const step of ["Reading", "Mapping", "Figures"])
      await page
        .getByRole("listitem")
        .filter({ hasText: new RegExp(`^${step} done`) })
        .waitFor();
    await page.getByText("The figures have it.").waitFor();
    await page.getByRole("link", { name: "Connections", exact: true }).first().click();
    await page.getByText("works", { exact: true }).waitFor();
    await page
      .getByText("Everything could be mapped")
      .or(page.getByText(/could not be mapped/))
      .first()
      .waitFor();
    await page.getByRole("link", { name: "Jobs" }).click();
    for (const kind of ["Read hub", "Map what was read", "Make the facts"])
      await page.getByRole("listitem").filter({ hasText: kind }).getByText("done").first().waitFor();
    assert.equal(await page.evaluate(() => window.sameDocument), true);
  });

  test("the overview and the five metrics have figures of what was read", async () => {
    await page.getByRole("link", { name: "Overview" }).click();
    await settled(page);
    await page.getByRole("link", { name: "DORA" }).click();
    await settled(page);
    await page.getByRole("link", { name: /^Deployment frequency: \d.*rows behind it$/ }).waitFor();
    await page.getByRole("link", { name: /^Change lead time: \d.*rows behind it$/ }).waitFor();
  });

  test("a number opens the rows that made it, and its SQL opens in Explore and runs", async () => {
    await page.getByRole("link", { name: /^Change lead time: \d.*rows behind it$/ }).click();
    const drawer = page.getByRole("dialog", { name: "Change lead time" });
    await drawer.getByRole("row").nth(1).waitFor();
    assert.match(page.url(), /evidence=/);
    await drawer.getByText("SQL", { exact: true }).click();
    await drawer.getByRole("link", { name: "Open in Explore" }).click();
    // The text stands in the drawer, too, until that is gone.
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByText("FROM facts.changes").waitFor();
    await page.getByRole("button", { name: /^Run/ }).click();
    await page.getByRole("grid").getByRole("gridcell").first().waitFor();
  });

  test("one writes a question with a parameter, is helped, and sees the answer", async () => {
    const editor = page.getByRole("textbox", { name: /^SQL/ });
    await editor.click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("SELECT id, finished_at FROM facts.deploymnts WHERE commits >= $1");
    await page.keyboard.press("Escape");
    await page.getByRole("combobox", { name: "Type of $1" }).selectOption("integer");
    await page.getByRole("textbox", { name: "$1" }).fill("0");
    await editor.click();
    await page.keyboard.press("ControlOrMeta+Enter");
    await page.getByText("facts.deployments", { exact: true }).waitFor();
    await page.locator(".cm-lintRange-error").waitFor();
    await page.getByRole("button", { name: "Write that" }).click();
    await page.getByRole("button", { name: /^Run/ }).click();
    await page.getByRole("columnheader", { name: /finished_at/ }).waitFor();
    // What is known is offered: columns of the tables that the statement names.
    await editor.click();
    await page.keyboard.press("ControlOrMeta+End");
    await page.keyboard.type(" ORDER BY recovery_sec");
    await page.getByRole("option", { name: /recovery_seconds/ }).waitFor();
    await page.keyboard.press("Escape");
  });

  test("the address holds the question: back brings the one before, and rows leave as a file", async () => {
    await page.goBack();
    await page.getByText("facts.deploymnts").waitFor();
    await page.goForward();
    await page.getByText("facts.deploymnts").waitFor({ state: "detached" });
    await page.getByRole("button", { name: /^Run/ }).click();
    await page.getByRole("gridcell").first().waitFor();
    await page.getByRole("button", { name: "Download" }).click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: "CSV" }).click()]);
    assert.match(file.suggestedFilename(), /^query-.*\.csv$/);
  });

  test("a query that takes long is stopped, here and at the server", async () => {
    // A thousand million pairs, a batch at a time: it can be stopped between any two of them.
    const sql =
      "SELECT count(*) FROM generate_series(1, 1000000) a CROSS JOIN generate_series(1, 1000) b WHERE (a.value * 7 + b.value) % 11 = 3";
    await page.goto(`/explore?sql=${encodeURIComponent(sql)}`);
    await page.getByRole("button", { name: /^Run/ }).click();
    await page.getByRole("tab", { name: "Under way" }).click();
    await page
      .getByText(/^.*(running|planned|queued),/)
      .first()
      .waitFor();
    await page.getByRole("button", { name: "Stop" }).first().click();
    await page.getByText("No query runs or waits for its turn.").waitFor();
  });

  test("signing out leads to the door, and forgets what was asked", async () => {
    await page.getByRole("button", { name: /Ada/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.locator("input[name=password]").waitFor();
    const kept = await page.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith("pulse.explore")));
    assert.deepEqual(kept, []);
    await page.goto("/dora");
    await page
      .getByRole("link", { name: /sign in/i })
      .first()
      .waitFor();
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
}
