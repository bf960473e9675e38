import { expect, it } from "vitest";
import { address } from "@/api/client";
import { asked, dayFrom, DIMENSIONS, dimensionsWords, parseSearch, search, stringifySearch } from "@/api/scope";
import { outdated } from "@/api/live";
import { ofPeriod } from "@/parts/Chart";
import { subject } from "@/parts/Evidence";
import { parted } from "@/parts/Narrative";
import { placeOf } from "@/parts/place";
import { found } from "@/shell/Palette";

it("reads from an address what it wrote there", () => {
  const scope = { from: "2026-08-31", until: "2026-11-27", grain: "week", compare: "target", team: ["a:b/c", "d&e"] } as const;
  const text = stringifySearch(scope);
  expect(text).toBe("?from=2026-08-31&until=2026-11-27&grain=week&compare=target&team=a%3Ab%2Fc&team=d%26e");
  expect(search(parseSearch(text))).toEqual(scope);
});

it("has in an address how each table of a page is arranged, as people read it", () => {
  const tables = {
    sort: ["by_team~p:1~down", "open~a~b~up"],
    hide: ["by_team~size"],
    rows: ["by_team~shop"],
    table: ["throughput"],
  };
  const text = stringifySearch(tables);
  expect(text).toBe("?sort=by_team~p%3A1~down&sort=open~a~b~up&hide=by_team~size&rows=by_team~shop&table=throughput");
  expect(search(parseSearch(text))).toEqual(tables);
  // What is written as such stays what it is.
  expect(parseSearch(stringifySearch({ sql: "%7E ~" }))).toEqual({ sql: "%7E ~" });
});

it("has in an address on which axis charts are, what is supposed of forecasts, and what is open below a statement", () => {
  const told = {
    axis: ["cycle-times~even", "ageing~log"],
    suppose: ["epic:jira:acme:epics/1~scope~-5~pace~1.5~growth~no", "sprint:7~people~4-6~limit~2", "items~"],
    tab: "chart",
    chart: "line~0~2~3",
  } as const;
  const text = stringifySearch(told);
  expect(text).toContain("axis=cycle-times~even&axis=ageing~log");
  expect(search(parseSearch(text))).toEqual(told);
  const nonsense = [
    "epic~scope~many",
    "epic~people~4",
    "epic~pace~-1",
    "epic~limit~1~",
    "epic~due~soon",
    "epic~growth~yes",
    "epic",
    "~scope~1",
  ];
  expect(search({ axis: ["a", "a~up"], suppose: nonsense, tab: "secrets", chart: "pie~1" })).toEqual({});
  // What is shown at first needs no word in an address.
  expect(search({ tab: "rows" })).toEqual({});
});

it("tells who made it from who owns it, and calls them what people do", () => {
  const of = search(parseSearch("?team=blue&owning_team=green"));
  expect(asked(of)).toMatchObject({ team: ["blue"], owning_team: ["green"] });
  expect(DIMENSIONS.map(dimensionsWords)).toEqual(["projects", "teams", "owning teams", "repositories"]);
});

it("leaves out what makes no sense, and rows that are no metric's", () => {
  expect(search({ from: "yesterday", grain: "year", compare: "x", team: "", evidence: "/api/v1/me", sort: "a" })).toEqual({});
  expect(search({ sort: ["a~b", "~b~up", "a~b~up"], hide: ["a", "a~"], rows: `a~${"x".repeat(300)}`, table: "a~b" })).toEqual({
    sort: ["a~b~up"],
  });
  expect(search({ evidence: "https://example.com/api/v1/metrics/x/evidence" })).toEqual({});
  expect(search({ evidence: "/api/v1/metrics/../me/evidence" })).toEqual({});
  const evidence = "/api/v1/metrics/change_lead_time/evidence?from=2026-01-01";
  expect(search({ evidence })).toEqual({ evidence });
});

it("asks the API for the scope, and not for what is open beside the page", () => {
  const params = asked({ project: ["a", "b"], evidence: "/api/v1/metrics/x/evidence", sort: ["a~b~up"], rows: ["a~b"] });
  expect(address("/api/v1/dashboards/dora", params)).toBe("/api/v1/dashboards/dora?project=a&project=b");
});

