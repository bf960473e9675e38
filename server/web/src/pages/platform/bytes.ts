import { GAP } from "@/design/gap";

const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"] as const;

/** So many bytes, in the largest unit of which there is one, and in one line. */
export function bytesWords(bytes: number): string {
  const at = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 2 ** (10 * at)).toPrecision(3))}${GAP}${UNITS[at] ?? ""}`;
}
