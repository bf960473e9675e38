/** Names with what belongs to each, a line each: `name: one, another`. */

export const linesOf = (map: Record<string, readonly string[]>): string =>
  Object.entries(map)
    .map(([name, values]) => `${name}: ${values.join(", ")}`)
    .join("\n");

/** The other way; the lines that make no sense are told. */
export function readLines(text: string): { map: Record<string, string[]>; wrong: string[] } {
  const map: Record<string, string[]> = {};
  const wrong: string[] = [];
  for (const line of text.split("\n").filter((line) => line.trim() !== "")) {
    const at = line.lastIndexOf(":");
    const values = line
      .slice(at + 1)
      .split(",")
      .map((value) => value.trim())
      .filter(Boolean);
    const name = line.slice(0, Math.max(0, at)).trim();
    if (name === "" || values.length === 0) wrong.push(line.trim());
    else map[name] = values;
  }
  return { map, wrong };
}
