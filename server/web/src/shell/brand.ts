/** How the tenant looks, put on the document: the server put its colours on before the first paint, and what changes later is put on here. */

import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { branding, dataUrl, type Looks } from "@/api/branding";

/** Loads the stylesheet anew. The one before goes when the new one is there, so that no other colour is seen in between. */
export function restyle(version: number) {
  const [before, ...rest] = document.querySelectorAll<HTMLLinkElement>('link[rel="stylesheet"][href^="/branding.css"]');
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
  const version = data?.version;
  useEffect(() => {
    if (version === undefined) return;
    if (worn.current !== null && worn.current !== version) restyle(version);
    worn.current = version;
  }, [version]);
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
