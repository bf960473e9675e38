import { act, render, waitFor } from "@testing-library/react";
import { useEffect, useState } from "react";
import { expect, it, vi } from "vitest";
import { onPaperAtOnce, part, useOneByOne, usePart, useSettled } from "@/parts/later";
import { visited } from "./shown";

/** Nothing comes near: what is drawn is drawn for paper. */
class Far {
  observe() {
    // Nothing is seen.
  }
  disconnect() {
    // Nothing is watched.
  }
}

function pressed(key: string, held: KeyboardEventInit) {
  const event = new KeyboardEvent("keydown", { key, cancelable: true, bubbles: true, ...held });
  act(() => void document.body.dispatchEvent(event));
  return event.defaultPrevented;
}

const early = () => document.documentElement.hasAttribute("data-early");

// The first of this file: what is loaded stays so.
it("waits for all that is on its way when paper is asked for by keys, and says so on paper that could not wait", async () => {
  vi.stubGlobal("IntersectionObserver", Far);
  const print = vi.fn();
  vi.stubGlobal("print", print);
  const { container } = await visited("/flow");

  // From a menu it cannot be waited for.
  act(() => void window.dispatchEvent(new Event("beforeprint")));
  expect(early()).toBe(true);
  act(() => void window.dispatchEvent(new Event("afterprint")));
  expect(early()).toBe(false);

  expect(pressed("p", { ctrlKey: true, shiftKey: true })).toBe(false);
  expect(pressed("P", { metaKey: true })).toBe(true);
  expect(print).not.toHaveBeenCalled();
  // However slow the machine is, patience does not end.
  vi.spyOn(performance, "now").mockReturnValue(performance.now());
  await waitFor(() => expect(print).toHaveBeenCalledTimes(1));
  expect(container.querySelectorAll(".canvas svg")).toHaveLength(container.querySelectorAll("figure").length - 2);
  expect(container.querySelectorAll("figure").length).toBeGreaterThan(8);
  expect(container.querySelectorAll("figure svg circle").length).toBeGreaterThan(100);
  act(() => void window.dispatchEvent(new Event("beforeprint")));
  expect(early()).toBe(false);
  act(() => void window.dispatchEvent(new Event("afterprint")));

  // Now that all of it is there, the browser prints by itself.
  expect(pressed("p", { ctrlKey: true })).toBe(false);
});

const never = part<object>(() => new Promise(() => undefined));

/** What is loaded when paper asks for it. */
function Wanted() {
  const [near, comeNear] = useState(false);
  useEffect(() => (near ? undefined : onPaperAtOnce(() => comeNear(true))), [near]);
  return usePart(never, near, {});
}

function Rest() {
  return useOneByOne(2, false) > 1 ? <Wanted /> : null;
}

it("waits for what is called for only by what paper itself called for", async () => {
  const print = vi.fn();
  vi.stubGlobal("print", print);
  // Nothing is drawn in between: the rest comes with the key, and what it needs is asked for a moment later.
  vi.stubGlobal("requestAnimationFrame", () => 0);
  const { unmount } = render(<Rest />);
  const event = new KeyboardEvent("keydown", { key: "p", ctrlKey: true, cancelable: true, bubbles: true });
  document.body.dispatchEvent(event);
  expect(event.defaultPrevented).toBe(true);
  // Patience ends, so that nothing is printed once this is over.
  const now = vi.spyOn(performance, "now").mockReturnValue(Number.MAX_VALUE);
  await waitFor(() => expect(print).toHaveBeenCalledTimes(1));
  now.mockRestore();
  unmount();
  act(() => void window.dispatchEvent(new Event("afterprint")));
});

it("adds nothing below what its script is on its way for, since that would be moved when it comes", async () => {
  let come: (script: { default: () => string }) => void = () => undefined;
  const script = new Promise<{ default: () => string }>((resolve) => (come = resolve));
  const late = part<object>(() => script);
  const broken = part<object>(() => Promise.reject(new Error("gone")));
  const List = ({ already = false }) => {
    const there = useOneByOne(4, already, useSettled([undefined, late, broken, undefined]));
    return <p>{there}</p>;
  };
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "requestAnimationFrame", "cancelAnimationFrame"] });
  const passes = () => act(() => vi.advanceTimersByTimeAsync(1_000));
  try {
    const { container } = render(<List />);
    await passes();
    expect(container.textContent).toBe("2");

    // Who comes from another page has what came with that, and no more.
    const next = render(<List already />);
    expect(next.container.textContent).toBe("2");
    // Paper has all of it.
    act(() => void window.dispatchEvent(new Event("beforeprint")));
    expect(next.container.textContent).toBe("4");
    act(() => void window.dispatchEvent(new Event("afterprint")));
    next.unmount();

    come({ default: () => "there" });
    await passes();
    // What did not come is told where it would be, and keeps nothing else away.
    expect(container.textContent).toBe("4");
    expect(render(<List already />).container.textContent).toBe("4");
  } finally {
    vi.useRealTimers();
  }
});
