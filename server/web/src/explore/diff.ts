/** What became of a text, line by line. */

export interface Line {
  is: "same" | "gone" | "new";
  text: string;
}

/** Texts with more lines than these are told as gone and new as a whole: comparing takes the product of both. */
const MOST = 2_000;

/** The shortest way from one text to another: the longest common subsequence of their lines stays. */
export function diff(before: string, after: string): Line[] {
  const [a, b] = [before.split("\n"), after.split("\n")];
  if (a.length > MOST || b.length > MOST)
    return [...a.map((text): Line => ({ is: "gone", text })), ...b.map((text): Line => ({ is: "new", text }))];
  const wide = b.length + 1;
  // How many lines are common from here on.
  const common = new Uint32Array((a.length + 1) * wide);
  const at = (i: number, j: number) => common[i * wide + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      common[i * wide + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [one, other] = [a[i], b[j]];
    if (one !== undefined && one === other) {
      lines.push({ is: "same", text: one });
      i += 1;
      j += 1;
    } else if (one !== undefined && (other === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ is: "gone", text: one });
      i += 1;
    } else {
      lines.push({ is: "new", text: other ?? "" });
      j += 1;
    }
  }
  return lines;
}
