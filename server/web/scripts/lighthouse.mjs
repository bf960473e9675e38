// Lighthouse over pages as somebody sees them who is signed in to the sample tenant of a real server:
// `PULSE_BIN=path/to/pulse npm run lighthouse -- [PATH…]`. It fails below 95, but for the speed on a phone: that is Lighthouse's idea of a
// slow one on a slow network, reckoned from this machine's own speed, and is told alone.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { House, settled } from "../e2e/house.mjs";
import { owner } from "../e2e/people.mjs";
import { FLAGS } from "./browse.mjs";

/** It is fetched when it is asked for: with its dependencies it is larger than all else that the page is built with. */
const LIGHTHOUSE = "lighthouse@12.8.2";
const LEAST = 95;
const PATHS = ["/", "/dora"];
const FORMS = { desktop: ["--preset=desktop"], phone: [] };
const held = (form, category) => form !== "phone" || category !== "performance";
const folder = fileURLToPath(new URL("../shots/lighthouse", import.meta.url));

async function look(address, cookie, name, flags) {
  const report = `${folder}/${name}`;
  const args = ["--yes", LIGHTHOUSE, address, "--quiet", "--output=json,html", `--output-path=${report}`];
  const headers = JSON.stringify({ Cookie: cookie });
  const child = spawn("npx", [...args, `--extra-headers=${headers}`, `--chrome-flags=${FLAGS.join(" ")}`, ...flags], {
    env: { ...process.env, CHROME_PATH: process.env.CHROMIUM ?? "/usr/bin/chromium" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (code !== 0) throw new Error(`Lighthouse ended with ${code} at ${address}`);
  return JSON.parse(readFileSync(`${report}.report.json`, "utf8"));
}

/** What was seen, in one line, and what costs something. */
function tell(name, form, { categories, audits }) {
  const scores = Object.values(categories).map(({ id, title, score }) => [title, Math.round((score ?? 0) * 100), held(form, id)]);
  const times = ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift"];
  console.log(`${name}: ${scores.map(([title, score]) => `${title} ${score}`).join(", ")}`);
  console.log(`  ${times.map((id) => `${audits[id].title} ${audits[id].displayValue}`).join(", ")}`);
  for (const { auditRefs } of Object.values(categories))
    for (const { id, weight } of auditRefs)
      if (weight > 0 && audits[id].score !== null && audits[id].score < 0.9)
        console.log(`  ${id}: ${audits[id].title} ${audits[id].displayValue ?? ""}`);
  return scores.every(([, score, held]) => score >= LEAST || !held);
}

if (!existsSync(process.env.PULSE_BIN ?? "")) throw new Error("PULSE_BIN says which binary is looked at");
mkdirSync(folder, { recursive: true });
const house = new House();
let good = true;
try {
  await house.open();
  const page = await owner(house);
  const asked = process.argv.slice(2);
  for (const path of asked.length > 0 ? asked : PATHS) {
    // Somebody was here before, as somebody mostly was: what the server keeps, it has.
    await page.goto(path);
    await settled(page);
    const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
    for (const [form, flags] of Object.entries(FORMS)) {
      const name = `${path.slice(1).replaceAll("/", "-") || "overview"}-${form}`;
      const seen = await look(house.base + path, cookie, name, flags);
      if (!tell(name, form, seen)) good = false;
    }
  }
} finally {
  await house.close();
}
console.log(`the reports are in ${folder}`);
process.exit(good ? 0 : 1);
