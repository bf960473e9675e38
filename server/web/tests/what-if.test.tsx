import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Forecast } from "@/api/types";
import { AS_IT_IS, paceOf, saidOf, supposedOf, type Supposed } from "@/api/what-if";
import { moved } from "@/parts/WhatIf";
import { DEMO, recorded, visited } from "./shown";
import { plain } from "./plain";

afterEach(() => vi.unstubAllGlobals());

/** What was supposed in each question so far. */
const askedIn = (fetched: Awaited<ReturnType<typeof visited>>["fetched"]) =>
  fetched.mock.calls
    .filter(([path]) => path === "/api/v1/forecasts/what-if")
    .map((call) => JSON.parse((call as unknown as [string, { body: string }])[1].body) as Record<string, unknown>);

it("asks for what is supposed, and holds it against what is frozen", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/forecast", { ...DEMO, "/api/v1/forecasts/what-if": recorded("what-if") });
  const [button] = await screen.findAllByRole("button", { name: "What if?" });
  const frozen = (JSON.parse(recorded("forecast")) as { forecasts: { forecasts: Forecast[] } }).forecasts.forecasts.find(
    ({ p50_on }) => p50_on !== null,
  );
  if (!button || !frozen) throw new Error("a forecast was recorded");
  await user.click(button);
  const asked = () => askedIn(fetched);
  await screen.findByText(/^Today, with nothing supposed: 50 % by/);
  expect(asked()[0]).toMatchObject({ kind: frozen.subject_kind, id: frozen.subject_id, scope: 0, pace: 1, growth: true });
  fireEvent.change(screen.getByRole("slider", { name: "Scope" }), { target: { value: "5" } });
  fireEvent.change(screen.getByRole("slider", { name: "Pace" }), { target: { value: "1.5" } });
  await user.click(screen.getByRole("checkbox", { name: "What is open now is all" }));
  await waitFor(() => expect(asked().at(-1)).toMatchObject({ scope: 5, pace: 1.5, growth: false }));
  await screen.findByText(/^Supposed: 50 % by/);
  screen.getByText(/take more pace as a bound/);
  await user.click(screen.getByRole("button", { name: "As it is" }));
  await screen.findByText(/^Today, with nothing supposed/);
});

it("supposes other people in the place of a pace, and a pace in the place of people", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/forecast", { ...DEMO, "/api/v1/forecasts/what-if": recorded("what-if") });
  await user.click((await screen.findAllByRole("button", { name: "What if?" }))[0] as HTMLElement);
  const asked = () => askedIn(fetched);
  const field = (name: string) => screen.getByRole<HTMLInputElement>("spinbutton", { name });
  const pace = () => screen.getByRole<HTMLInputElement>("slider", { name: "Pace" });
  await screen.findByRole("group", { name: "People" });
  fireEvent.change(field("People now"), { target: { value: "4" } });
  expect(field("People then").value).toBe("4");
  expect(pace().getAttribute("aria-valuetext")).toBe("as it is");
  fireEvent.change(field("People then"), { target: { value: "6" } });
  await waitFor(() => expect(asked().at(-1)).toMatchObject({ people: { from: 4, to: 6 } }));
  expect(asked().at(-1)).not.toHaveProperty("pace");
  expect(pace().value).toBe("1.5");
  screen.getByText(/take more pace as a bound/);
  fireEvent.change(pace(), { target: { value: "0.5" } });
  await waitFor(() => expect(asked().at(-1)).toMatchObject({ pace: 0.5 }));
  expect(asked().at(-1)).not.toHaveProperty("people");
  expect([field("People now").value, field("People then").value]).toEqual(["", ""]);
  fireEvent.change(field("People then"), { target: { value: "3" } });
  fireEvent.change(field("People then"), { target: { value: "" } });
  expect([field("People now").value, field("People then").value]).toEqual(["", ""]);
  await screen.findByText(/^Today, with nothing supposed/);
});