it("counts days over the ends of months and of summer time", () => {
  expect(dayFrom("2026-03-28", 2)).toBe("2026-03-30");
  expect(dayFrom("2028-03-01", -1)).toBe("2028-02-29");
});

it("opens the rows of one period, whose days are those of the tenant", () => {
  const from = Date.UTC(2026, 10, 15, 23) * 1_000;
  expect(
    ofPeriod("/api/v1/metrics/x/evidence?team=a&from=2026-01-01&until=2026-12-01", from, from + 7 * 86_400e6, "Europe/Berlin"),
  ).toBe("/api/v1/metrics/x/evidence?team=a&from=2026-11-16&until=2026-11-23");
});

it("asks anew for what an event changes, and for nothing else", () => {
  const event = (kind: string, job?: string) => ({ id: 1, kind, ...(job && { detail: { kind: job } }) });
  expect(outdated(event("job.succeeded", "model"))).toContain("dashboards");
  expect(outdated(event("job.succeeded", "risk"))).toEqual(expect.arrayContaining(["risk evidence", "what-if"]));
  expect(outdated(event("job.succeeded", "land"))).toEqual(["jobs", "connections"]);
  expect(outdated(event("job.failed", "model"))).not.toContain("dashboards");
  expect(outdated(event("notification.read"))).toEqual(["notifications"]);
  expect(outdated(event("job.dead", "land"))).toContain("notifications");
  expect(outdated(event("job.succeeded", "report"))).toContain("reports");
  expect(outdated(event("job.progress", "report"))).not.toContain("reports");
  expect(outdated(event("alert.firing"))).toEqual(["alerts"]);
  expect(outdated(event("alert.stopped"))).toEqual(["alerts", "notifications"]);
  expect(outdated(event("delivery.dead"))).toEqual(["deliveries"]);
  expect(outdated(event("message.received"))).toEqual(["notifications"]);
  expect(outdated(event("branding.changed"))).toEqual(["branding"]);
  expect(outdated(event("tenant.changed"))).toBe("all");
  expect(outdated({ id: 1, kind: "hello", missed: false })).toEqual([]);
  expect(outdated({ id: 1, kind: "hello", missed: true })).toBe("all");
});

it("calls rows what people do", () => {
  expect(subject("github:hub:10000021/pull_requests/479")).toBe("pull request 479");
  expect(subject("jira:tickets:issues/10039")).toBe("issue 10039");
  expect(subject(`git:api:commits/${"a".repeat(40)}`)).toBe("commit aaaaaaaaaa");
  expect(subject("plain")).toBe("plain");
});

it("has one sentence for a headline", () => {
  const clause = { text: "Shop is at risk: 2 of 7.5 wait. 5 items have no owner.", metric: "m", version: 1, href: "" };
  expect(parted(clause).map(({ text }) => text)).toEqual(["Shop is at risk: 2 of 7.5 wait.", "5 items have no owner."]);
  expect(parted({ ...clause, text: "One." })).toHaveLength(1);
});

it("leads from a sentence to the risks or forecasts that it is about", () => {
  expect(placeOf("/api/v1/risks?project=jira%3Aa%3Aprojects%2F1")).toEqual({
    to: "/project",
    hash: "risks",
    project: ["jira:a:projects/1"],
  });
  expect(placeOf("/api/v1/risks")).toEqual({ to: "/projects", hash: "risks", project: [] });
  expect(placeOf("/api/v1/risks?team=t")).toEqual({ to: "/teams", hash: "team-risks", project: [] });
  expect(placeOf("/api/v1/forecasts?project=p")).toEqual({ to: "/forecast", hash: "forecasts", project: ["p"] });
  expect(placeOf("/api/v1/forecasts")).toMatchObject({ to: "/forecast", project: [] });
  expect(placeOf("/api/v1/metrics/throughput/evidence?project=p")).toBeNull();
});

it("finds places by parts of words, those that begin so first", () => {
  const places = ["Payments", "DORA", "Repayment"].map((title) => ({ title, kind: "project" }));
  expect(found(places, "pay").map(({ title }) => title)).toEqual(["Payments", "Repayment"]);
  expect(found(places, "dor pro").map(({ title }) => title)).toEqual(["DORA"]);
});
