/** The page's words can be translated: they are found, and whole, and what is translated fits. */

import { render } from "@testing-library/react";
import { readdirSync, readFileSync } from "node:fs";
import { afterEach, expect, it } from "vitest";
import { rich } from "@/texts/rich";
import { languageOf, many, speak, t } from "@/texts/texts";
import { faults, keysOf, places, pseudo, sources, textsOf } from "../scripts/texts.mjs";

/** Parts in their states, for those who work on them: no part of the page that is shipped. */
const UNSHIPPED = ["src/pages/Gallery.tsx", "src/pages/GalleryControls.tsx", "src/pages/samples.ts"];

afterEach(() => speak("en", {}));

it("has every key as a literal", () => {
  expect(sources().flatMap((name) => textsOf(name).wrong)).toEqual([]);
});

it("has no words outside of t(), many() and rich()", () => {
  expect(
    sources()
      .filter((name) => !UNSHIPPED.includes(name))
      .flatMap((name) => textsOf(name).bare),
  ).toEqual([]);
});

it("finds keys, forms, keys that are none, and words that stand by themselves", () => {
  const source = `import { t } from "@/texts/texts";
    t("Nothing ran yet"); many(n, { one: "{count} run", other: "{count} runs" }); t(name);
    tell("Kept for good"); throw new Error("Not of the page");
    const told = [\`\${format.count(n)} kept\`, \`\${n} px\`];
    const a = <p title="Bare" label={x ? "Other" : t("Said")}>Words {y && \`\${n} left\`}</p>;`;
  const { said, wrong, bare } = textsOf("some.tsx", source);
  expect(said.map(({ key, one }) => [key, one])).toEqual([
    ["Nothing ran yet", null],
    ["{count} runs", "{count} run"],
    ["Said", null],
  ]);
  expect(wrong).toEqual(["some.tsx:2: the key of t() is a literal, so that it can be found"]);
  expect(bare).toEqual([
    "some.tsx:3 Kept for good",
    "some.tsx:4 `${format.count(n)} kept`",
    "some.tsx:5 Bare",
    "some.tsx:5 Other",
    "some.tsx:5 Words",
    "some.tsx:5 `${n} left`",
  ]);
});

it("has translations whose keys are said and whose places are those of their keys", () => {
  const keys = keysOf();
  for (const name of readdirSync("src/texts").filter((name) => name.endsWith(".json")))
    expect(faults(JSON.parse(readFileSync(`src/texts/${name}`, "utf8")) as object, keys), name).toEqual([]);
  expect(faults(pseudo(keys), keys)).toEqual([]);
  const some = new Map([
    ["{n} of {all}", null],
    ["Ask <a>him</a>", null],
    ["{count} runs", "{count} run"],
  ]);
  expect(faults({ "{n} of {all}": "{n} von {alle}" }, some)).toEqual(['"{n} von {alle}" has other places than "{n} of {all}"']);
  expect(faults({ "Ask <a>him</a>": "Frag ihn" }, some)).toHaveLength(1);
  expect(faults({ gone: "weg" }, some)).toEqual(['nobody says "gone"']);
  expect(faults({ "{count} runs": { one: "ein Lauf", other: "{count} Läufe" } }, some)).toEqual([]);
  expect(places("<a>{b}</a> {c}")).toEqual(["<a>", "b", "c"]);
});

it("says a text in the page's language, and in English what has no words there", () => {
  expect(t("{n} of {all} runs", { n: 2, all: 3 })).toBe("2 of 3 runs");
  speak("de", { "{n} of {all} runs": "von {all} Läufen {n}", Empty: "" });
  expect(t("{n} of {all} runs", { n: 2, all: 3 })).toBe("von 3 Läufen 2");
  expect([t("Empty"), t("Else")]).toEqual(["Empty", "Else"]);
  expect(document.documentElement.lang).toBe("de");
});

it("takes the form that the language has for a number", () => {
  const runs = (n: number) => many(n, { one: "{count} run", other: "{count} runs" });
  expect([0, 1, 2].map(runs)).toEqual(["0 runs", "1 run", "2 runs"]);
  speak("pl", { "{count} runs": { one: "{count} bieg", few: "{count} biegi", many: "{count} biegów", other: "{count} biegu" } });
  expect([1, 2, 5, 22].map(runs)).toEqual(["1 bieg", "2 biegi", "5 biegów", "22 biegi"]);
  expect(many(1_000, { one: "{count} run", other: "{count} runs" }, { count: "1,000" })).toBe("1,000 biegów");
});

it("puts elements where the language has them", () => {
  const says = () => rich("<b>{what}</b> since {at}.", { b: (inner) => <strong>{inner}</strong>, what: "Away", at: <i>noon</i> });
  expect(render(<p>{says()}</p>).container.innerHTML).toBe("<p><strong>Away</strong> since <i>noon</i>.</p>");
  speak("de", { "<b>{what}</b> since {at}.": "Seit {at}: <b>{what}</b>" });
  expect(render(<p>{says()}</p>).container.innerHTML).toBe("<p>Seit <i>noon</i>: <strong>Away</strong></p>");
});

it("takes the language of a locale, else of its first part, else English", () => {
  expect(languageOf("de-CH", ["de", "fr"])).toBe("de");
  expect(languageOf("de-CH", ["de", "de-CH"])).toBe("de-CH");
  expect(languageOf("it", ["de"])).toBe("en");
});

it("has another word for one of something than for several", () => {
  const counted = sources().flatMap((name) => textsOf(name).said.filter(({ one }) => one));
  expect(counted.length).toBeGreaterThan(80);
  expect(counted.filter(({ key, one }) => key === one)).toEqual([]);
});
