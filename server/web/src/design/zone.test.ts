import { expect, it } from "vitest";
import { slug } from "./slug";
import { typed, valueOf } from "./units";
import { instant, local } from "./zone";

const utc = (text: string) => Date.parse(text) * 1_000;

it("reads a time by the clocks of a zone, and shows it by them", () => {
  expect(instant("2026-01-15T22:00", "Europe/Berlin")).toBe(utc("2026-01-15T21:00:00Z"));
  expect(instant("2026-07-15T22:00", "Europe/Berlin")).toBe(utc("2026-07-15T20:00:00Z"));
  expect(instant("2026-07-15T22:00", "America/New_York")).toBe(utc("2026-07-16T02:00:00Z"));
  expect(instant("2026-07-15T22:00", "UTC")).toBe(utc("2026-07-15T22:00:00Z"));
  expect(local(utc("2026-07-15T20:00:59Z"), "Europe/Berlin")).toBe("2026-07-15T22:00");
  expect(instant("yesterday", "UTC")).toBeNull();
  expect(instant("2026-13-45T22:00", "UTC")).toBeNull();
});

it("takes the first of an hour that is there twice, and what comes after one that is not there", () => {
  // On October 25 clocks in Berlin go back from 3:00 to 2:00, on March 29 forward from 2:00 to 3:00.
  expect(instant("2026-10-25T02:30", "Europe/Berlin")).toBe(utc("2026-10-25T00:30:00Z"));
  expect(instant("2026-03-29T02:30", "Europe/Berlin")).toBe(utc("2026-03-29T01:30:00Z"));
});

it("makes of a title a name", () => {
  expect(slug("Überfällige Prüfungen, Team A")).toBe("uberfallige-prufungen-team-a");
  expect(slug("  –  ")).toBe("");
  expect(slug("a".repeat(80))).toHaveLength(63);
});

it("takes hours and per cent for what is counted in seconds and shares", () => {
  expect(typed(259_200, "seconds")).toBe("72");
  expect(typed(0.07, "ratio")).toBe("7");
  expect(valueOf("7", "ratio")).toBe(0.07);
  expect(valueOf("2.5", "items")).toBe(2.5);
});
