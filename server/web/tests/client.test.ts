import { QueryClient } from "@tanstack/react-query";
import { readFileSync } from "node:fs";
import { afterEach, expect, it, vi } from "vitest";
import { get, Problem } from "@/api/client";
import { follow } from "@/api/live";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
const answer = (status: number, body: unknown) => new Response(JSON.stringify(body), { status });

it("renews a session that ran out, once for all that ask, and asks again", async () => {
  let good = false;
  const fetched = vi.fn<(path: string, init?: RequestInit) => Promise<Response>>((path) => {
    if (path === "/api/v1/auth/refresh") {
      good = true;
      return Promise.resolve(answer(200, {}));
    }
    return Promise.resolve(good ? answer(200, { path }) : answer(401, { code: "no-valid-token" }));
  });
  vi.stubGlobal("fetch", fetched);
  expect(await Promise.all([get("/a"), get("/b")])).toEqual([{ path: "/a" }, { path: "/b" }]);
  const renewals = fetched.mock.calls.filter(([path]) => path === "/api/v1/auth/refresh");
  expect(renewals).toHaveLength(1);
  // Whoever leaves the page meanwhile still gets what the session goes on with.
  expect(renewals[0]).toMatchObject([expect.anything(), { keepalive: true }]);
});

it("says what the server said where it refuses", async () => {
  vi.stubGlobal("fetch", () =>
    Promise.resolve(answer(403, { code: "not-allowed", title: "Not yours", detail: "needs `sql:run`" })),
  );
  const problem = await get("/a").catch((error: unknown) => error);
  expect(problem).toBeInstanceOf(Problem);
  expect(problem).toMatchObject({ status: 403, code: "not-allowed", title: "Not yours", message: "needs `sql:run`" });
});

it("does not ask for ever when there is no session", async () => {
  const fetched = vi.fn(() => Promise.resolve(answer(401, { code: "no-valid-token" })));
  vi.stubGlobal("fetch", fetched);
  await expect(get("/a")).rejects.toMatchObject({ status: 401 });
  expect(fetched).toHaveBeenCalledTimes(2);
});

it("tells a server that cannot be reached from one that refuses", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("failed")));
  await expect(get("/a")).rejects.toMatchObject({ status: 0, code: "unreachable" });
});

it.each([
  { refused: "since too many follow", session: true, renewals: 0 },
  { refused: "since the session ran out", session: false, renewals: 1 },
])("follows again after it was refused $refused", async ({ session, renewals }) => {
  vi.useFakeTimers();
  const opened: { onerror?: () => void }[] = [];
  class Refused {
    static readonly CLOSED = 2;
    readonly readyState = 2;
    onerror?: () => void;
    constructor() {
      opened.push(this);
    }
    addEventListener() {
      // It is refused before anything happens.
    }
    close() {
      // It is.
    }
  }
  vi.stubGlobal("EventSource", Refused);
  let good = session;
  const asked: string[] = [];
  vi.stubGlobal("fetch", (path: string) => {
    asked.push(path);
    good ||= path === "/api/v1/auth/refresh";
    return Promise.resolve(good ? answer(200, {}) : answer(401, { code: "no-valid-token" }));
  });
  const stop = follow(new QueryClient(), () => undefined);
  opened[0]?.onerror?.();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(opened).toHaveLength(2);
  expect(asked.filter((path) => path === "/api/v1/auth/refresh")).toHaveLength(renewals);
  stop();
});

/** The kinds in the table of docs/events.md. */
function documented(): string[] {
  const rows = readFileSync("../../docs/events.md", "utf8").matchAll(/^\| (`[a-z]+\.[a-z]+`(?:, `[a-z]+\.[a-z]+`)*) \| /gm);
  return [...rows].flatMap(([, kinds = ""]) => kinds.replaceAll("`", "").split(", "));
}

it("hears of everything that the server tells of", () => {
  const heard = new Set<string>();
  class Heard {
    addEventListener(kind: string) {
      heard.add(kind);
    }
    close() {
      // Nothing is open.
    }
  }
  vi.stubGlobal("EventSource", Heard);
  follow(new QueryClient(), () => undefined)();
  const kinds = documented().filter((kind) => !["report.notification", "report.mail"].includes(kind));
  expect(kinds.length).toBeGreaterThan(20);
  expect(kinds.filter((kind) => !heard.has(kind))).toEqual([]);
});
