/** Which list of patterns holds a word, and moving a word from one list to another. The first list that holds one counts. */

export interface Patterns {
  name: string;
  patterns: readonly string[];
}

/** The list that holds a word and where it stands, by which of its patterns, and whether that pattern is of this word alone. */
export interface Held {
  at: number;
  name: string;
  pattern: string;
  own: boolean;
}

/** A pattern of one word alone. Patterns are typed apart by commas, so a comma is any one character. */
export const literal = (word: string): string => word.replace(/[*?[]/g, "[$&]").replaceAll("\\", "\\\\").replaceAll(",", "?");

const alike = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();

/** Whether all of a word is what a pattern says, upper and lower case alike: `*` is any text, `?` any one character, `[0-9]` one of a class. */
export function matches(pattern: string, word: string): boolean {
  const exactly = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  let source = "";
  for (let at = 0; at < pattern.length; at += 1) {
    const sign = pattern.charAt(at);
    const end = sign === "[" ? pattern.indexOf("]", at + 2) : -1;
    if (sign === "*") source += source.endsWith(".*") ? "" : ".*";
    else if (sign === "?") source += ".";
    else if (end > 0) {
      const [, not, of = ""] = /^([!^]?)(.*)$/su.exec(pattern.slice(at + 1, end)) ?? [];
      source += `[${not ? "^" : ""}${of.replace(/[\\^[\]]/g, "\\$&")}]`;
      at = end;
    } else if (sign === "\\" && at + 1 < pattern.length) {
      at += 1;
      source += exactly(pattern.charAt(at));
    } else source += exactly(sign);
  }
  try {
    return new RegExp(`^${source}$`, "isu").test(word);
  } catch {
    // A class such as `[z-a]` is of nothing.
    return false;
  }
}

const isOwn = (pattern: string, word: string) => alike(pattern, word) || alike(pattern, literal(word));

export function holder(lists: readonly Patterns[], word: string): Held | null {
  for (const [at, { name, patterns }] of lists.entries()) {
    const pattern = patterns.find((one) => matches(one, word));
    // Where a wider one holds it, too, taking its own away would not set it free.
    const wider = patterns.find((one) => matches(one, word) && !isOwn(one, word));
    if (pattern !== undefined) return { at, name, pattern: wider ?? pattern, own: wider === undefined };
  }
  return null;
}

/** The lists with a word in the one that stands there, or in none: names may be alike while they are typed. Patterns of more than this word stay as they are. */
export function moved<T extends Patterns>(lists: readonly T[], word: string, to: number | null): T[] {
  const without = lists.map((list) => ({ ...list, patterns: list.patterns.filter((pattern) => !isOwn(pattern, word)) }));
  if (to === null || holder(without, word)?.at === to) return without;
  return without.map((list, at) => (at === to ? { ...list, patterns: [...list.patterns, literal(word)] } : list));
}
