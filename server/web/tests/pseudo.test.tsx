/** Whole pages in a language that nobody speaks: what is not in brackets in it was forgotten. */

import { screen, waitFor } from "@testing-library/react";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { Ageing } from "@/parts/Ageing";
import { ChannelsField } from "@/parts/Channels";
import { DurationField } from "@/parts/Duration";
import { FilterField } from "@/parts/FilterField";
import { Freshness } from "@/parts/Freshness";
import { Forbidden } from "@/parts/Needs";
import { OfItems } from "@/parts/OfItems";
import { Status } from "@/parts/Status";
import { TokenTable } from "@/parts/Tokens";
import { WhenField } from "@/parts/When";
import { OPERATOR, OWNER } from "./people";
import { answers, shown, visited } from "./shown";

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

it("finds in it what parts say of themselves, in fields, marks, tables and dots", async () => {
  answers({});
  const day = 86_400;
  const token = { id: "token_1", name: "ci", permissions: [], created_at: 0, expires_at: 4e15, used_at: null, revoked_at: null };
  const item = { id: "i", key: "PAY-1", title: null, url: null, age_seconds: 9 * day, entered_at: 0, band: "over" as const };
  const stage = { stage: null, n: 40, p50: 2 * day, p70: 3 * day, p85: 4 * day, p95: 6 * day, in_progress: 1, items: [item] };
  const { container } = await shown(
    <>
      <WhenField value={{ every: 3_600 }} onChange={vi.fn()} />
      <WhenField value={{ cron: { pattern: "0 6 * * *", time_zone: "UTC" } }} onChange={vi.fn()} />
      <DurationField label="[]" value={7_200} onChange={vi.fn()} />
      <ChannelsField legend="[]" value={[{ destination: "0" }]} onChange={vi.fn()} />
      <FilterField legend="[]" value={{}} onChange={vi.fn()} />
      <OfItems search={{ project: ["0"] }} />
      <Forbidden permission="0" />
      <Freshness sources={[{ connection: "0", last_success_at: null, state: "never" }]} />
      {(["on_track", "at_risk", "off_track"] as const).map((status) => (
        <Status key={status} of={status} />
      ))}
      <TokenTable of={[token as never]} />
      <Ageing of={{ minimum_n: 10, stages: [stage] } as never} />
    </>,
  );
  // A name, a time and a key are what they are in every language.
  const left = bare(`${words(container)}${labels(container)}`).replaceAll(/ci|PAY-1|(?:Jan|Oct) \d+, \d+, [\d:]+ [AP]M/g, "");
  expect(left.match(/\p{L}{2,}/gu)).toBeNull();
});

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
