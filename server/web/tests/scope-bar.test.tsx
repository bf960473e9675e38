import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { DEMO, recorded, visited } from "./shown";

const LIMITED = "/dora?team=p%3A1&team=p%3A2&owning_team=p%3A2&repository=a&repository=b&repository=c";

/** What is of a phone alone is there in any width, and shown in that of one. */
const chips = async () => await screen.findByRole("list", { name: "Limited to" });

it("keeps in sight on a phone what the page is limited to, in few words, and by what it is made", async () => {
  await visited(LIMITED);
  const list = await chips();
  await within(list).findByText("2 teams: Shop, Payments");
  within(list).getByText("owning team: Payments");
  within(list).getByText("3 repositories: a, b, c");
  expect(list.closest(".sm\\:hidden")).not.toBeNull();
  screen.getByRole("button", { name: "Filters: 3" });
  screen.getByText("By week, against span before");
});

it("keeps the way to the period and the filters in sight on a phone, for as long as there is something to filter, and nothing else", async () => {
  await visited(LIMITED);
  const list = await chips();
  const bar = screen.getByRole("region", { name: "What is shown" });
  expect(bar.classList).toContain("bar");
  expect(bar.classList).toContain("print:hidden");
  within(bar).getByRole("button", { name: "Filters: 3" });
  expect(bar.contains(list)).toBe(false);
  // What sticks does so within what it stands in.
  expect(bar.parentElement?.contains(await screen.findByRole("region", { name: "Figures" }))).toBe(true);
});

it("leaves out on a phone what is no longer wanted by one press, and keeps the focus in the bar", async () => {
  const user = userEvent.setup();
  const { router } = await visited(LIMITED);
  await user.click(within(await chips()).getByRole("button", { name: "Show all repositories" }));
  await waitFor(() => expect(router.state.location.searchStr).toBe("?team=p%3A1&team=p%3A2&owning_team=p%3A2"));
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("button", { name: "Filters: 2" })));
});

it("has all that can be chosen behind one button, and clears all of it by another", async () => {
  const user = userEvent.setup();
  const { router } = await visited("/dora?owning_team=p%3A2");
  await user.click(await screen.findByRole("button", { name: "Filters: 1" }));
  const sheet = await screen.findByRole("dialog", { name: "What is shown" });
  await user.selectOptions(within(sheet).getByRole("combobox", { name: "By" }), "month");
  const teams = within(sheet).getByRole("button", { name: "teams all" });
  expect(teams.getAttribute("aria-expanded")).toBe("false");
  await user.click(teams);
  expect(teams.getAttribute("aria-expanded")).toBe("true");
  await user.click(await within(sheet).findByRole("checkbox", { name: "Shop" }));
  await waitFor(() => expect(router.state.location.searchStr).toBe("?owning_team=p%3A2&grain=month&team=p%3A1"));
  await within(sheet).findByRole("button", { name: "teams Shop" });
  await user.click(within(sheet).getByRole("button", { name: "Clear filters" }));
  await waitFor(() => expect(router.state.location.searchStr).toBe("?grain=month"));
  const done = within(sheet).getByRole("button", { name: "Done" });
  await waitFor(() => expect(within(sheet).queryByRole("button", { name: "Clear filters" })).toBeNull());
  expect(document.activeElement).toBe(done);
  await user.click(done);
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  screen.getByRole("button", { name: "Filters" });
});

it("asks on the page of a project for no project", async () => {
  const user = userEvent.setup();
  await visited("/project?project=jira%3Atickets%3Aprojects%2F10101&repository=a&repository=b&repository=c");
  await user.click(await screen.findByRole("button", { name: "Filters: 1" }));
  const sheet = await screen.findByRole("dialog", { name: "What is shown" });
  within(sheet).getByRole("button", { name: "repositories 3 chosen" });
  expect(within(sheet).queryByRole("button", { name: /^projects/ })).toBeNull();
});

