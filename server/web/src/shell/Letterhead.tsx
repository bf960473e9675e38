/** What stands at the head of paper alone: whose pages these are, and when they were printed. */

import { Time, useNow } from "@/parts/Locale";
import { rich } from "@/texts/rich";
import { House, type Brand } from "./Houses";

export function Letterhead({ name, brand, logo }: { name: string | undefined } & Brand) {
  const now = useNow(30);
  return (
    <div className="hidden items-center justify-between gap-4 border-b border-line pb-2 print:mb-4 print:flex">
      <House name={name ?? "Pulse"} brand={brand} logo={logo} inside />
      <span className="text-xs text-soft">{rich("Printed {at}", { at: <Time at={now} /> })}</span>
    </div>
  );
}
