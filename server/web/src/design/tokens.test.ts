import { describe, expect, it } from "vitest";
import { contrast, distance, linear, oklch, seen, SEEN } from "./colour";
import { apart, CONTRASTS, LEAST, MODES, named, palette, tokensCss } from "./tokens";

const themes = MODES.flatMap((mode) => CONTRASTS.map((level) => ({ mode, level, colours: palette(mode, level) })));

describe("colour arithmetic", () => {
  it("computes contrast as WCAG does", () => {
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
    // #767676 is the well-known lightest grey that has 4.5 on white: 4.54.
    expect(contrast("#767676", "#ffffff")).toBeCloseTo(4.54, 2);
  });

  it("finds the sRGB of an OKLCH colour", () => {
    expect(oklch(1, 0, 0)).toBe("#ffffff");
    expect(oklch(0, 0, 0)).toBe("#000000");
    // Pure red is oklch(0.62796 0.25768 29.234).
    expect(oklch(0.62796, 0.25768, 29.234)).toBe("#ff0000");
  });
});

const KINDS = Object.keys(SEEN) as (keyof typeof SEEN)[];
/** How far apart two colours look to those to whom they look most alike. */
const nearest = (one: string, other: string) =>
  Math.min(distance(linear(one), linear(other)), ...KINDS.map((how) => distance(seen(one, how), seen(other, how))));

describe.each(themes)("$mode, $level", ({ mode, level, colours }) => {
  const { series, ...c } = colours;
  const least = LEAST[level];
  const grounds = [c.canvas, c.surface, c.sunken, c.hover];

  it("can be read wherever text stands", () => {
    const text = level === "aaa" ? 7 : 4.5;
    for (const ground of [...grounds, c.accentTint, c.goodTint, c.badTint, c.warnTint]) {
      expect(contrast(c.ink, ground)).toBeGreaterThanOrEqual(least.ink - 0.01);
      expect(contrast(c.soft, ground)).toBeGreaterThanOrEqual(text);
    }
    for (const [word, ground] of [
      [c.good, c.goodTint],
      [c.bad, c.badTint],
      [c.warn, c.warnTint],
      [c.accentText, c.accentTint],
    ] as const) {
      for (const under of [...grounds, ground]) expect(contrast(word, under)).toBeGreaterThanOrEqual(text);
    }
    expect(contrast(c.onAccent, c.accent)).toBeGreaterThanOrEqual(4.5);
  });

  it("shows marks and the edges of controls with 3 : 1", () => {
    for (const ground of grounds) expect(contrast(c.edge, ground)).toBeGreaterThanOrEqual(3);
    for (const colour of series) expect(contrast(colour, c.surface)).toBeGreaterThanOrEqual(level === "aaa" ? 4.5 : 3);
  });

  it("has series that stay apart for whoever lacks a kind of cone", () => {
    for (const [at, one] of series.entries()) {
      for (const other of series.slice(at + 1)) {
        expect(distance(linear(one), linear(other))).toBeGreaterThan(0.09);
        expect(nearest(one, other), `${one} ${other}`).toBeGreaterThan(0.05);
      }
    }
  });

  it("has a better and a worse that stay far apart for whoever lacks a kind of cone, and can be read", () => {
    const { good, bad, warn, goodTint, badTint, warnTint } = apart(mode, level);
    expect(nearest(good, bad)).toBeGreaterThan(0.2);
    expect(nearest(good, warn)).toBeGreaterThan(0.09);
    expect(nearest(bad, warn)).toBeGreaterThan(0.09);
    const text = level === "aaa" ? 7 : 4.5;
    for (const [word, ground] of [
      [good, goodTint],
      [bad, badTint],
      [warn, warnTint],
    ] as const) {
      for (const under of [...grounds, ground]) expect(contrast(word, under)).toBeGreaterThanOrEqual(text);
      for (const over of [c.ink, c.soft]) expect(contrast(over, ground)).toBeGreaterThanOrEqual(text);
    }
  });
});

it("puts paper after the chosen theme, and light on it", () => {
  const css = tokensCss();
  expect(css.lastIndexOf("@media print")).toBeGreaterThan(css.lastIndexOf("data-mode=dark"));
  expect(css).toContain(`@media print{:root:root:root{color-scheme:light;`);
  expect(css).toMatch(/@media print\{:root:root:root\[data-colours=apart\]\[data-mode\]\[data-contrast\]\{[^}]*\}\}$/);
});

it("is what the server makes a tenant's own colours by", async () => {
  const all = Object.fromEntries(
    MODES.map((mode) => [mode, Object.fromEntries(CONTRASTS.map((level) => [level, named(mode, level)]))]),
  );
  // `npm test -- -u` writes it anew; the server's tests hold its own arithmetic against it.
  await expect(`${JSON.stringify(all, null, 2)}\n`).toMatchFileSnapshot("./tokens.json");
});
