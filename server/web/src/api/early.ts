/** What public/first.js asked for before this script was there, put where the page looks for it: so it is made of all of that at once, and not
 * anew with each answer. */

import type { QueryClient } from "@tanstack/react-query";
import { PAGES } from "@/shell/pages";
import { branding } from "./branding";
import { dashboard, dashboardAt, me, tenant } from "./queries";
import { parseSearch, search } from "./scope";

/** So long a page waits for that: without it, it is made as far as it can be. */
const PATIENCE_MS = 300;

/** Ends when all of it is there, `besides` too, or when it has been waited for long enough. */
export async function taken(client: QueryClient, { pathname, search: told }: Location, besides: Promise<unknown>) {
  const asked = window.pulseEarly ?? {};
  // What was refused is told where it is looked for.
  const take = async (path: string, into: () => Promise<unknown>) => {
    const answer = await asked[path];
    if (answer?.ok) await into();
  };
  const scope = search(parseSearch(told));
  const page = pathname === "/project" ? "project" : PAGES.find(({ path }) => path === pathname)?.name;
  const all = [
    besides,
    take("/api/v1/me", () => client.query(me)),
    take("/api/v1/tenant", () => client.query(tenant)),
    take("/api/v1/tenant/branding", () => client.query(branding)),
    ...(page ? [take(dashboardAt(page, scope), () => client.query(dashboard(page, scope)))] : []),
  ];
  await Promise.race([Promise.allSettled(all), new Promise((passed) => setTimeout(passed, PATIENCE_MS))]);
}
