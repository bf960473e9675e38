/** The colours of the page, for each mode and contrast. They are not chosen but computed: each is the one of its hue that just has
 * the contrast that it must have on every ground that it stands on. */

import { on, oklch, toned } from "./colour.ts";

export type Mode = "light" | "dark";
/** `regular` and `aa` keep WCAG 2.2 AA; `aa` has visible edges around everything; `aaa` has 7 : 1 for all text. */
export type Contrast = "regular" | "aa" | "aaa";

export const MODES: readonly Mode[] = ["light", "dark"];
export const CONTRASTS: readonly Contrast[] = ["regular", "aa", "aaa"];

/** What each contrast asks for: of text, of secondary text, of marks and controls, of lines between things. */
export const LEAST: Record<Contrast, { ink: number; soft: number; mark: number; edge: number; line: number }> = {
  regular: { ink: 12, soft: 4.6, mark: 3.05, edge: 3.05, line: 1.18 },
  aa: { ink: 13, soft: 5.6, mark: 3.6, edge: 3.6, line: 3.05 },
  aaa: { ink: 14.5, soft: 7.1, mark: 4.6, edge: 4.6, line: 4.55 },
};

/** Hue and chroma of what carries a meaning. Words and shapes carry it, too. */
const MEANING = { accent: [252, 0.13], good: [160, 0.11], bad: [27, 0.17], warn: [75, 0.11] } as const;

/** The same for eyes that lack a kind of cone: from blue to orange, which all but a few see, with a grey between. */
const APART = { good: [252, 0.15], bad: [45, 0.16], warn: [350, 0.04] } as const;

type Tone = readonly [hue: number, chroma: number];

/** The chart's series: hue, chroma, and how much more contrast than a mark needs. Neighbours differ in lightness as well as in hue, so
 * that they can be told apart without one kind of cone and in grey. */
const SERIES: readonly (readonly [number, number, number])[] = [
  [232, 0.1, 1.65],
  [38, 0.18, 1],
  [295, 0.14, 2.26],
  [151, 0.08, 1],
  [84, 0.136, 1.82],
  [23, 0.09, 3.09],
];

export type Palette = Record<
  | "canvas"
  | "surface"
  | "sunken"
  | "hover"
  | "line"
  | "edge"
  | "ink"
  | "soft"
  | "accent"
  | "second"
  | "accentText"
  | "accentTint"
  | "onAccent"
  | "good"
  | "goodTint"
  | "bad"
  | "badTint"
  | "warn"
  | "warnTint"
  | "band",
  string
> & { series: string[] };

/** The ground of what carries a meaning. */
const tint = (mode: Mode, [hue]: Tone) => oklch(mode === "dark" ? 0.27 : 0.965, mode === "dark" ? 0.035 : 0.022, hue);

/** The palette of a mode and contrast. */
export function palette(mode: Mode, level: Contrast): Palette {
  const dark = mode === "dark";
  const least = LEAST[level];
  const grey = (l: number) => oklch(l, 0.006, 250);
  const [canvas, surface, sunken, hover] = dark
    ? [grey(level === "aaa" ? 0.13 : 0.175), grey(level === "aaa" ? 0.16 : 0.215), grey(0.15), grey(0.26)]
    : [grey(0.975), grey(1), grey(0.955), grey(0.945)];
  const tints = {
    accentTint: tint(mode, MEANING.accent),
    goodTint: tint(mode, MEANING.good),
    badTint: tint(mode, MEANING.bad),
    warnTint: tint(mode, MEANING.warn),
  };
  const grounds = [canvas, surface, sunken, hover];
  const text = ([hue, chroma]: Tone, ground: string) => toned(hue, chroma, least.soft, [...grounds, ground], dark);
  const neutral = (least: number, on = [...grounds, ...Object.values(tints)]) => toned(250, 0.012, least, on, dark);
  const accent = toned(MEANING.accent[0], MEANING.accent[1], Math.max(least.soft, 4.6), [surface], dark);
  return {
    canvas,
    surface,
    sunken,
    hover,
    line: neutral(least.line, [canvas, surface]),
    edge: neutral(least.edge, grounds),
    ink: neutral(least.ink),
    soft: neutral(least.soft),
    accent,
    // A gradient that begins with the accent ends here: with a tenant's own colours alone it is another.
    second: accent,
    accentText: text(MEANING.accent, tints.accentTint),
    onAccent: on(accent, grey(1), grey(0.12)),
    good: text(MEANING.good, tints.goodTint),
    bad: text(MEANING.bad, tints.badTint),
    warn: text(MEANING.warn, tints.warnTint),
    ...tints,
    band: oklch(dark ? 0.3 : 0.93, 0.015, 250),
    series: SERIES.map(([hue, chroma, more]) => toned(hue, chroma, least.mark * more, [surface, canvas], dark)),
  };
}

/** What takes the place of these colours, a tenant's own too, for whoever chose so. */
export function apart(mode: Mode, level: Contrast) {
  const { canvas, surface, sunken, hover } = palette(mode, level);
  const text = (tone: Tone) =>
    toned(...tone, LEAST[level].soft, [canvas, surface, sunken, hover, tint(mode, tone)], mode === "dark");
  return {
    good: text(APART.good),
    goodTint: tint(mode, APART.good),
    bad: text(APART.bad),
    badTint: tint(mode, APART.bad),
    warn: text(APART.warn),
    warnTint: tint(mode, APART.warn),
  };
}

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The palette by the names of its custom properties, without their `--c-`. */
export function named(mode: Mode, level: Contrast): Record<string, string> {
  const { series, ...rest } = palette(mode, level);
  return Object.fromEntries([
    ...Object.entries(rest).map(([name, value]) => [kebab(name), value]),
    ...series.map((value, index) => [`series-${index + 1}`, value]),
  ]) as Record<string, string>;
}

const properties = (of: Record<string, string>) =>
  Object.entries(of)
    .map(([name, value]) => `--c-${kebab(name)}:${value}`)
    .join(";");

/** The palette as declarations of CSS custom properties. */
const declarations = (mode: Mode, level: Contrast) => `color-scheme:${mode};${properties(named(mode, level))}`;

/** The stylesheet of all themes. What the system asks for holds until a choice is known; paper is always light. */
export function tokensCss(): string {
  const chosen = MODES.flatMap((mode) =>
    CONTRASTS.map((level) => `:root[data-mode=${mode}][data-contrast=${level}]{${declarations(mode, level)}}`),
  );
  // A tenant's own stylesheet comes later, and begins with `:root:root`.
  const own = ":root:root:root[data-colours=apart]";
  const coloured = MODES.flatMap((mode) =>
    CONTRASTS.map((level) => `${own}[data-mode=${mode}][data-contrast=${level}]{${properties(apart(mode, level))}}`),
  );
  return [
    `:root{${declarations("light", "regular")}}`,
    `@media (prefers-color-scheme:dark){:root{${declarations("dark", "regular")}}}`,
    `@media (prefers-contrast:more){:root{${declarations("light", "aaa")}}}`,
    `@media (prefers-contrast:more) and (prefers-color-scheme:dark){:root{${declarations("dark", "aaa")}}}`,
    ...chosen,
    ...coloured,
    `@media print{:root:root:root{${declarations("light", "aa")}}}`,
    `@media print{${own}[data-mode][data-contrast]{${properties(apart("light", "aa"))}}}`,
  ].join("\n");
}
