/** What the server says in words. What stands between backticks in it is a name, as programs write it. */
export function Worded({ children }: { children: string }) {
  return children.split("`").map((part, at) =>
    at % 2 === 0 ? (
      part
    ) : (
      <code key={at} className="font-mono">
        {part}
      </code>
    ),
  );
}
