/** How the tenant looks, put on the document: the server put its colours on before the first paint, and what changes later is put on here. */

import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { branding, dataUrl, type Looks } from "@/api/branding";

const sheets = () => document.querySelectorAll<HTMLLinkElement>('link[rel="stylesheet"][href^="/branding.css"]');

/** Whether the page came without the tenant's colours: its stylesheet was asked for by a session that had to be renewed first. */
const isBare = ({ colours: { light, dark } }: Looks) =>
  [...Object.values(light), ...Object.values(dark)].some(Boolean) && !sheets()[0]?.sheet?.cssRules.length;

/** Loads the stylesheet anew. The one before goes when the new one is there, so that no other colour is seen in between. */
export function restyle(version: number) {
  const [before, ...rest] = sheets();
  if (!before) return;
  for (const link of rest) link.remove();
  const next = before.cloneNode() as HTMLLinkElement;
  next.href = `/branding.css?${version}`;
  next.onload = () => before.remove();
  next.onerror = () => next.remove();
  before.after(next);
}

export function useBrand(inside: boolean): Looks | undefined {
  const { data } = useQuery({ ...branding, enabled: inside });
  const worn = useRef<number | null>(null);
  useEffect(() => {
    if (!data) return;
    if (worn.current === null ? isBare(data) : worn.current !== data.version) restyle(data.version);
    worn.current = data.version;
  }, [data]);
  const logo = data?.logo;
  useEffect(() => {
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (!icon || !logo) return;
    const { href, type } = icon;
    icon.href = dataUrl(logo);
    icon.type = logo.media_type;
    return () => {
      icon.href = href;
      icon.type = type;
    };
  }, [logo]);
  return data;
}
