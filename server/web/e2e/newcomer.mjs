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

/** Whom a machine trusts whose way out goes through somebody who looks in, and where it is sent for packages. */
const TRUSTED = ["SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "PIP_CERT", "PIP_INDEX_URL", "PIP_FIND_LINKS"];

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const { values: asked } = parseArgs({ options: { tests: { type: "boolean" }, picture: { type: "string" } } });

/** The first command of the README's "Try it". */
function first(readme) {
  const found = /^## Try it$[^]*?^ {4}(make \S+)$/m.exec(readme);
  if (!found) throw new Error("the README has no command under `## Try it`");
  return found[1];
}

/** What was begun and is ended with this: neither a build nor a server outlives whoever breaks it off. */
const begun = new Set();

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
  const stop = () => child.exitCode ?? child.signalCode ?? (child.pid && process.kill(-child.pid, "SIGTERM"));
  const running = { said, stop, ended };
  begun.add(running);
  return running;
}

const folder = mkdtempSync(join(tmpdir(), "pulse-newcomer-"));
let browser;

/** Ends what was begun, and waits for it. */
async function end() {
  for (const { stop } of begun) stop();
  await Promise.allSettled([...begun].map(({ ended }) => ended));
  await browser?.close();
}

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, async () => {
    await end();
    rmSync(folder, { recursive: true, force: true });
    process.exit(1);
  });
}

try {
  const [clone, home] = [join(folder, "pulse"), join(folder, "home")];
  mkdirSync(home);
  execFileSync("git", ["clone", "--quiet", repository, clone], { stdio: "inherit" });
  // Rust is there before, and so is the machine's way out; neither is what is tried here.
  const rust = { CARGO_HOME: join(homedir(), ".cargo"), RUSTUP_HOME: join(homedir(), ".rustup") };
  const proxies = ["http_proxy", "https_proxy", "no_proxy"].flatMap((name) => [name, name.toUpperCase()]);
  const env = {
    ...rust,
    ...pick(process.env, ["CARGO_HOME", "RUSTUP_HOME", "PATH", "LANG", ...proxies, ...TRUSTED]),
    HOME: home,
  };

  const line = first(readFileSync(join(clone, "README.md"), "utf8"));
  const [, link] = await run(line, { cwd: clone, env }, /(http:\S+\/join\?link=\S+)/).said;
  // It is closed here, whatever ends this.
  const ours = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  browser = await chromium.launch({ executablePath, args: FLAGS, ...ours });
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
  page.setDefaultTimeout(PATIENCE);
  await comesIn(page, link, { email: "ada@example.com", name: "Ada" });
  await settled(page);
  const figures = await page.getByRole("region", { name: "Figures" }).getByRole("article").allInnerTexts();
  const known = figures.filter((figure) => /\d/.test(figure));
  if (known.length === 0) throw new Error(`the page has no figure: ${figures.join("; ")}`);
  if (asked.picture) await page.screenshot({ path: asked.picture });
  console.log(`\nThe page is there, and has ${known.length} figures of ${figures.length}.`);
  // Its ports are for the tests.
  await end();

  if (asked.tests) {
    const code = await run("make test", { cwd: clone, env }).said;
    if (code !== 0) throw new Error(`\`make test\` ended with ${code}`);
  }
  console.log("A newcomer's path holds.");
} finally {
  await end();
  rmSync(folder, { recursive: true, force: true });
}

function pick(from, names) {
  return Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]));
}
