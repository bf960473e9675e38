// A server of its own on a lake of its own, a vendor that is played, and a browser. All of it is gone at the end.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { FLAGS } from "../scripts/browse.mjs";
import { serve } from "../scripts/serve.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const DIST = here("../dist");
const binary = process.env.PULSE_BIN;

/** How long a condition is waited for; nothing here says how long something takes. */
export const PATIENCE = 180_000;

const listens = (port) =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.on("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });

/** The first of so many ports in a row that nobody listens on. They are of those that no system gives to connections of its own: what is
 * found free stays so until it is listened on. */
async function free(many = 1) {
  for (;;) {
    const first = 15_000 + Math.floor(Math.random() * 15_000);
    const row = Array.from({ length: many }, (_, at) => first + at);
    if ((await Promise.all(row.map(listens))).every(Boolean)) return first;
  }
}

export class House {
  folder = mkdtempSync(join(tmpdir(), "pulse-e2e-"));
  running = [];

  env() {
    // Nothing of whoever runs the tests gets in: no lake, no database, no proxy.
    const kept = Object.entries(process.env).filter(([name]) => !/^(PULSE_|DATABASE_|.*_PROXY$)/i.test(name));
    return { ...Object.fromEntries(kept), PULSE_LAKE: `file://${this.folder}/lake`, NO_PROXY: "127.0.0.1" };
  }

  /** Runs a command to its end. */
  async run(...args) {
    const child = spawn(binary, args, { cwd: this.folder, env: this.env(), stdio: ["ignore", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    child.stdout.on("data", (data) => (out += data));
    child.stderr.on("data", (data) => (err += data));
    const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
    if (code !== 0) throw new Error(`pulse ${args.join(" ")} ended with ${code}: ${err || out}`);
    return out;
  }

  /** Starts one that stays, and waits until its output has this in it. */
  async start(says, ...args) {
    const child = spawn(binary, args, { cwd: this.folder, env: this.env(), stdio: ["ignore", "pipe", "pipe"] });
    this.running.push(child);
    let told = "";
    return new Promise((resolve, reject) => {
      const hear = (data) => {
        told += data;
        const found = says.exec(told);
        if (found) resolve(found);
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.on("error", reject);
      child.on("close", (code) => reject(new Error(`pulse ${args.join(" ")} ended with ${code}: ${told}`)));
    });
  }

  async open() {
    const [port, vendor] = [await free(), await free()];
    // The samples come to be while the first tests run on a tenant of their own; they are read from two ports.
    const demoPort = await free(2);
    this.samples = this.run("demo", "--port", String(demoPort));
    this.samples.catch(() => undefined);
    this.vendor = `http://127.0.0.1:${vendor}`;
    await this.start(/GitHub: connector/, "simulate", "--scenario", here("tiny.toml"), "--port", String(vendor));
    const [, link] = await this.start(
      /(http:\S+\/join\?link=\S+)/,
      ...["--tenant", "workshop", "serve", "--port", String(port), "--private-addresses"],
    );
    this.server = `http://127.0.0.1:${port}`;
    this.link = link;
    this.base = await this.front();
    this.browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
  }

  /** The server's own page when it is the one that was built here; else that one, before the same server. */
  async front() {
    if (!existsSync(join(DIST, "index.html"))) throw new Error("there is no dist/: `npm run build` makes it");
    const own = await fetch(this.server, { headers: { Accept: "text/html" } }).then((answer) => answer.text());
    if (own === readFileSync(join(DIST, "index.html"), "utf8")) return this.server;
    this.proxy = await serve({ port: 0, dist: DIST, server: this.server });
    return `http://127.0.0.1:${this.proxy.address().port}`;
  }

  /** An address of the server as one of the page. */
  at(link) {
    return link.replace(/^https?:\/\/[^/]+/, this.base);
  }

  /** What each open page shows, for whoever asks why a test failed. */
  async pictures() {
    const folder = here("../shots/e2e");
    mkdirSync(folder, { recursive: true });
    const pages = this.browser?.contexts().flatMap((context) => context.pages()) ?? [];
    for (const [at, page] of pages.entries()) {
      const path = join(folder, `failed-${at}.png`);
      await page.screenshot({ path }).catch(() => undefined);
      console.error(`${page.url()} is in ${path}; the console said ${JSON.stringify(page.complaints ?? [])}`);
    }
  }

  async close() {
    await this.browser?.close();
    this.proxy?.closeAllConnections();
    this.proxy?.close();
    for (const child of this.running) child.kill("SIGTERM");
    await Promise.all(this.running.map((child) => child.exitCode !== null || new Promise((ended) => child.on("close", ended))));
    await this.samples?.catch(() => undefined);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Somebody at a browser of their own. */
  async person(options = {}) {
    const context = await this.browser.newContext({
      baseURL: this.base,
      viewport: { width: 1440, height: 900 },
      reducedMotion: "reduce",
      permissions: ["clipboard-read", "clipboard-write"],
      ...options,
    });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    const complaints = [];
    page.on("console", (message) => {
      // That something was refused is what some tests are about; the page tells it in words.
      const refused = /the server responded with a status of 4\d\d/.test(message.text());
      if (["error", "warning"].includes(message.type()) && !refused) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    return Object.assign(page, { complaints });
  }
}

const PASSWORD = "plinth-otter-sundial";

/** Comes in by a link that was handed on, as a new person or one whom the server knows. */
export async function comesIn(page, link, { email, name }) {
  await page.goto(link);
  const values = { email, name, password: PASSWORD, again: PASSWORD };
  for (const [field, value] of Object.entries(values)) {
    const input = page.locator(`input[name="${field}"]`);
    if ((await input.count()) > 0 && (await input.isEditable())) await input.fill(value);
  }
  await page.getByRole("button").first().click();
  await page.getByRole("navigation", { name: "Pages" }).waitFor();
}

/** Asks the API as the page does, with its cookies. */
export const api = (page, method, path, body) =>
  page.evaluate(
    async ([method, path, body]) => {
      const answer = await fetch(path, {
        method,
        headers: { "Content-Type": "application/json" },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      return { status: answer.status, body: text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text };
    },
    [method, path, body],
  );

/** A page of figures that has come to rest. */
export async function settled(page) {
  await page.getByRole("region", { name: "Figures" }).getByRole("article").first().waitFor();
  await page.waitForFunction(() => !document.querySelector("main [aria-busy=true], main .breathing"));
}
