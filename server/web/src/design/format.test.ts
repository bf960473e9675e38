import { afterEach, expect, it } from "vitest";
import type { Comparison } from "@/api/types";
import { many, speak, t } from "@/texts/texts";
import { formatter } from "./format";
import { plain } from "../../tests/plain";

const en = formatter("en", "Europe/Berlin");
const de = formatter("de", "Europe/Berlin");
const compared = (part: Partial<Comparison>): Comparison => ({
  with: "previous",
  from: null,
  until: null,
  value: 100,
  figure: null,
  delta: 12,
  delta_ratio: 0.12,
  better: false,
  ...part,
});

afterEach(() => speak("en", {}));

it("says durations in the unit that people would", () => {
  expect(plain(en.text(45, "seconds"))).toBe("45 s");
  expect(plain(en.text(12 * 60, "seconds"))).toBe("12 min");
  expect(plain(en.text(5.25 * 3600, "seconds"))).toBe("5.3 h");
  expect(plain(en.text(301_221, "seconds"))).toBe("3.5 days");
  expect(plain(en.text(20 * 3600, "working seconds"))).toBe("20 working h");
});

it("says shares in percent, and rates by what they are per", () => {
  expect(plain(en.text(0.042, "ratio"))).toBe("4.2 %");
  expect(plain(en.text(0.42, "ratio"))).toBe("42 %");
  expect(plain(en.text(8.2143, "deployments per week"))).toBe("8.21 deployments a week");
  expect(plain(en.text(1234.5, "lines"))).toBe("1,235 lines");
  expect(plain(de.text(1234.5, "lines"))).toBe("1.235 lines");
});

it("says of a chance neither that it is none nor that it is all", () => {
  expect(plain(en.chance(0))).toBe("less than 1 %");
  expect(plain(en.chance(0.002))).toBe("less than 1 %");
  expect(plain(en.chance(0.042))).toBe("4.2 %");
  expect(plain(en.chance(0.62))).toBe("62 %");
  expect(plain(en.chance(0.99))).toBe("99 %");
  expect(plain(en.chance(0.998))).toBe("more than 99 %");
});

it("says none, which is not zero", () => {
  expect(plain(en.text(null, "seconds"))).toBe("none");
  expect(plain(en.text(0, "seconds"))).toBe("0 s");
  expect(plain(en.text(0, "ratio"))).toBe("0 %");
});

it("says which way something went, and whether that is good", () => {
  expect(plain(en.change(compared({}), "lines"))).toEqual({
    way: "up",
    text: "up 12 %",
    amount: "12 %",
    verdict: "worse",
    against: "from 100 lines",
  });
  expect(plain(en.change(compared({ delta: -12, delta_ratio: -0.12, better: true }), "lines")?.verdict)).toBe("better");
  expect(plain(en.change(compared({ value: 0.1, delta: 0.02, delta_ratio: 0.2 }), "ratio"))).toMatchObject({
    text: "up 2 points",
    amount: "2 points",
  });
  expect(plain(en.change(compared({ value: 0, delta: 3, delta_ratio: null, better: null }), "items"))).toMatchObject({
    text: "up 3 items",
    verdict: null,
  });
  expect(plain(en.change(compared({ delta: 0, delta_ratio: 0, better: null }), "lines")?.text)).toBe("unchanged");
  expect(plain(en.change(compared({ with: "target", better: false }), "lines"))).toEqual({
    way: "up",
    text: "12 % above",
    amount: "12 %",
    verdict: "missed",
    against: "target 100 lines",
  });
  expect(plain(en.change(compared({ delta: 0.3, delta_ratio: 0.003 }), "lines"))).toMatchObject({
    text: "hardly changed",
    verdict: null,
  });
  // 3.86 and 3.92 hours are both written 3.9 h; against a target what is missed is missed.
  const hours = { value: 13_900, delta: 200, delta_ratio: 0.0144 };
  expect(plain(en.change(compared(hours), "seconds"))).toMatchObject({ way: "same", text: "hardly changed", verdict: null });
  expect(plain(en.change(compared({ ...hours, with: "target" }), "seconds"))).toMatchObject({ way: "up", text: "1 % above" });
  expect(plain(en.change(compared({ with: "year_ago" }), "lines")?.against)).toBe("from 100 lines a year ago");
  expect(plain(en.change(compared({ delta: 899, delta_ratio: 8.99 }), "lines")?.text)).toBe("up 899 %");
  expect(plain(en.change(compared({ delta: 4149, delta_ratio: 41.49 }), "lines"))).toMatchObject({
    way: "up",
    text: "42 times as much",
    amount: "42 times",
    against: "as 100 lines",
  });
  expect(plain(en.change(compared({ with: "target", delta: 4149, delta_ratio: 41.49 }), "lines"))).toMatchObject({
    text: "42 times as much",
    against: "target 100 lines",
  });
  // What was below 0 is no size to be multiplied.
  expect(plain(en.change(compared({ value: -100, delta: 4149, delta_ratio: 41.49 }), "lines")?.text)).toBe("up 4,149 %");
  expect(plain(en.change(compared({}), "items per week")?.against)).toBe("from 100");
  expect(plain(en.change(compared({ delta: null }), "lines"))).toBeNull();
});

