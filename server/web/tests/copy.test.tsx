/** What is copied where there is no clipboard: a server that is reached without TLS has pages without one. */

import { fireEvent, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Secret } from "@/parts/Secret";
import { DEMO, shown, visited } from "./shown";

const before = Object.getOwnPropertyDescriptor(navigator, "clipboard");
beforeEach(() => void Object.defineProperty(navigator, "clipboard", { value: undefined, configurable: true }));
afterEach(() => {
  if (before) Object.defineProperty(navigator, "clipboard", before);
  else Reflect.deleteProperty(navigator, "clipboard");
  vi.unstubAllGlobals();
});

it("marks a secret for the keys that copy", async () => {
  await shown(<Secret label="Token" value="pulse_once" />);
  fireEvent.click(screen.getByRole("button", { name: "Copy" }));
  const field = screen.getByLabelText<HTMLInputElement>("Token");
  await vi.waitFor(() => expect(document.activeElement).toBe(field));
  expect(field.value.slice(field.selectionStart ?? 0, field.selectionEnd ?? 0)).toBe("pulse_once");
});

it("says where the link to a question is", async () => {
  await visited("/explore?sql=SELECT+1", DEMO);
  fireEvent.click(await screen.findByRole("button", { name: "Copy link" }));
  await screen.findByText("The browser did not let it be copied: its address field has the link");
});
