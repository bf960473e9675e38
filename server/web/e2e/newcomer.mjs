// What a newcomer does who has the README alone, in a clean clone with an empty home: its first command, the page that this leads to, and,
// with `--tests`, the tests. `node e2e/newcomer.mjs [--tests] [--picture FILE]`; an hour and more where nothing was built before.

import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { FLAGS } from "../scripts/browse.mjs";
import { PATIENCE, comesIn, settled } from "./house.mjs";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const { values: asked } = parseArgs({ options: { tests: { type: "boolean" }, picture: { type: "string" } } });

/** The first command of the README's "Try it". */
function first(readme) {
  const found = /^## Try it$[^]*?^ {4}(make \S+)$/m.exec(readme);
  if (!found) throw new Error("the README has no command under `## Try it`");
  return found[1];
}

/** Runs a line of the README; what it printed goes on to whoever watches. */
function run(line, { cwd, env }, says) {
  const child = spawn("bash", ["-c", line], { cwd, env, stdio: ["ignore", "pipe", "inherit"], detached: true });
  let told = "";
  const ended = new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  const said = new Promise((resolve, reject) => {
    child.stdout.on("data", (data) => {
      process.stdout.write(data);
      told += data;
      const found = says?.exec(told);
      if (found) resolve(found);
    });
    ended.then((code) => (says ? reject(new Error(`\`${line}\` ended with ${code}`)) : resolve(code)), reject);
  });
  // One that ended by itself, or was ended, has nothing left to stop.
  const stop = () => child.exitCode ?? child.signalCode ?? process.kill(-child.pid, "SIGTERM");
  return { said, stop, ended };
}

const folder = mkdtempSync(join(tmpdir(), "pulse-newcomer-"));
try {
  const [clone, home] = [join(folder, "pulse"), join(folder, "home")];
  mkdirSync(home);
  execFileSync("git", ["clone", "--quiet", repository, clone], { stdio: "inherit" });
  // Rust is there before, and so is the machine's way out; neither is what is tried here.
  const rust = { CARGO_HOME: join(homedir(), ".cargo"), RUSTUP_HOME: join(homedir(), ".rustup") };
  const proxies = ["http_proxy", "https_proxy", "no_proxy"].flatMap((name) => [name, name.toUpperCase()]);
  const env = { ...rust, ...pick(process.env, ["CARGO_HOME", "RUSTUP_HOME", "PATH", "LANG", ...proxies]), HOME: home };

  const line = first(readFileSync(join(clone, "README.md"), "utf8"));
  const served = run(line, { cwd: clone, env }, /(http:\S+\/join\?link=\S+)/);
  let browser;
  try {
    const [, link] = await served.said;
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
    page.setDefaultTimeout(PATIENCE);
    await comesIn(page, link, { email: "ada@example.com", name: "Ada" });
    await settled(page);
    const figures = await page.getByRole("region", { name: "Figures" }).getByRole("article").allInnerTexts();
    const known = figures.filter((figure) => /\d/.test(figure));
    if (known.length === 0) throw new Error(`the page has no figure: ${figures.join("; ")}`);
    if (asked.picture) await page.screenshot({ path: asked.picture });
    console.log(`\nThe page is there, and has ${known.length} figures of ${figures.length}.`);
  } finally {
    await browser?.close();
    served.stop();
    await served.ended;
  }
  if (asked.tests) {
    const code = await run("make test", { cwd: clone, env }).said;
    if (code !== 0) throw new Error(`\`make test\` ended with ${code}`);
  }
  console.log("A newcomer's path holds.");
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function pick(from, names) {
  return Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]));
}
