/** Colour arithmetic: OKLCH to sRGB (Ottosson 2020), WCAG 2.2 contrast, and how colours look to people who see fewer of them. */

export type Rgb = readonly [number, number, number];

const clamp = (x: number) => Math.min(1, Math.max(0, x));
const toGamma = (x: number) => (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055);
const toLinear = (x: number) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);

function oklchToLinear(l: number, c: number, h: number): Rgb {
  const a = c * Math.cos((h * Math.PI) / 180);
  const b = c * Math.sin((h * Math.PI) / 180);
  const l3 = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m3 = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s3 = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l3 - 3.3077115913 * m3 + 0.2309699292 * s3,
    -1.2684380046 * l3 + 2.6097574011 * m3 - 0.3413193965 * s3,
    -0.0041960863 * l3 - 0.7034186147 * m3 + 1.707614701 * s3,
  ];
}

const shown = (rgb: Rgb) => rgb.every((x) => x > -0.0001 && x < 1.0001);

/** The colour as `#rrggbb`. What a screen cannot show loses chroma until it can; lightness and hue stay. */
export function oklch(l: number, c: number, h: number): string {
  let [low, high] = [0, c];
  if (!shown(oklchToLinear(l, c, h))) {
    for (let step = 0; step < 20; step++) {
      const middle = (low + high) / 2;
      if (shown(oklchToLinear(l, middle, h))) low = middle;
      else high = middle;
    }
    c = low;
  }
  const bytes = oklchToLinear(l, c, h).map((x) => Math.round(clamp(toGamma(clamp(x))) * 255));
  return `#${bytes.map((x) => x.toString(16).padStart(2, "0")).join("")}`;
}

/** `#rrggbb` as linear light, each part from 0 to 1. */
export function linear(hex: string): Rgb {
  const part = (at: number) => toLinear(parseInt(hex.slice(at, at + 2), 16) / 255);
  return [part(1), part(3), part(5)];
}

function luminance(hex: string): number {
  const [r, g, b] = linear(hex);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** The contrast of two colours, from 1 to 21 (WCAG 2.2, relative luminance). */
export function contrast(one: string, other: string): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** The colour of this hue that is nearest to the grounds and still has at least this contrast with each of them. */
export function toned(hue: number, chroma: number, least: number, grounds: readonly string[], dark: boolean): string {
  const holds = (l: number) => grounds.every((ground) => contrast(oklch(l, chroma, hue), ground) >= least);
  // On light grounds lightness is searched downwards from white, on dark ones upwards from black.
  let [near, far] = dark ? [0, 1] : [1, 0];
  for (let step = 0; step < 16; step++) {
    const middle = (near + far) / 2;
    if (holds(middle)) far = middle;
    else near = middle;
  }
  return oklch(far, chroma, hue);
}

/** The one of two colours that is easier to read on this ground. */
export function on(ground: string, light: string, dark: string): string {
  return contrast(ground, light) >= contrast(ground, dark) ? light : dark;
}

/** How a colour looks without one kind of cone (Machado, Oliveira and Fernandes 2009, severity 1). */
export const SEEN = {
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
} as const;

/** The colour as somebody without that cone sees it, in linear light. */
export function seen(hex: string, how: keyof typeof SEEN): Rgb {
  const [r, g, b] = linear(hex);
  const m = SEEN[how];
  return [m[0] * r + m[1] * g + m[2] * b, m[3] * r + m[4] * g + m[5] * b, m[6] * r + m[7] * g + m[8] * b];
}

function oklab([r, g, b]: Rgb): Rgb {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** How far apart two colours in linear light look: the distance in OKLab, 0.02 being just noticeable. */
export function distance(one: Rgb, other: Rgb): number {
  const [a, b] = [oklab(one), oklab(other)];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
