import { fireEvent, screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Forecast, LinkedItem, Milestone } from "@/api/types";
import { NOON } from "@/pages/samples";
import { Plan } from "@/parts/Plan";
import { answers, shown } from "./shown";
import { plain } from "./plain";

const milestone = (id: string, part: Partial<Milestone> = {}): Milestone => ({
  id,
  name: id,
  starts_on: null,
  due_on: null,
  is_released: false,
  repository: null,
  items: 0,
  done: 0,
  evidence: `/api/v1/milestones/evidence?id=${id}`,
  ...part,
});

const item = (key: string, part: Partial<LinkedItem> = {}): LinkedItem => ({
  id: `jira:tickets:issues/${key}`,
  key,
  title: null,
  url: null,
  project_id: null,
  project: null,
  ...part,
});

const cells = (table: string) =>
  within(screen.getByRole("table", { name: table }))
    .getAllByRole("row")
    .slice(1)
    .map((row) => [...row.children].map(({ textContent }) => textContent));

it("tells of each milestone how it stands, what of it is done, and when it is likely to be", async () => {
  // NOON is of 26 November 2026.
  const milestones = [
    milestone("Past", { due_on: "2026-11-25", items: 4, done: 3 }),
    milestone("Today", { due_on: "2026-11-26", items: 2, done: 2 }),
    milestone("Some day"),
    milestone("Out", { due_on: "2026-10-01", is_released: true, repository: "acme/basket", items: 9, done: 9 }),
  ];
  const ahead = { subject_kind: "release", subject_id: "Past", p50_on: "2026-12-04", p85_on: null, due_probability: 0.004 };
  await shown(
    <Plan
      of={{ milestones, dependencies: [], dependency_count: 0 }}
      forecasts={[ahead as Forecast, { ...ahead, subject_id: "Out" } as Forecast]}
      now={NOON}
    />,
  );
  expect(plain(cells("Milestones"))).toEqual([
    ["Past", "overdue", "Nov 25, 2026", "Dec 4, 2026", "none", "less than 1 %", "3 of 4"],
    ["Today", "open", "Nov 26, 2026", "none", "none", "none", "2 of 2"],
    ["Some day", "open", "none", "none", "none", "none", "no items"],
    ["Out acme/basket", "released", "Oct 1, 2026", "none", "none", "none", "9 of 9"],
  ]);
  screen.getByText("No open item of it waits for another, and none waits for one of it.");
});

it("opens the items behind what is done of a milestone", async () => {
  const items = [
    { id: "i1", key: "PAY-1", title: "Refunds", url: "https://acme.example/browse/PAY-1", is_done: false },
    { id: "i2", key: "PAY-2", title: null, url: null, is_done: true },
  ];
  const asked = answers({ "/api/v1/milestones/evidence": JSON.stringify({ count: 1001, items }) });
  const milestones = [milestone("v1", { items: 2, done: 1 })];
  await shown(<Plan of={{ milestones, dependencies: [], dependency_count: 0 }} forecasts={[]} now={NOON} />);
  expect(asked).not.toHaveBeenCalled();
  const details = screen.getByText("1 of 2").closest("details");
  if (!details) throw new Error("nothing opens");
  details.open = true;
  fireEvent(details, new Event("toggle"));
  const link = await screen.findByRole("link", { name: /PAY-1/ });
  expect(link.getAttribute("href")).toBe("https://acme.example/browse/PAY-1");
  expect(screen.getByText(/PAY-2/).textContent).toContain("done");
  screen.getByText("The first 2 of 1,001.");
  expect(asked.mock.calls[0]?.[0]).toBe("/api/v1/milestones/evidence?id=v1");
});

it("tells what waits for what, with the way to each, and how many more there are", async () => {
  const waiting = item("SHOP-1", { title: "Gift cards", url: "https://acme.example/SHOP-1", project_id: "p1", project: "Shop" });
  // An address that a browser would run is none to go to.
  const blocking = item("PAY-2", { url: "javascript:alert(1)", project_id: "p2" });
  await shown(
    <Plan
      of={{ milestones: [], dependencies: [{ waiting, blocking, unmoved_since: NOON }], dependency_count: 201 }}
      forecasts={[]}
      now={NOON}
    />,
  );
  screen.getByText("It has no version, and its repositories no milestone, that is not out or came out in this span.");
  screen.getByText("1 of 201: those that wait for what has not moved for longest.");
  const table = within(screen.getByRole("table", { name: "What waits for what" }));
  expect(table.getByRole("link", { name: /SHOP-1/ }).getAttribute("href")).toBe("https://acme.example/SHOP-1");
  expect(table.queryByRole("link", { name: /PAY-2/ })).toBeNull();
  expect(table.getByRole("link", { name: "Shop" }).getAttribute("href")).toBe("/project?project=p1");
  expect(table.getByRole("link", { name: "p2" }).getAttribute("href")).toBe("/project?project=p2");
  table.getByText("Nov 26, 2026");
});