it("forecasts all items of what the page is limited to, of one class, and how many of them by a day", async () => {
  const user = userEvent.setup();
  const answer = { ...(JSON.parse(recorded("what-if")) as object), done_by: { p50: 27, p70: 25, p85: 23, p95: 20 } };
  const { fetched, router } = await visited("/forecast?project=p%3A1&team=p%3A2", {
    "/api/v1/metrics/throughput": JSON.stringify({
      groups: [
        { key: "Bug", name: "Bug" },
        { key: null, name: "no kind" },
      ],
    }),
    ...DEMO,
    "/api/v1/forecasts/what-if": JSON.stringify(answer),
  });
  const items = await screen.findByRole("region", { name: "All items" });
  within(items).getByRole("heading", { name: "All items of what this page is limited to" });
  const asked = () => askedIn(fetched);
  expect(asked()).toEqual([]);
  await user.click(within(items).getByRole("button", { name: "When will it be done?" }));
  await within(items).findByText(/^As it is: 50 % by/);
  expect(asked()).toEqual([{ kind: "items", filter: { projects: ["p:1"], teams: ["p:2"] }, scope: 0, pace: 1, growth: true }]);
  await user.selectOptions(within(items).getByRole("combobox", { name: "Work" }), "defects");
  fireEvent.change(within(items).getByLabelText("How many by"), { target: { value: "2027-01-15" } });
  fireEvent.change(within(items).getByLabelText("Is to be done by"), { target: { value: "2027-02-01" } });
  await within(items).findByText(/^By Jan 15, 2027: at least 27 more done at 50 %, 23 at 85 %\.$/);
  expect(asked().at(-1)).toMatchObject({
    filter: { projects: ["p:1"], teams: ["p:2"], classes: ["defect"] },
    by: "2027-01-15",
    due: "2027-02-01",
  });
  await user.selectOptions(within(items).getByRole("combobox", { name: "Type" }), "Bug");
  fireEvent.change(within(items).getByLabelText("Label"), { target: { value: " good first issue " } });
  await waitFor(() =>
    expect(asked().at(-1)).toMatchObject({ filter: { classes: ["defect"], kinds: ["Bug"], labels: ["good first issue"] } }),
  );
  await waitFor(() =>
    expect(router.state.location.search).toMatchObject({ work: "defect", type: "Bug", label: " good first issue " }),
  );
});

it("has of which items it is asked in the address, and asks for what stands there once somebody presses", async () => {
  const { fetched } = await visited("/forecast?work=debt&type=Bug&label=infra&team=p%3A1", {
    "/api/v1/metrics/throughput": '{"groups":[{"key":"Bug","name":"Bug"}]}',
    ...DEMO,
    "/api/v1/forecasts/what-if": recorded("what-if"),
  });
  const items = await screen.findByRole("region", { name: "All items" });
  expect(within(items).getByRole<HTMLSelectElement>("combobox", { name: "Work" }).value).toBe("debt");
  expect((await within(items).findByRole<HTMLSelectElement>("combobox", { name: "Type" })).value).toBe("Bug");
  expect(within(items).getByLabelText<HTMLInputElement>("Label").value).toBe("infra");
  const sent = () => askedIn(fetched);
  expect(sent()).toEqual([]);
  await userEvent.setup().click(within(items).getByRole("button", { name: "When will it be done?" }));
  await waitFor(() => expect(sent()).toHaveLength(1));
  expect(sent()[0]).toMatchObject({
    filter: { teams: ["p:1"], classes: ["debt"], kinds: ["Bug"], labels: ["infra"] },
  });
});

/** The forecast that the page shows first. */
function firstFrozen(): Forecast {
  const { forecasts } = (JSON.parse(recorded("forecast")) as { forecasts: { forecasts: Forecast[] } }).forecasts;
  const frozen = forecasts.find(({ p50_on }) => p50_on !== null);
  if (!frozen) throw new Error("a forecast was recorded");
  return frozen;
}

