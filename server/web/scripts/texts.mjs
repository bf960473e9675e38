// The page's texts, read from its source: `npm run texts` counts them, `npm run texts -- de` makes src/texts/de.json anew, with what is
// translated kept, what is new empty and what is gone left out.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const SAYS = new Set(["t", "many", "rich"]);
const SHOWN = new Set([
  "aria-label",
  "aria-valuetext",
  "title",
  "placeholder",
  "alt",
  "label",
  "hint",
  "lead",
  "about",
  "submit",
]);
/** Whatever else begins as a sentence does is read by somebody, but for what is thrown to whoever works on the page. */
const SENTENCE = /^\p{Lu}\p{Ll}+ \p{Ll}/u;
const SQL = new Set(["NULL", "true", "false"]);
/** What is the same in every language: names, signs and numbers have no two letters of a word. */
const isWord = (text) => /\p{L}{2}/u.test(text) && !SQL.has(text.trim());

/** The files of the page that people read, but for what is made and what tests. */
export const sources = (folder = "src") =>
  readdirSync(folder, { recursive: true })
    .map((name) => `${folder}/${name}`)
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$|\.d\.ts$|generated\.ts$/.test(name))
    .toSorted();

const literal = (node) => (node && ts.isStringLiteralLike(node) ? node.text : null);
const NAMES = /\{(\w+)\}|<(\w+)>/g;

/** The names of the places and elements of a text, sorted. */
export const places = (text) => [...new Set([...text.matchAll(NAMES)].map(([, place, tag]) => place ?? `<${tag}>`))].toSorted();

/** Whether it is within what is translated, or within a mistake of the page's own. */
function isSaid(node) {
  for (let of = node.parent; of; of = of.parent) {
    const { expression } = of;
    if ((ts.isCallExpression(of) || ts.isNewExpression(of)) && ts.isIdentifier(expression))
      if (SAYS.has(expression.text) || expression.text === "Error") return true;
  }
  return false;
}

/** Whether it is written as people write it: `format.count(n)`. */
const isFormatted = (node) =>
  ts.isCallExpression(node) &&
  ts.isPropertyAccessExpression(node.expression) &&
  node.expression.expression.getText() === "format";

/** What a file says: `{ key, one, at }`, `one` for what differs with a number; and what is wrong in it, in words. */
export function textsOf(name, source = readFileSync(name, "utf8")) {
  const file = ts.createSourceFile(
    name,
    source,
    ts.ScriptTarget.Latest,
    true,
    name.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS,
  );
  const [said, wrong, bare] = [[], [], []];
  const at = (node) => `${name}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
  const shown = (node) => {
    if (!node) return;
    if (ts.isStringLiteralLike(node) && isWord(node.text)) bare.push(`${at(node)} ${node.text}`);
    else if (ts.isTemplateExpression(node)) {
      const own = [node.head, ...node.templateSpans.map((span) => span.literal)].map(({ text }) => text).join(" ");
      if (isWord(own)) bare.push(`${at(node)} ${node.getText()}`);
    } else if (ts.isJsxExpression(node) || ts.isParenthesizedExpression(node)) shown(node.expression);
    else if (ts.isConditionalExpression(node)) [node.whenTrue, node.whenFalse].forEach(shown);
    else if (ts.isBinaryExpression(node))
      [node.left, node.right].forEach((side) =>
        !ts.isBinaryExpression(node) || !/[=<>]|^in$/.test(node.operatorToken.getText()) ? shown(side) : undefined,
      );
  };
  const look = (node) => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && SAYS.has(node.expression.text)) {
      const [first, second] = node.arguments;
      if (node.expression.text === "many") {
        const form = (wanted) =>
          ts.isObjectLiteralExpression(second)
            ? literal(second.properties.find((p) => p.name?.text === wanted)?.initializer)
            : null;
        if (second && form("one") !== null && form("other") !== null)
          said.push({ key: form("other"), one: form("one"), at: at(node) });
        else wrong.push(`${at(node)}: both forms of many() are literals, so that they can be found`);
      } else if (literal(first) !== null) said.push({ key: literal(first), one: null, at: at(node) });
      else wrong.push(`${at(node)}: the key of ${node.expression.text}() is a literal, so that it can be found`);
    }
    if (ts.isStringLiteralLike(node) && SENTENCE.test(node.text) && !isSaid(node)) bare.push(`${at(node)} ${node.text}`);
    // What a number is written for is read, too, wherever it stands.
    if (ts.isTemplateExpression(node) && !isSaid(node) && node.templateSpans.some((span) => isFormatted(span.expression)))
      shown(node);
    if (ts.isJsxText(node) && isWord(node.text)) bare.push(`${at(node)} ${node.text.trim()}`);
    if (ts.isJsxAttribute(node) && SHOWN.has(node.name.getText())) shown(node.initializer);
    if (ts.isJsxExpression(node) && !ts.isJsxAttribute(node.parent)) shown(node.expression);
    ts.forEachChild(node, look);
  };
  look(file);
  // Others may have functions of these names.
  const found = [...new Set(bare)];
  return source.includes('"@/texts/') ? { said, wrong, bare: found } : { said: [], wrong: [], bare: found };
}

/** All keys, each once, with the form for one where it has one. */
export function keysOf(files = sources()) {
  const keys = new Map();
  for (const name of files.filter((name) => !name.startsWith("src/texts/")))
    for (const { key, one } of textsOf(name).said) keys.set(key, one ?? keys.get(key) ?? null);
  return keys;
}

/** What is wrong with a catalogue, in words: texts that nobody says, and places that the English text has not. */
export function faults(catalogue, keys) {
  return Object.entries(catalogue).flatMap(([key, words]) => {
    if (!keys.has(key)) return [`nobody says "${key}"`];
    const each = typeof words === "string" ? [words] : Object.values(words);
    if ((typeof words === "string") !== (keys.get(key) === null))
      return [`"${key}" has forms by number here or there, not in both`];
    // One thing may be told without its number.
    const needed = places(key);
    return each
      .filter(
        (text) =>
          text !== "" &&
          places(text)
            .filter((p) => p !== "count")
            .join() !== needed.filter((p) => p !== "count").join(),
      )
      .map((text) => `"${text}" has other places than "${key}"`);
  });
}

const ACCENTS = { a: "á", e: "é", i: "í", o: "ó", u: "ú", A: "Á", E: "É", I: "Í", O: "Ó", U: "Ú", n: "ñ", c: "ç", y: "ý" };
const accented = (text) =>
  `[${text.replace(/\{\w+\}|<\/?\w+>|[a-zA-Z]/g, (part) => (part.length > 1 ? part : (ACCENTS[part] ?? part)))}]`;

/** A language that nobody speaks: what is not in brackets in it is not to be translated, or was forgotten. */
export const pseudo = (keys) =>
  Object.fromEntries(
    [...keys].map(([key, one]) => [key, one === null ? accented(key) : { one: accented(one), other: accented(key) }]),
  );

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const keys = keysOf();
  const language = process.argv[2];
  if (language) {
    const path = `src/texts/${language}.json`;
    const before = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
    const forms = Object.fromEntries(new Intl.PluralRules(language).resolvedOptions().pluralCategories.map((form) => [form, ""]));
    const empty = (one) => (one === null ? "" : forms);
    const after = Object.fromEntries([...keys].toSorted().map(([key, one]) => [key, before[key] ?? empty(one)]));
    writeFileSync(path, `${JSON.stringify(after, null, 2)}\n`);
  }
  console.log(`${keys.size} texts${language ? `, in src/texts/${language}.json` : ""}`);
}
