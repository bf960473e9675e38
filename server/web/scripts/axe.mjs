// axe over every page and the gallery, in light, dark and with most contrast; and that nothing offends the page's policy or spills at 320 px.
// `node scripts/axe.mjs [PATH…]` looks at these pages alone.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { browse, EVIDENCE, PATHS, STATES, TAGS, whole } from "./browse.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const THEMES = [
  { mode: "light", contrast: "regular" },
  { mode: "dark", contrast: "regular" },
  { mode: "light", contrast: "aaa" },
  { mode: "dark", contrast: "aaa" },
];
let wrong = 0;
const tell = ({ path, state = "" }, { mode = "", contrast = "" }, words) => {
  wrong += 1;
  console.error(`${[path, state, mode, contrast].filter(Boolean).join(" ")}: ${words}`);
};

async function look(open, what, theme) {
  const { page, complaints } = await open(what.path, { ...what, theme });
  await whole(page);
  // By way of the debugger, which no policy of the page stops.
  await page.evaluate(axe);
  const tags = theme.contrast === "aaa" ? [...TAGS, "wcag2aaa"] : TAGS;
  const { violations } = await page.evaluate((values) => window.axe.run(document, { runOnly: values }), tags);
  for (const { id, help, nodes } of violations) {
    const some = nodes
      .slice(0, 3)
      .map(({ html, failureSummary }) => `${html.slice(0, 200)}\n    ${failureSummary?.split("\n")[1] ?? ""}`);
    tell(what, theme, `${id}: ${help} (${nodes.length})\n  ${some.join("\n  ")}`);
  }
  // How wide it is depends on no colour.
  for (const width of theme === THEMES[0] ? [320, 390] : []) {
    await page.setViewportSize({ width, height: 800 });
    const spills = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (spills > 0) tell(what, {}, `is ${spills} px wider than ${width}`);
  }
  // The gallery shows a failure; whatever else the console says is one.
  for (const complaint of complaints) tell(what, theme, complaint);
  await page.close();
}

// `npm run axe -- PATH…` looks at some of them.
const asked = process.argv.slice(2);
const all = [...[...PATHS, EVIDENCE].map((path) => ({ path })), ...STATES];
const some = asked.length > 0 ? all.filter(({ path }) => asked.includes(path)) : all;
const left = some.flatMap((what) => THEMES.map((theme) => [what, theme]));
console.log(`${some.length} pages and states, ${left.length} looks`);
await browse(async (open) => {
  // Two at a time: while one is on its way, the other is looked at.
  const lane = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const [what, theme] = next;
      await look(open, what, theme).catch((error) => tell(what, theme, String(error).split("\n", 4).join("\n  ")));
    }
  };
  await Promise.all([lane(), lane()]);
});
console.log(wrong === 0 ? "nothing found" : `${wrong} findings`);
process.exit(wrong === 0 ? 0 : 1);