it("has what is supposed of which forecast in the address, and nothing of one that is folded up", async () => {
  const user = userEvent.setup();
  const { router } = await visited("/forecast?team=p%3A1", { ...DEMO, "/api/v1/forecasts/what-if": recorded("what-if") });
  const key = `${firstFrozen().subject_kind}:${firstFrozen().subject_id}`;
  const said = () => new URLSearchParams(router.state.location.searchStr).getAll("suppose");
  const button = (await screen.findAllByRole("button", { name: "What if?" }))[0] as HTMLElement;
  await user.click(button);
  await waitFor(() => expect(said()).toEqual([`${key}~`]));
  fireEvent.change(await screen.findByRole("slider", { name: "Scope" }), { target: { value: "5" } });
  fireEvent.change(screen.getByRole("slider", { name: "Pace" }), { target: { value: "1.5" } });
  await waitFor(() => expect(said()).toEqual([`${key}~scope~5~pace~1.5`]));
  await user.click(screen.getByRole("button", { name: "As it is" }));
  await waitFor(() => expect(said()).toEqual([`${key}~`]));
  await user.click(button);
  await waitFor(() => expect(router.state.location.searchStr).toBe("?team=p%3A1"));
});

it("shows and asks for what a link supposes, and again after the way back", async () => {
  const key = `${firstFrozen().subject_kind}:${firstFrozen().subject_id}`;
  const query = new URLSearchParams({ suppose: `${key}~scope~3~growth~no` });
  const { router, fetched } = await visited(`/forecast?${query.toString()}`, {
    ...DEMO,
    "/api/v1/forecasts/what-if": recorded("what-if"),
  });
  const scope = () => screen.findByRole<HTMLInputElement>("slider", { name: "Scope" });
  expect((await scope()).value).toBe("3");
  expect(screen.getByRole<HTMLInputElement>("checkbox", { name: "What is open now is all" }).checked).toBe(true);
  await screen.findByText(/^Supposed: 50 % by/);
  expect(askedIn(fetched)).toEqual([expect.objectContaining({ id: firstFrozen().subject_id, scope: 3, growth: false })]);
  fireEvent.change(await scope(), { target: { value: "4" } });
  await waitFor(() => expect(router.state.location.searchStr).toContain("scope~4"));
  await act(() => router.navigate({ to: "/teams" }));
  await screen.findByRole("heading", { level: 1, name: "Teams" });
  act(() => router.history.back());
  await waitFor(async () => expect((await scope()).value).toBe("4"));
});

it("reads what is supposed as it was written, and what makes no sense as it is", () => {
  const all: Supposed = {
    scope: -5,
    pace: 0.25,
    people: null,
    wip_limit: 3,
    start: "2027-01-01",
    growth: false,
    due: "2027-02-01",
    by: "2027-03-01",
  };
  expect(supposedOf(saidOf(all))).toEqual(all);
  expect(saidOf(AS_IT_IS)).toBe("");
  expect(supposedOf("")).toEqual(AS_IT_IS);
  const staffed: Supposed = { ...AS_IT_IS, people: { from: 4, to: 6 } };
  expect(saidOf(staffed)).toBe("people~4-6");
  expect(supposedOf("people~4-6~pace~2")).toEqual(staffed);
  expect([paceOf(staffed), paceOf(all)]).toEqual([1.5, 0.25]);
  for (const people of ["0-6", "4", "4-", "4-x", "4-6.5", "1000-4"]) {
    expect(supposedOf(`people~${people}`), people).toEqual(AS_IT_IS);
  }
  expect(supposedOf("pace~9~limit~0~due~2027-02-30~scope~x~growth~perhaps")).toEqual(AS_IT_IS);
});

it("says how far the day goes", () => {
  expect(plain(moved("2026-12-01", "2026-12-13", String))).toBe("The 85 % day is 12 days later.");
  expect(plain(moved("2026-12-01", "2026-11-30", String))).toBe("The 85 % day is 1 day earlier.");
  expect(plain(moved("2026-12-01", "2026-12-01", String))).toBe("The 85 % day stays.");
  expect(plain(moved(null, "2026-12-01", String))).toBe("There is an 85 % day then.");
  expect(plain(moved("2026-12-01", null, String))).toBe("There is no 85 % day then.");
  expect(moved(null, null, String)).toBe("");
});
