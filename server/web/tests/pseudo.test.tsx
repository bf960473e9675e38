/** Whole pages in a language that nobody speaks: what is not in brackets in it was forgotten. */

import { screen, waitFor } from "@testing-library/react";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { OPERATOR, OWNER } from "./people";
import { visited } from "./shown";

// Words of constants are written when their modules are run: the language is there before.
await vi.hoisted(async () => {
  const [{ speak }, { keysOf, pseudo }] = await Promise.all([import("@/texts/texts"), import("../scripts/texts.mjs")]);
  speak("en-XA", pseudo(keysOf()));
});

beforeAll(() => expect(document.documentElement.lang).toBe("en-XA"));
afterEach(() => vi.unstubAllGlobals());

/** What stands there outside of brackets. */
function bare(text: string): string {
  let depth = 0;
  return Array.from(text)
    .filter((sign) => {
      if (sign === "[") depth += 1;
      if (sign === "]") depth -= 1;
      return depth === 0 && sign !== "]";
    })
    .join("");
}

const words = (root: HTMLElement) => root.textContent;
const labels = (root: HTMLElement) =>
  [...root.querySelectorAll("[aria-label]")].map((element) => element.getAttribute("aria-label") ?? "").join("");

it("finds the ways to all pages of operators in it", async () => {
  await visited("/platform/workers", OPERATOR);
  await screen.findAllByRole("link", { name: "[Wórkérs áñd hólds]" });
  const [pages] = screen.getAllByRole("navigation", { name: "[Págés]" });
  expect([bare(words(pages as HTMLElement)), bare(labels(pages as HTMLElement))]).toEqual(["", ""]);
});

it("finds the ways to all pages of a tenant in it", async () => {
  await visited("/profile", OWNER);
  await screen.findAllByRole("link", { name: "[Ádmíñ]" });
  const [pages] = screen.getAllByRole("navigation", { name: "[Págés]" });
  // How many alerts fire is a number.
  expect(bare(words(pages as HTMLElement)).replace(/[\d\s]/g, "")).toBe("");
  expect(bare(labels(pages as HTMLElement))).toBe("");
});

it.each([
  ["/admin", "[Ádmíñ]"],
  ["/admin/tenant", "[Cáléñdár áñd ñámés]"],
  ["/admin/export", "[Éxpórt]"],
])("finds all of %s in it", async (path, title) => {
  await visited(path, OWNER);
  await screen.findByRole("heading", { level: 1, name: title });
  await waitFor(() => expect(screen.queryByText(/óñ íts wáý/)).toBeNull());
  const main = screen.getByRole("main");
  expect([bare(words(main)), bare(labels(main))]).toEqual(["", ""]);
});
