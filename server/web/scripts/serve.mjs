// Serves dist/ as the binary does: the page for every address of its own, with the policy that it has there, and /api of a server or of
// what was recorded. `node scripts/serve.mjs [--port N] [--dist DIR] [--server URL | --recorded DIR]`

import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createServer, request } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".txt": "text/plain",
  ".woff2": "font/woff2",
};
/** What `npm run build` packed beside the files, the smaller first. */
const PACKED = { br: ".br", gzip: ".gz" };
const SERVERS = [
  "/api",
  "/branding",
  "/branding.css",
  "/docs",
  "/openapi.json",
  "/livez",
  "/readyz",
  "/report",
  "/sign-in",
  "/sign-out",
  "/join",
  "/reset",
  "/sso",
];

/** What is recorded beside dashboards and metrics. */
const OWN = [
  [/\/users$/, "users.json"],
  [/\/sessions$/, "sessions.json"],
  [/\/identity-providers$/, "providers.json"],
  [/\/branding\/fonts$/, "fonts.json"],
  [/\/metrics\/own\/[^/]+\/versions$/, "own-metric-versions.json"],
  [/\/metrics\/own$/, "own-metrics.json"],
  [/\/flow\/(cycle-times|ageing|cumulative)$/, null],
  [/\/risks\/rules$/, "risk-rules.json"],
  [/\/notifications\/muted$/, null],
  [/\/connections\/hub$/, "connection.json"],
  [/\/alerts\/alert_[^/]+$/, "alert.json"],
  [/\/deliveries\/delivery_[^/]+$/, "delivery.json"],
  [/\/mapping\/trials(\/[^/]+)?$/, "trial.json"],
  [/\/mapping$/, null],
  [/\/saved-queries\/[^/]+$/, "saved-query.json"],
  [/\/alert-rules\/[^/]+\/preview$/, "alert-preview.json"],
  [/\/(permissions|roles|tokens|audit|targets|schedules|hooks|notifications|tenants|receipt|workers|holds)$/, null],
  [/\/(reports|report-definitions|alert-rules|destinations|deliveries|branding)$/, null],
];

/** Answers as a server would, from files, as somebody: `owner`, `operator` of the platform, `reader` of figures alone,
 * `newcomer` to an empty tenant, or `nobody`. */
