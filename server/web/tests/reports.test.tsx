import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { formatter } from "@/design/format";
import type { Listed, Report } from "@/api/reports";
import { fileName } from "@/pages/reports/Made";
import { sought } from "@/pages/reports/Reports";
import { PROPOSED, periodWords, rhythm, showsWords, tidied } from "@/pages/reports/words";
import { as, item, OWNER } from "./people";
import { changes, recorded, visited } from "./shown";

afterEach(() => vi.unstubAllGlobals());

const rowOf = (text: string) => screen.getByText(text).closest("li") as HTMLElement;
const madeList = async () => (await screen.findByRole("heading", { name: "Made" })).closest("section") as HTMLElement;

it("tells apart what is ready, being made, refused and failed, and why", async () => {
  await visited("/reports", OWNER);
  const list = await madeList();
  const [first] = await within(list).findAllByRole("listitem");
  // The newest is first, though the server tells it last.
  expect(first?.textContent).toContain("being made");
  expect(within(first as HTMLElement).queryByRole("button")).toBeNull();
  const refused = rowOf("nobody@example.com is no member: nobody knows what they may see");
  within(refused).getByText("refused");
  expect(within(refused).queryByRole("button", { name: /^Download/ })).toBeNull();
  const ready = within(list)
    .getByText(/^as of .*, for ada@example.com, 77.6 KiB$/)
    .closest("li") as HTMLElement;
  within(ready).getByRole("button", { name: /^Download/ });
  expect(within(ready).queryByText("ready")).toBeNull();
});

it("looks through what was made by what is said of it, and keeps that in the address", async () => {
  const all = (JSON.parse(recorded("reports")) as { items: Report[] }).items;
  expect(sought(all, "").length).toBe(all.length);
  expect(sought(all, "ADA html").map(({ format }) => format)).toEqual(["html"]);
  expect(sought(all, "refused").every(({ state }) => state === "refused")).toBe(true);
  expect(sought(all, "weather")).toEqual([]);
  await visited("/reports?find=weather", OWNER);
  await screen.findByText(/^Nothing that was made has that/);
  expect(screen.queryByText("None was made yet")).toBeNull();
});

it("says that none was made yet, which is no failure", async () => {
  await visited("/reports", { ...OWNER, "/api/v1/reports": '{"items":[],"next":null}' });
  await screen.findByText("None was made yet");
  expect(screen.queryByRole("alert")).toBeNull();
});

