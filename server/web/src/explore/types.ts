const WORDS: Record<string, string> = {
  Utf8: "text",
  Utf8View: "text",
  Int64: "integer",
  Int32: "integer",
  Float64: "double",
  Boolean: "boolean",
  Date32: "date",
};

/** A type of the catalogue in a word: `Timestamp(µs, "UTC")` is `timestamp`. */
export function shortType(type: string): string {
  if (type.startsWith("Timestamp")) return "timestamp";
  const item = /^List\((?:nullable )?(\w+)/.exec(type)?.[1];
  return item ? `${shortType(item)}[]` : (WORDS[type] ?? type);
}
