import { act, waitFor } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import type { Dashboard } from "@/api/types";
import { recorded, visited } from "./shown";

it("draws a chart when it comes near, and all of them when the page is laid out for paper", async () => {
  const watched = new Map<Element, () => void>();
  class Seen {
    constructor(private readonly told: (entries: { isIntersecting: boolean }[]) => void) {}
    observe(element: Element) {
      this.told([{ isIntersecting: false }]);
      watched.set(element, () => this.told([{ isIntersecting: true }]));
    }
    disconnect() {
      // What is drawn stays so.
    }
  }
  vi.stubGlobal("IntersectionObserver", Seen);
  const { container } = await visited("/dora");
  // What is drawn without a canvas, as dots are, waits for nothing.
  const charts = (JSON.parse(recorded("dora")) as Dashboard).series.length;
  expect(charts).toBeGreaterThan(5);
  await waitFor(() => expect(watched.size).toBe(charts));
  expect(container.querySelectorAll(".canvas")).toHaveLength(0);

  const [first] = watched.values();
  act(() => first?.());
  await waitFor(() => expect(container.querySelectorAll(".canvas svg")).toHaveLength(1));

  // Nothing is waited for between this and the sheet: what is not drawn by then is not on it.
  window.dispatchEvent(new Event("beforeprint"));
  const drawn = [...container.querySelectorAll(".canvas svg")];
  expect(drawn).toHaveLength(charts);
  for (const svg of drawn) {
    // As wide as a third of a sheet, however wide the window is: what is made smaller there is no more to be read.
    expect(Number(svg.getAttribute("viewBox")?.split(" ")[2])).toBeCloseTo(688 / 3, -1);
    expect(svg.querySelectorAll("path").length).toBeGreaterThan(0);
  }
  window.dispatchEvent(new Event("afterprint"));
});