it("tells a change of shares by as many digits as it tells them", () => {
  const change = (value: number, delta: number) => plain(en.change(compared({ value, delta, better: null }), "ratio")?.text);
  expect([change(0.384, 0.036), change(0.42, -0.013), change(0.384, 0.008)]).toEqual([
    "up 4 points",
    "down 1 point",
    "up 1 point",
  ]);
  expect([change(0.021, 0.034), change(0.096, 0.024), change(0.99, 0.0092)]).toEqual([
    "up 3.4 points",
    "up 2.4 points",
    "up 0.9 points",
  ]);
  // 41 % and 42 %, of which less than half of one is between.
  expect([change(0.411, 0.003), change(0.413, 0.003)]).toEqual(["hardly changed", "up less than 1 point"]);
});

it("tells no part as all of it, and says once what a column is in", () => {
  expect(plain([0.0421, 0.42, 0.9899, 0.9992, 0.9999, 1].map((part) => en.text(part, "ratio")))).toEqual([
    "4.2 %",
    "42 %",
    "99 %",
    "99.9 %",
    "99.9 %",
    "100 %",
  ]);
  expect(plain(["items per week", "working seconds", "seconds", "ratio", "lines", null].map(en.unit))).toEqual([
    "items a week",
    "working hours",
    "",
    "",
    "lines",
    "",
  ]);
});

it("tells times in the tenant's zone", () => {
  const at = Date.UTC(2026, 10, 26, 23, 30) * 1000;
  expect(plain(en.moment(at))).toBe("Nov 27, 2026, 12:30 AM");
  expect(plain(en.exact(at))).toContain("GMT+1");
  expect(plain(en.day("2026-11-01"))).toBe("Nov 1, 2026");
});

it("tells how long ago something was", () => {
  expect(plain(en.ago(0, 12e6))).toBe("12 s ago");
  expect(plain(en.ago(0, 90e6))).toBe("1 min ago");
  expect(plain(en.ago(0, 3.9 * 86_400e6))).toBe("3 days ago");
  expect(plain(en.ago(0, 47.9 * 3_600e6))).toBe("47 h ago");
  expect(plain(en.ago(5e6, 0))).toBe("just now");
});

it("says periods by their first day, in the tenant's zone", () => {
  const from = Date.UTC(2026, 10, 15, 23) * 1000;
  expect(plain(en.period({ label: "2026-W47", from }))).toBe("2026-W47, from Nov 16");
  expect(plain(en.tick({ label: "2026-W47", from }))).toBe("Nov 16");
  expect(plain(en.period({ label: "2026-11", from }))).toBe("Nov 2026");
  expect(plain(en.period({ label: "2026-11-16", from }))).toBe("Nov 16, 2026");
});

it("lets no line end between a number and its sign or unit", () => {
  expect([en.text(0.42, "ratio"), en.text(45, "seconds"), en.text(301_221, "seconds"), en.text(3, "lines")]).toEqual([
    "42\u00a0%",
    "45\u00a0s",
    "3.5\u00a0days",
    "3\u00a0lines",
  ]);
  expect(en.text(8.2143, "deployments per week")).toBe("8.21\u00a0deployments a week");
  expect([en.brief(0.42, "ratio"), en.brief(301_221, "seconds"), en.chance(0), en.chance(0.998)]).toEqual([
    "42\u00a0%",
    "3.5\u00a0d",
    "less than 1\u00a0%",
    "more than 99\u00a0%",
  ]);
  expect(en.change(compared({}), "lines")?.text).toBe("up 12\u00a0%");
  expect(en.change(compared({ value: 0.1, delta: 0.01, delta_ratio: 0.1 }), "ratio")?.text).toBe("up 1\u00a0point");
  expect([en.ago(0, 12e6), en.ago(0, 3.9 * 86_400e6)]).toEqual(["12\u00a0s ago", "3\u00a0days ago"]);
});

it("does so in a text of the page and in a sentence of the server, too, and writes the days of that", () => {
  expect(t("older than 85 %")).toBe("older than 85\u00a0%");
  expect(many(3, { one: "{count} day", other: "{count} days" })).toBe("3\u00a0days");
  expect(t("{count} dozen days", { count: 3 })).toBe("3 dozen days");
  expect(en.sentence("A chance of 0.8 % by 2026-12-07, one of 85 %, within 36 h to 6.6 days.")).toBe(
    "A chance of 0.8\u00a0% by Dec 7, 2026, one of 85\u00a0%, within 36\u00a0h to 6.6\u00a0days.",
  );
  expect(en.sentence("per cent is written %, 2 sessions began")).toBe("per cent is written %, 2 sessions began");
});

it("says times and changes in the page's language, by what is read", () => {
  speak("pl", {
    "{count} days": { one: "{count} dzień", few: "{count} dni", many: "{count} dni", other: "{count} dnia" },
    "{count} days ago": { one: "dzień temu", few: "{count} dni temu", many: "{count} dni temu", other: "{count} dnia temu" },
    "up {amount}": "o {amount} więcej",
    "from {value} a year ago": "niż {value} rok temu",
    "{what} a week": "{what} tygodniowo",
    d: "dn.",
  });
  const day = 86_400;
  // 2.04 days are read as two.
  expect(plain([2.04, 2.5, 5].map((days) => en.text(days * day, "seconds")))).toEqual(["2 dni", "2.5 dnia", "5 dni"]);
  expect(plain(en.brief(2.5 * day, "seconds"))).toBe("2.5 dn.");
  expect(plain(en.ago(0, 3.9 * day * 1e6))).toBe("3 dni temu");
  expect(plain(en.text(8, "deployments per week"))).toBe("8 deployments tygodniowo");
  expect(plain(en.change(compared({ with: "year_ago" }), "lines"))).toMatchObject({
    text: "o 12 % więcej",
    against: "niż 100 lines rok temu",
  });
});
