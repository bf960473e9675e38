/** How a tenant looks (docs/design-system.md): what stands in the place of Pulse's name, its logo, its colours. */

import { queryOptions } from "@tanstack/react-query";
import { ask, change, get } from "./client";
import type { Told } from "./told";

export const COLOURS = ["accent", "second", "good", "warn", "bad"] as const;
export type ColourName = (typeof COLOURS)[number];
/** `#rrggbb`; what is left out or `null` is Pulse's own, on dark grounds the light one's. */
export type Colours = Partial<Record<ColourName, string | null>>;

export type Logo = Told<"Logo">;

export interface Branding {
  name: string | null;
  logo: Logo | null;
  colours: { light: Colours; dark: Colours };
}

/** A colour that is not shown as it was given, since it could not be read. */
export interface Warning {
  mode: "light" | "dark";
  contrast: "regular" | "aa" | "aaa";
  colour: ColourName;
  given: string;
  has: number;
  needs: number;
  shown: string;
}

export interface Looks extends Branding {
  warnings: Warning[];
  version: number;
}

const PATH = "/api/v1/tenant/branding";

export const branding = queryOptions({
  queryKey: ["branding"],
  queryFn: ({ signal }) => get<Looks>(PATH, signal),
});

export const setBranding = (next: Branding, version: number) => change<Looks>("PUT", PATH, next, version);

/** What it would look like; nothing is kept. */
export const previewBranding = (next: Branding) => change<{ css: string; warnings: Warning[] }>("POST", `${PATH}/preview`, next);

export const dataUrl = ({ media_type, data }: Logo) => `data:${media_type};base64,${data}`;

export type Font = Told<"OwnFont">;
export type FontWeight = Told<"FontWeight">;
export const WEIGHTS: readonly FontWeight[] = ["regular", "medium", "semibold", "bold"];
export const MOST_FONT_BYTES = 1024 * 1024;

/** The tenant's own fonts, in which its reports are set. */
export const fonts = queryOptions({
  queryKey: ["branding", "fonts"],
  queryFn: ({ signal }) => get<Font[]>(`${PATH}/fonts`, signal),
});

/** The body is the file itself. */
export const setFont = async (weight: FontWeight, file: Blob) => {
  const headers = { "Content-Type": "application/octet-stream" };
  const answer = await ask(`${PATH}/fonts/${weight}`, { method: "PUT", headers, body: file });
  return (await answer.json()) as Font;
};

export const removeFont = (weight: FontWeight) => change("DELETE", `${PATH}/fonts/${weight}`);
