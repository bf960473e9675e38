import { afterEach, expect, it, vi } from "vitest";
import { get, Problem } from "@/api/client";

afterEach(() => vi.unstubAllGlobals());
const answer = (status: number, body: unknown) => new Response(JSON.stringify(body), { status });

it("renews a session that ran out, once for all that ask, and asks again", async () => {
  let good = false;
  const fetched = vi.fn((path: string) => {
    if (path === "/api/v1/auth/refresh") {
      good = true;
      return Promise.resolve(answer(200, {}));
    }
    return Promise.resolve(good ? answer(200, { path }) : answer(401, { code: "no-valid-token" }));
  });
  vi.stubGlobal("fetch", fetched);
  expect(await Promise.all([get("/a"), get("/b")])).toEqual([{ path: "/a" }, { path: "/b" }]);
  expect(fetched.mock.calls.filter(([path]) => path === "/api/v1/auth/refresh")).toHaveLength(1);
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
