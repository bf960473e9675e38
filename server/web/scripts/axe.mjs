// axe over every page and the gallery, in light, dark and with most contrast; and that nothing offends the page's policy or spills at 320 px.
// `node scripts/axe.mjs [PATH…]` looks at these pages alone.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { browse, EVIDENCE, PATHS, TAGS } from "./browse.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const THEMES = [
  { mode: "light", contrast: "regular" },
  { mode: "dark", contrast: "regular" },
  { mode: "light", contrast: "aaa" },
  { mode: "dark", contrast: "aaa" },
];
let wrong = 0;
const tell = (path, theme, words) => {
  wrong += 1;
  console.error(`${path} ${theme.mode ?? ""} ${theme.contrast ?? ""}: ${words}`);
};

// `npm run axe -- PATH…` looks at some of them.
const asked = process.argv.slice(2);
await browse(async (open) => {
  for (const path of asked.length > 0 ? asked : [...PATHS, EVIDENCE]) {
    for (const theme of THEMES) {
      const { page, complaints } = await open(path, { theme });
      // By way of the debugger, which no policy of the page stops.
      await page.evaluate(axe);
      const tags = theme.contrast === "aaa" ? [...TAGS, "wcag2aaa"] : TAGS;
      const { violations } = await page.evaluate((values) => window.axe.run(document, { runOnly: values }), tags);
      for (const { id, help, nodes } of violations) {
        tell(
          path,
          theme,
          `${id}: ${help} (${nodes.length})\n  ${nodes
            .slice(0, 3)
            .map(({ html, failureSummary }) => `${html.slice(0, 200)}\n    ${failureSummary?.split("\n")[1] ?? ""}`)
            .join("\n  ")}`,
        );
      }
      // The gallery shows a failure; whatever else the console says is one.
      for (const complaint of complaints) tell(path, theme, complaint);
      await page.close();
    }
    for (const width of [320, 390]) {
      const { page } = await open(path, { width, height: 800 });
      const spills = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (spills > 0) tell(path, {}, `is ${spills} px wider than ${width}`);
      await page.close();
    }
  }
});
console.log(wrong === 0 ? "nothing found" : `${wrong} findings`);
process.exit(wrong === 0 ? 0 : 1);
