/** What stands beside the words of a sentence: facts in a row, and what only those hear who do not see the page. */

import { render } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { hidden, listed, rich } from "@/texts/rich";
import { speak } from "@/texts/texts";

afterEach(() => speak("en", {}));

it("lists the facts that there are, with commas as the language has them", () => {
  const html = () => render(<p>{listed("to ops", false, <i>now</i>, "", null, "3 tries")}</p>).container.innerHTML;
  expect(html()).toBe("<p>to ops, <i>now</i>, 3 tries</p>");
  speak("ja", {});
  expect(html()).toBe("<p>to ops <i>now</i> 3 tries</p>");
  expect(render(<p>{listed("alone")}</p>).container.innerHTML).toBe("<p>alone</p>");
  expect(render(<p>{listed(null, false)}</p>).container.innerHTML).toBe("<p></p>");
});

it("keeps what a button is about in its name alone", () => {
  const says = rich("Remove<b> {name}</b>", { b: hidden, name: "Okta" });
  expect(render(<p>{says}</p>).container.innerHTML).toBe('<p>Remove<span class="sr-only"> Okta</span></p>');
});
