/** The page's words. Their key is the English text, written where it is shown: what a language has no words for is shown in English. */

import { together } from "@/design/gap";

/** By the key: the words, or those for each kind of number that the language tells apart (`Intl.PluralRules`). */
export type Catalogue = Readonly<Record<string, string | Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>>>;
export type Values = Readonly<Record<string, string | number>>;

const languages = import.meta.glob<Catalogue>("./*.json", { import: "default" });
const KEPT = "pulse.language";
const ENGLISH = "en";

let spoken = ENGLISH;
let catalogue: Catalogue = {};
let plurals = new Intl.PluralRules(ENGLISH);

/** From now on the page is in this language. What was said before stays. */
export function speak(language: string, words: Catalogue) {
  [spoken, catalogue, plurals] = [language, words, new Intl.PluralRules(language)];
  if (typeof document !== "undefined") document.documentElement.lang = language;
}

/** The language that the page is in. */
export const language = (): string => spoken;

/** The language there is for a locale: `de-CH` for itself, else `de`, else English. */
export function languageOf(locale: string, there: readonly string[]): string {
  return [locale, locale.split("-")[0] ?? ""].find((one) => there.includes(one)) ?? ENGLISH;
}

/** Notes the tenant's locale. Where it asks for another language than the page is in, the page is loaded anew in that one: words of
 *  constants are written once, when their modules are run. */
export function follow(locale: string) {
  const there = Object.keys(languages).map((path) => path.slice("./".length, -".json".length));
  const asked = languageOf(locale, there);
  // What is noted already and is not spoken did not come: another try would end no better, and again.
  if (asked === spoken || asked === kept()) return;
  try {
    localStorage.setItem(KEPT, asked);
    if (localStorage.getItem(KEPT) === asked) location.reload();
  } catch {
    // A browser that keeps nothing has the page in English.
  }
}

const kept = () => {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
};

/** Whoever imports this waits for the words, constants included. English waits for nothing. */
const asked = kept();
const words = asked === null ? undefined : languages[`./${asked}.json`];
if (asked !== null && words) {
  try {
    speak(asked, await words());
  } catch (error) {
    console.error(`The words of ${asked} did not come; the page is in English.`, error);
  }
}

const PLACE = /\{(\w+)\}/g;

const filled = (text: string, values: Values) => text.replace(PLACE, (place, name: string) => String(values[name] ?? place));

/** The words of a key as the language has them, with their places still open. */
export function open(key: string): string {
  const own = catalogue[key];
  return together(typeof own === "string" && own !== "" ? own : key);
}

/** A text, whole: `t("{n} of {all} runs", { n, all })`. */
export const t = (key: string, values: Values = {}): string => filled(open(key), values);

/** A text that differs with a number, which stands at `{count}`: as it is, or as `values.count` writes it. The key is `other`. */
export function many(count: number, forms: { one: string; other: string }, values: Values = {}): string {
  const own = catalogue[forms.other];
  const kind = plurals.select(count);
  const words = typeof own === "object" ? own[kind] || own.other : undefined;
  return filled(together(words || (count === 1 ? forms.one : forms.other)), { count, ...values });
}
