/** What was just done, told at the foot of the page. */

import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { tell, tellFailure, Told } from "@/parts/Told";
import { OPERATOR, OWNER, USER } from "./people";
import { recorded, shown, visited } from "./shown";

afterEach(() => {
  // What was told is there for whoever looks on next, too.
  for (const close of screen.queryAllByRole("button", { name: "Close", hidden: true })) fireEvent.click(close);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const REFUSED: [number, string] = [409, '{"code":"changed","title":"Not kept","detail":"somebody was quicker"}'];
const FAILED = /^It could not be taken back: .*somebody was quicker/i;

it("goes after a while, and not while somebody is at it", async () => {
  await shown(<Told />);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const pass = () => act(() => vi.advanceTimersByTimeAsync(13_000));
  act(() => tell("The role is removed", () => Promise.resolve()));
  const undo = screen.getByRole("button", { name: "Undo" });
  act(() => undo.focus());
  await pass();
  expect(undo.isConnected).toBe(true);
  act(() => undo.blur());
  fireEvent.pointerEnter(undo);
  await pass();
  expect(undo.isConnected).toBe(true);
  fireEvent.pointerLeave(undo);
  await pass();
  expect(screen.queryByText("The role is removed")).toBeNull();
});

it("tells what did not work by another sign than what did", async () => {
  await shown(<Told />);
  const sign = (words: string) => screen.getByText(words).parentElement?.querySelector("svg")?.getAttribute("class");
  act(() => {
    tell("The role is removed");
    tellFailure("That tenant cannot be entered");
  });
  expect(sign("The role is removed")).toContain("text-good");
  expect(sign("That tenant cannot be entered")).toContain("text-bad");
});

const ROBIN = (JSON.parse(recorded("users")) as { items: { id: string; name: string }[] }).items.find(({ id }) => id !== USER);
let times = 0;
/** Does as it is told once, and then no more. */
const once = (body: string) => () => (times++ === 0 ? body : REFUSED);

it.each<[string, string, Parameters<typeof visited>[1], string]>([
  [
    "a role",
    "/admin/roles",
    { "/api/v1/roles/delivery-lead": "", "/api/v1/users": '{"items":[],"next":null}' },
    "Remove delivery-lead",
  ],
  ["a schedule", "/admin/work", { "/api/v1/schedules/": once("") }, "Remove Make the report checkout-weekly"],
  [
    "a person's leave",
    `/admin/users?open=${ROBIN?.id}`,
    { [`/api/v1/users/${ROBIN?.id}`]: once(JSON.stringify(ROBIN)) },
    `Suspend ${ROBIN?.name}`,
  ],
])("tells that what was done to %s could not be taken back", async (_, path, by, deed) => {
  times = 0;
  const user = userEvent.setup();
  const schedule = {
    kind: "report",
    subject: "checkout-weekly",
    when: { every: 3_600 },
    input: null,
    paused: false,
    next_at: 0,
    version: 1,
  };
  await visited(path, {
    // What is asked for first is looked for first.
    ...by,
    ...OWNER,
    ...by,
    "/api/v1/schedules": JSON.stringify([schedule]),
    "/api/v1/roles": (_, method) => (method === "POST" ? REFUSED : recorded("roles")),
  });
  const press = (await screen.findAllByRole<HTMLButtonElement>("button", { name: deed, hidden: true }))[0];
  await waitFor(() => expect(press?.disabled).toBe(false));
  await user.click(press as HTMLElement);
  await user.click(await screen.findByRole("button", { name: "Undo", hidden: true }));
  await screen.findByText(FAILED);
});

it("tells an operator that a tenant could not be let in again", async () => {
  times = 0;
  const user = userEvent.setup();
  const { id } = (JSON.parse(recorded("tenants")) as { items: { id: string; state: string }[] }).items.find(
    ({ state }) => state === "active",
  ) as { id: string };
  await visited(`/platform?open=${id}`, { [`/api/v1/tenants/${id}/`]: once("{}"), ...OPERATOR });
  await user.click(await screen.findByText("Suspend it"));
  await user.click(await screen.findByRole("button", { name: "Undo", hidden: true }));
  await screen.findByText(FAILED);
});