function recorded(folder, { path, query, as }, response) {
  const send = (body, status = 200) => {
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
  const file = (name) =>
    existsSync(join(folder, name))
      ? send(readFileSync(join(folder, name), "utf8"))
      : send({ title: "Not recorded", detail: path }, 404);
  const name = path.split("/").at(-1);
  if (path === "/branding.css") return response.writeHead(200, { "Content-Type": "text/css" }).end();
  if (path.startsWith("/api/v1/dashboards/") && as !== "nobody")
    return file(`${as === "newcomer" ? "nothing" : path.split("/")[4]}.json`);
  if (path === "/api/v1/metrics") return file("metrics.json");
  if (path.endsWith("/incident_recovery_time/evidence")) return file("incidents.json");
  if (path.endsWith("/open_incidents/evidence")) return send([]);
  if (path.endsWith("/batch_size/evidence")) return file("batches.json");
  if (/\/(forecasts|milestones)\/evidence$/.test(path)) return send({ count: 0, items: [] });
  if (path.endsWith("/evidence")) return file("evidence.json");
  if (path.endsWith("/metrics/batch_size")) return file("batch-size.json");
  if (path.endsWith("/metrics/incident_recovery_time")) return file("recoveries.json");
  // Names are asked for without days.
  if (path.startsWith("/api/v1/metrics/") && query.has("from"))
    return file(query.get("by") === "repository" ? "services.json" : "deployments.json");
  if (path === "/api/v1/sql") {
    response.writeHead(200, { "Content-Type": "application/vnd.apache.arrow.stream", "pulse-query": "query_1" });
    return response.end(readFileSync(join(folder, "rows.arrow")));
  }
  if (path === "/api/v1/catalog" || path === "/api/v1/queries") return file(`${name}.json`);
  if (path === "/api/v1/tenant") return file("tenant.json");
  if (as === "nobody") return send({ code: "no-valid-token", title: "Sign in first", detail: "The session has ended." }, 401);
  if (path === "/api/v1/me" && as === "reader") {
    const me = JSON.parse(readFileSync(join(folder, "me.json"), "utf8"));
    return send({ ...me, permissions: ["metrics:read"] });
  }
  if (path === "/api/v1/me") return file(as === "operator" ? "operator.json" : "me.json");
  if (as === "newcomer" && path === "/api/v1/mapping")
    return send({ statuses: [], stages: [], commitment: null, types: [], people: [], repositories: [], environments: [] });
  if (as === "newcomer" && /connections$|jobs$/.test(path)) return send({ items: [], next: null });
  const at = 1_795_708_203_000_000;
  if (path === "/api/v1/tenant/usage") return send({ lake: { files: 812, bytes: 12.5 * 2 ** 30, seen_at: at } });
  if (path.startsWith("/api/v1/jobs/job_"))
    return send({
      steps: [
        { at, state: "queued", attempt: 0, worker: null, reason: "asked for by schedule" },
        { at: at + 1e6, state: "running", attempt: 8, worker: "node-1", reason: "begun" },
        { at: at + 2e6, state: "dead", attempt: 8, worker: "node-1", reason: "the vendor refused the credential: 401" },
      ],
    });
  if (path === "/api/v1/tenant/branding/preview") return send({ css: "", warnings: [] });
  if (path === "/api/v1/alerts") {
    const { items } = JSON.parse(readFileSync(join(folder, "alerts.json"), "utf8"));
    return send({ items: items.filter(({ state }) => state === query.get("state")), next: null });
  }
  const own = OWN.find(([pattern]) => pattern.test(path));
  if (own) return file(own[1] ?? `${name}.json`);
  if (path.startsWith("/api/v1/connections/")) return file("health.json");
  if (path === "/api/v1/jobs" && query.has("run")) return file("run.json");
  if (path === "/api/v1/connections" || path === "/api/v1/jobs") return file(`${name}.json`);
  if (path.startsWith("/api/v1/metrics/"))
    return send({ groups: ["Shop", "Payments", "Platform"].map((name) => ({ key: name, name })) });
  if (path === "/api/v1/events") {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    return response.write('event: hello\nid: 1\ndata: {"kind":"hello","id":1,"missed":false}\n\n');
  }
  return send({ title: "Not recorded", detail: path }, 404);
}

function passOn(server, asked, response) {
  const { hostname, port } = new URL(server);
  const passed = request({ hostname, port, method: asked.method, path: asked.url, headers: asked.headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  passed.on("error", () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
  // A stream of events goes on for ever: whoever left is not followed any further.
  response.on("close", () => passed.destroy());
  asked.pipe(passed);
}

/** A path without its escapes; none where they are of no text. */
function decoded(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

export function serve({ port, dist, server, recordings }) {
  const web = createServer((asked, response) => {
    const { pathname: path, searchParams: query } = new URL(asked.url ?? "/", "http://page");
    const as = asked.headers["x-recorded"] ?? "owner";
    if (SERVERS.some((prefix) => path === prefix || path.startsWith(`${prefix}/`)))
      return recordings ? recorded(recordings, { path, query, as }, response) : passOn(server, asked, response);
    const name = decoded(path);
    if (name === undefined) return response.writeHead(400).end();
    const file = join(dist, normalize(name));
    const found = file.startsWith(dist) && existsSync(file) && statSync(file).isFile() ? file : join(dist, "index.html");
    const taken = String(asked.headers["accept-encoding"]);
    const [coding, packed] = Object.entries(PACKED).find(([name, end]) => taken.includes(name) && existsSync(found + end)) ?? [];
    response.writeHead(200, {
      "Content-Type": TYPES[extname(found)] ?? "application/octet-stream",
      "Content-Security-Policy": POLICY,
      "Cache-Control": path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
      ...(coding && { "Content-Encoding": coding }),
    });
    createReadStream(found + (packed ?? "")).pipe(response);
  });
  return new Promise((ready) => web.listen(port, "127.0.0.1", () => ready(web)));
}

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
export const RECORDED = here("../tests/recorded");

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const option = (name, otherwise) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : otherwise);
  const port = Number(option("--port", "7900"));
  const server = option("--server", "http://127.0.0.1:7878");
  await serve({
    port,
    dist: here(`../${option("--dist", "dist")}`),
    server,
    recordings: process.argv.includes("--recorded") ? RECORDED : undefined,
  });
  console.log(`http://127.0.0.1:${port}`);
}
