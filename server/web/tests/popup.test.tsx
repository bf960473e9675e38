import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { visited } from "./shown";

it("opens a menu by keys whose script is not there yet, and gives the focus back to its button", async () => {
  const user = userEvent.setup();
  await visited("/dora");
  const button = await screen.findByRole("button", { name: /^Robin Vale/ });
  expect(button.getAttribute("aria-haspopup")).toBe("menu");
  expect(button.getAttribute("aria-expanded")).toBe("false");
  button.focus();
  await user.keyboard("{ArrowDown}");
  await screen.findByRole("menuitem", { name: "Sign out" });
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("menu")).toBeNull());
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("button", { name: /^Robin Vale/ })));
});

it("opens what is below a button by one press, and closes it by the next", async () => {
  const user = userEvent.setup();
  await visited("/dora");
  await user.click(await screen.findByRole("button", { name: "All teams" }));
  await screen.findByRole("dialog", { name: "teams" });
  await user.click(screen.getByRole("button", { name: "All teams" }));
  await waitFor(() => expect(screen.queryByRole("dialog", { name: "teams" })).toBeNull());
});
