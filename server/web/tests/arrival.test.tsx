import { act, screen, waitFor } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { visited } from "./shown";

/** What is taken into sight. */
function seen() {
  const into = vi.fn();
  vi.spyOn(Element.prototype, "scrollIntoView").mockImplementation(function (this: Element) {
    into(this.id);
  });
  return into;
}

it("leads to the part of a page that a link names, though that is made after the page, and once", async () => {
  const into = seen();
  const { router } = await visited("/projects#risks");
  const part = await screen.findByRole("region", { name: "Projects at risk first" });
  await waitFor(() => expect(document.activeElement).toBe(part));
  expect(into.mock.calls).toContainEqual(["risks"]);

  // Who goes back is where they were, and is not taken there again.
  await act(() => router.navigate({ to: "/teams" }));
  await screen.findByRole("heading", { level: 1, name: "Teams" });
  into.mockClear();
  act(() => router.history.back());
  await screen.findByRole("region", { name: "Projects at risk first" });
  await new Promise((passed) => setTimeout(passed, 200));
  expect(document.activeElement?.id).not.toBe("risks");
});

it("leaves who has read on where they are", async () => {
  const into = seen();
  vi.spyOn(window, "scrollY", "get").mockReturnValue(900);
  await visited("/projects#risks");
  const part = await screen.findByRole("region", { name: "Projects at risk first" });
  await waitFor(() => expect(document.activeElement).toBe(part));
  expect(into).not.toHaveBeenCalled();
});