it("asks for a report of other days, of one team, as of a moment by the tenant's clocks", async () => {
  const user = userEvent.setup();
  const answered = item("reports", 0);
  const { fetched } = await visited("/reports", {
    ...OWNER,
    "/api/v1/tenant": JSON.stringify({ ...(JSON.parse(recorded("tenant")) as object), time_zone: "Europe/Berlin" }),
    "/api/v1/reports": (path) => (path.includes("?") ? recorded("reports") : answered),
  });
  await user.click(await screen.findByRole("button", { name: "Make a report" }));
  const dialog = await screen.findByRole("dialog", { name: "Make a report" });
  await user.selectOptions(within(dialog).getByLabelText("Which report"), "team-weekly");
  await user.selectOptions(within(dialog).getByLabelText("File"), "xlsx");
  await user.selectOptions(within(dialog).getByLabelText("Which days"), "last_of");
  const many = within(dialog).getByLabelText("How many");
  await user.clear(many);
  await user.type(many, "2");
  await user.selectOptions(await within(dialog).findByLabelText("Only on: Teams"), "Payments");
  await user.click(within(dialog).getByRole("radio", { name: "An earlier moment" }));
  const at = within(dialog).getByLabelText("By the clocks of Europe/Berlin");
  await user.clear(at);
  await user.type(at, "2026-10-31T23:00");
  await user.click(within(dialog).getByRole("button", { name: "Make it" }));
  await waitFor(() =>
    expect(changes(fetched)).toEqual([
      {
        method: "POST",
        path: "/api/v1/reports",
        body: {
          definition: "team-weekly",
          format: "xlsx",
          changes: { period: { last_of: { count: 2, unit: "week" } }, scope: { teams: ["p:2"] } },
          as_of: "2026-10-31T22:00:00.000Z",
        },
        version: null,
      },
    ]),
  );
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

it("asks for a report with other values of its saved queries, and sends those that were changed alone", async () => {
  const user = userEvent.setup();
  const all = JSON.parse(recorded("report-definitions")) as Listed[];
  const own = all.find((one) => !one.built_in);
  if (!own) throw new Error("a report of the tenant's own was recorded");
  const sections = [14, 21].map((days) => ({
    title: "Late",
    text: "",
    shows: { query: { saved: "query_1", params: { days } } },
  }));
  const late = { ...own, definition: { ...own.definition, sections } };
  const saved = {
    ...(JSON.parse(recorded("saved-query")) as object),
    id: "query_1",
    title: "Late ones",
    parameters: [
      { name: "days", type: "integer", default: 7 },
      { name: "keys", type: "text[]", default: ["PAY", "SHOP"] },
    ],
  };
  const { fetched } = await visited("/reports", {
    ...OWNER,
    "/api/v1/report-definitions": JSON.stringify(all.map((one) => (one === own ? late : one))),
    "/api/v1/saved-queries": JSON.stringify({ items: [saved], next: null }),
    "/api/v1/reports": (path) => (path.includes("?") ? recorded("reports") : item("reports", 0)),
  });
  await user.click(await screen.findByRole("button", { name: "Make a report" }));
  const dialog = await screen.findByRole("dialog", { name: "Make a report" });
  const choose = (name: string) => user.selectOptions(within(dialog).getByLabelText("Which report"), name);
  const days = () => within(dialog).findByLabelText<HTMLInputElement>("$days");
  await choose(own.name);
  // Once each query, with what its first section gives.
  expect((await days()).value).toBe("14");
  within(dialog).getByText("Values for Late ones");
  await user.clear(await days());
  const make = within(dialog).getByRole("button", { name: "Make it" });
  expect(make).toHaveProperty("disabled", true);
  // Values go with the report that they were of.
  await choose("team-weekly");
  expect(within(dialog).queryByLabelText("$days")).toBeNull();
  expect(make).toHaveProperty("disabled", false);
  await choose(own.name);
  expect((await days()).value).toBe("14");
  await user.clear(await days());
  await user.type(await days(), "30");
  await user.click(make);
  await waitFor(() =>
    expect(changes(fetched).map(({ body }) => body)).toEqual([
      {
        definition: own.name,
        format: "pdf",
        changes: { params: { query_1: { days: { type: "integer", value: 30 } } } },
      },
    ]),
  );
});

it("keeps what was chosen where a report is refused, and says why", async () => {
  const user = userEvent.setup();
  await visited("/reports", {
    ...OWNER,
    "/api/v1/reports": (path) => {
      return path.includes("?")
        ? recorded("reports")
        : [403, '{"code":"over-quota","title":"No more","detail":"100 are being made"}'];
    },
  });
  await user.click(await screen.findByRole("button", { name: /^Make it.*Risk register$/ }));
  const dialog = await screen.findByRole("dialog", { name: "Make a report" });
  expect(within(dialog).getByLabelText<HTMLSelectElement>("Which report").value).toBe("risk-register");
  await user.type(within(dialog).getByLabelText("Title"), "What may go wrong");
  await user.click(within(dialog).getByRole("button", { name: "Make it" }));
  expect((await within(dialog).findByRole("alert")).textContent).toContain("100 are being made");
  expect(within(dialog).getByLabelText<HTMLInputElement>("Title").value).toBe("What may go wrong");
});

it("takes a file away by the server's name for it, and tells it where that is refused", async () => {
  const user = userEvent.setup();
  const urls = vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:file");
  const { fetched, unmount } = await visited("/reports", { ...OWNER, "/api/v1/reports/": "bytes" });
  await user.click((await screen.findAllByRole("button", { name: /^Download/ }))[0] as HTMLElement);
  await waitFor(() => expect(urls).toHaveBeenCalledOnce());
  expect(
    fetched.mock.calls.some(([path]) => typeof path === "string" && /^\/api\/v1\/reports\/report_[^/]+\/file$/.test(path)),
  ).toBe(true);
  unmount();
  await visited("/reports", {
    ...OWNER,
    "/api/v1/reports/": [404, '{"code":"not-found","title":"Not there","detail":"this report has no file now"}'],
  });
  await user.click((await screen.findAllByRole("button", { name: /^Download/ }))[0] as HTMLElement);
  expect((await screen.findByRole("alert")).textContent).toContain("This report has no file now.");
  expect(fileName('attachment; filename="board-2026-11-26.pdf"')).toBe("board-2026-11-26.pdf");
  expect(fileName(null)).toBe("report");
});

it("makes a link that is good for a while", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/reports", {
    ...OWNER,
    "/api/v1/reports/": '{"path":"/api/v1/reports/report_1/shared?key=abc","expires_at":1795736400000000}',
  });
  await user.click((await screen.findAllByRole("button", { name: /^Link to/ }))[0] as HTMLElement);
  const dialog = await screen.findByRole("dialog", { name: /^A link to/ });
  await user.selectOptions(within(dialog).getByLabelText("Good for"), "168");
  await user.click(within(dialog).getByRole("button", { name: "Make the link" }));
  const link = await within(dialog).findByLabelText<HTMLInputElement>("Link");
  expect(link.value).toBe(`${location.origin}/api/v1/reports/report_1/shared?key=abc`);
  expect(changes(fetched).at(-1)?.body).toEqual({ hours: 168 });
});

it("lets whoever reads figures ask for reports, and no others define or see them", async () => {
  const { unmount } = await visited("/reports", as("metrics:read"));
  await screen.findByRole("button", { name: "Make a report" });
  expect(screen.queryByRole("button", { name: "Define one" })).toBeNull();
  unmount();
  const built = await visited("/reports/board-quarterly", OWNER);
  await screen.findByRole("button", { name: "Define one like it" });
  expect(screen.queryByRole("button", { name: "Remove" })).toBeNull();
  built.unmount();
  await visited("/reports", as("jobs:read"));
  await screen.findByText("This page is not for you");
});

it("says what there is of a report in words, and sends no more than was said", () => {
  const format = formatter("en-GB", "UTC");
  expect(periodWords({ last_of: { count: 2, unit: "week" } }, format)).toBe("the last 2 whole weeks");
  expect(periodWords({ days: { from: "2026-03-01", until: "2026-04-01" } }, format)).toBe("1 Mar 2026 to 31 Mar 2026");
  expect(PROPOSED[rhythm({ last: "quarter" })]).toBe("0 6 1 1,4,7,10 *");
  expect(showsWords({ charts: [{ metric: "m", by: "team", shape: "line" }] }, () => "Lead time")).toBe(
    "charts: Lead time by team",
  );
  expect(tidied({ title: "  ", period: null, scope: { teams: [], projects: ["a"] }, time_zone: "" })).toEqual({
    scope: { projects: ["a"] },
  });
  // What was given over the API stays where the page changes something else.
  expect(tidied({ params: { query_1: { most: 3 } } })).toEqual({ params: { query_1: { most: 3 } } });
  expect(tidied({ params: {} })).toEqual({});
});