it("makes in a narrow window nothing that is not seen there, and does once it is wide", async () => {
  const browser = (window as unknown as { happyDOM: { setViewport: (of: { width: number }) => void } }).happyDOM;
  const { innerWidth: width } = window;
  browser.setViewport({ width: 390 });
  try {
    await visited(LIMITED);
    const bar = await screen.findByRole("region", { name: "What is shown" });
    expect(within(bar).queryByRole("combobox", { name: "By" })).toBeNull();
    expect(screen.queryByRole("navigation", { name: "Pages" })).toBeNull();
    act(() => browser.setViewport({ width: 700 }));
    within(bar).getByRole("combobox", { name: "By" });
    expect(screen.queryByRole("navigation", { name: "Pages" })).toBeNull();
    act(() => browser.setViewport({ width: 1_100 }));
    screen.getByRole("navigation", { name: "Pages" });
  } finally {
    browser.setViewport({ width });
  }
});

const AT = "/dora?from=2026-08-31&until=2026-11-27&grain=month&compare=target&team=p%3A1&sort=by_team~a~up";
const SPAN = { from: "2026-08-31", until: "2026-11-27", grain: "month", compare: "target" };

it("says why a span that ends before it begins is not shown", async () => {
  const user = userEvent.setup();
  const { router } = await visited(AT);
  await user.click(await screen.findByRole("button", { name: /Aug 31 – / }));
  const [first, last] = [await screen.findByLabelText("First day"), screen.getByLabelText("Last day")];
  fireEvent.change(first, { target: { value: "2026-11-20" } });
  fireEvent.change(last, { target: { value: "2026-11-02" } });
  await user.click(screen.getByRole("button", { name: "Show" }));
  expect(screen.getByRole("alert").textContent).toBe("The last day is before the first.");
  expect(last.getAttribute("aria-describedby")).toBe(screen.getByRole("alert").id);
  expect(router.state.location.search).toMatchObject({ from: "2026-08-31", until: "2026-11-27" });
  fireEvent.change(last, { target: { value: "2026-11-20" } });
  await user.click(screen.getByRole("button", { name: "Show" }));
  await waitFor(() => expect(router.state.location.search).toMatchObject({ from: "2026-11-20", until: "2026-11-21" }));
});

it("keeps the span on the way to a project, by its name and by a few letters, and to a page what it is limited to, too", async () => {
  const user = userEvent.setup();
  const { router } = await visited(AT.replace("dora", "projects"), {
    "/api/v1/metrics/throughput": '{"groups":[{"key":"p:9","name":"Nebula"}]}',
    ...DEMO,
    "/api/v1/me": recorded("me"),
  });
  const named = await screen.findAllByRole("rowheader");
  const link = named.flatMap((head) => head.querySelector("a") ?? [])[0];
  const to = new URL(link?.href ?? "", "http://x");
  expect(to.pathname).toBe("/project");
  expect(Object.fromEntries(to.searchParams)).toEqual({ ...SPAN, project: expect.any(String) as string });
  const go = async (letters: string) => {
    await user.keyboard("{Control>}k{/Control}");
    await user.type(await screen.findByRole("combobox", { name: /^Go to/ }), letters);
  };
  await go("nebula");
  await screen.findByRole("option", { name: /^Nebula/ });
  await user.keyboard("{Enter}");
  await waitFor(() => expect(router.state.location.search).toEqual({ ...SPAN, project: "p:9" }));
  await act(() => router.navigate({ to: "/projects", search: { from: "2026-08-31", team: ["p:1"] } }));
  await go("reli{Enter}");
  await waitFor(() => expect(router.state.location.href).toBe("/reliability?from=2026-08-31&team=p%3A1"));
});

it("tells whoever does not see it that no place has that name", async () => {
  const user = userEvent.setup();
  await visited("/dora");
  await screen.findByRole("region", { name: "Figures" });
  await user.keyboard("{Control>}k{/Control}");
  const field = await screen.findByRole("combobox", { name: /^Go to/ });
  const [told] = within(field.closest("dialog") as HTMLElement).getAllByRole("status");
  expect(told?.textContent).toBe("");
  await user.type(field, "theme dark");
  expect(field.getAttribute("aria-activedescendant")).not.toContain(" ");
  await user.type(field, " qqq");
  expect(told?.textContent).toBe("Nothing has that name.");
});
