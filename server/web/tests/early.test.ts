import { QueryClient } from "@tanstack/react-query";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { taken } from "@/api/early";
import { dashboard, me, tenant } from "@/api/queries";
import { answers } from "./shown";

const script = readFileSync("public/first.js", "utf8");
const MONTHS = "?grain=month&team=a%20b";

/** Somebody comes to this address, to whom this is answered. */
function opened(path: string, by: Parameters<typeof answers>[0]) {
  window.history.replaceState(null, "", path);
  const fetched = answers(by);
  window.eval(script);
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return { fetched, client };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  window.pulseEarly = {};
  window.history.replaceState(null, "", "/");
});

it("has what was asked for early where the page looks for it before that is made", async () => {
  const { client, fetched } = opened(`/dora${MONTHS}`, {
    "/api/v1/me": '{"tenant":"demo"}',
    "/api/v1/tenant": '{"name":"Demo"}',
    "/api/v1/tenant/branding": "{}",
    "/api/v1/dashboards/dora": (path) => JSON.stringify({ asked: path }),
  });
  await taken(client, window.location, Promise.resolve());
  expect(client.getQueryData(me.queryKey)).toEqual({ tenant: "demo" });
  expect(client.getQueryData(tenant.queryKey)).toEqual({ name: "Demo" });
  expect(client.getQueryData(dashboard("dora", { grain: "month", team: ["a b"] }).queryKey)).toMatchObject({
    asked: "/api/v1/dashboards/dora?grain=month&team=a+b",
  });
  expect(fetched).toHaveBeenCalledTimes(4);
});

it("leaves what was refused to whoever looks for it, and asks for nothing by itself", async () => {
  const { client, fetched } = opened("/connections", {
    "/api/v1/me": [401, '{"title":"Sign in first"}'],
    "/api/v1/tenant": '{"name":"Demo"}',
  });
  await taken(client, window.location, Promise.reject(new Error("the script of the page is gone")));
  expect(client.getQueryState(me.queryKey)).toBeUndefined();
  expect(client.getQueryData(tenant.queryKey)).toEqual({ name: "Demo" });
  // Neither is the session renewed here: of two who ask for that one would be in the other's way.
  expect(fetched.mock.calls.map(([path]) => path)).toEqual(["/api/v1/me", "/api/v1/tenant", "/api/v1/tenant/branding"]);
});

it("waits for no answer for long", async () => {
  const { client } = opened("/", { "/api/v1/": "{}" });
  window.pulseEarly = { "/api/v1/me": new Promise(() => undefined) };
  const made = vi.fn();
  void taken(client, window.location, new Promise(() => undefined)).then(made);
  await vi.advanceTimersByTimeAsync(250);
  expect(made).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(100);
  expect(made).toHaveBeenCalledTimes(1);
});
