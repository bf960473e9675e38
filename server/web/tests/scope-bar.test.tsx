import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { visited } from "./shown";

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
