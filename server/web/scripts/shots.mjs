// Screenshots to look at: `node scripts/shots.mjs FOLDER [PATH…]`.

import { mkdirSync } from "node:fs";
import { browse, EVIDENCE, PATHS, whole } from "./browse.mjs";

const [folder = "shots", ...asked] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const LOOKS = {
  light: {},
  dark: { theme: { mode: "dark", contrast: "regular" } },
  aaa: { theme: { mode: "dark", contrast: "aaa" } },
  phone: { width: 390, height: 844 },
  narrow: { width: 320, height: 700 },
  "4k": { width: 3840, height: 2160 },
  print: { media: "print", width: 794, height: 1123 },
};
await browse(async (open) => {
  for (const path of asked.length > 0 ? asked : [...PATHS, EVIDENCE]) {
    for (const [look, options] of Object.entries(LOOKS)) {
      const { page } = await open(path, { theme: { mode: "light", contrast: "regular" }, ...options });
      // What is open on a page is another picture of it.
      const { pathname, searchParams: search } = new URL(path, "http://page");
      const opened = [search.get("open"), search.get("grain"), search.get("sql") && "asked"]
        .filter(Boolean)
        .map((of) => `-${of}`);
      const name = path === EVIDENCE ? "evidence" : `${pathname.slice(1) || "overview"}${opened.join("")}`;
      const all = look !== "4k" && path !== EVIDENCE;
      if (all) await whole(page);
      await page.screenshot({ path: `${folder}/${name}-${look}.png`, fullPage: all });
      await page.close();
    }
  }
});
