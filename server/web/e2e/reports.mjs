// A report as a page that mail programs show, in a browser: it says what the report says, asks for nothing, and fits its window.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { api, PATIENCE } from "./house.mjs";
import { TAGS } from "../scripts/browse.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** As wide as a mail is read in, and a large window. */
const WIDTHS = [700, 1440];

/** Asks for a report and waits until it is there; what is in its file. */
async function made(page, definition, language, format, as_of) {
  const asked = await api(page, "POST", "/api/v1/reports", { definition, format, as_of, changes: { language } });
  assert.equal(asked.status, 202, JSON.stringify(asked.body));
  const path = `/api/v1/reports/${asked.body.id}`;
  for (const until = Date.now() + PATIENCE; ;) {
    const { body } = await api(page, "GET", path);
    if (body.state === "ready") return (await api(page, "GET", `${path}/file`)).body;
    assert.equal(body.state, "making", body.reason);
    assert.ok(Date.now() < until, `the report is still not made: ${JSON.stringify(body)}`);
    await page.waitForTimeout(200);
  }
}

/** Opens a report's page, and holds what is shown against the same report as data. */
export async function shows(browser, html, report) {
  for (const width of WIDTHS) {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    const [asked, complaints] = [[], []];
    page.on("request", (request) => asked.push(request.url()));
    page.on("console", (message) => complaints.push(message.text()));
    await page.setContent(html);
    const shown = await page.evaluate(() => ({
      language: document.documentElement.lang,
      title: document.title,
      text: document.body.innerText.replace(/\s+/g, " "),
      scripts: document.scripts.length,
      headings: [...document.querySelectorAll("h1, h2")].map(({ textContent }) => textContent),
      // Bars of a chart are a table, too, without a head.
      tables: [...document.querySelectorAll("table:has(th)")].flatMap((table) =>
        table.querySelector("table") ? [] : [table.rows.length],
      ),
      width: document.documentElement.scrollWidth,
    }));
    const { cover, headline, sections } = report;
    assert.deepEqual([shown.language, shown.title, shown.scripts, shown.width], [cover.language, cover.title, 0, width]);
    for (const { title } of sections) assert.ok(shown.headings.includes(title), `${title} is no heading: ${shown.headings}`);
    const says = (text) => assert.ok(shown.text.includes(text.replace(/\s+/g, " ")), `"${text}" is not shown`);
    for (const { text } of headline) says(text);
    const parts = sections.flatMap(({ parts }) => parts);
    for (const { title, shown, details } of parts.flatMap(({ tiles = [] }) => tiles)) [title, shown, details].forEach(says);
    for (const { chart } of parts) if (chart) says(chart.title);
    // A table has its head and up to 50 rows; one without rows says so in words.
    const rows = parts.flatMap(({ table }) => (table ? [table.rows.length] : [])).filter((rows) => rows > 0);
    assert.deepEqual(
      shown.tables,
      rows.map((rows) => 1 + Math.min(rows, 50)),
    );
    await page.evaluate(axe);
    const { violations } = await page.evaluate((values) => window.axe.run(document, { runOnly: values }), TAGS);
    assert.deepEqual(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join("\n  ")}`),
      [],
    );
    assert.deepEqual([asked, complaints], [[], []], "it asks for nothing, and complains of nothing");
    await page.close();
  }
}

export function reports(test, house) {
  // In German words are longer, and no day breaks.
  for (const [definition, language] of [
    ["board-quarterly", "en"],
    ["executive-monthly", "de"],
    ["project-status", "en"],
    ["risk-register", "de"],
  ])
    test(`the page of ${definition} (${language}) is whole in a browser, and says what the report says`, async () => {
      const as_of = new Date().toISOString();
      const html = await made(house.ada, definition, language, "html", as_of);
      await shows(house.browser, html, await made(house.ada, definition, language, "json", as_of));
    });
}
