import { fireEvent, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Filter } from "@/api/types";
import { risk } from "@/pages/samples";
import { Risks, TeamRisks } from "@/parts/Risks";
import { answers, shown } from "./shown";

it("says who owns a project at risk, and leads to all that they own", async () => {
  await shown(
    <Risks risks={[risk("at_risk", { team_id: "t1", team: "Shop" }), risk("on_track", { project_id: "q", team_id: "t2" })]} />,
  );
  expect(screen.getByRole("link", { name: "Shop" }).getAttribute("href")).toBe("/projects?owning_team=t1");
  // A team that nobody gave a name to is called by its id.
  screen.getByRole("link", { name: "t2" });
});

it("says of no owner nothing", async () => {
  await shown(<Risks risks={[risk("at_risk")]} />);
  expect(screen.getAllByRole("link").map(({ textContent }) => textContent)).toEqual(["Checkout"]);
});

const finding = {
  rule: "team_wip_over_limit",
  version: 1,
  title: "A team's work in progress over its limit",
  subject_kind: "team",
  subject_id: "t1",
  score: 0.25,
  contribution: 0,
  sentence: "The team Blue has 11 items in progress for 4 people, where 2 for each are the limit.",
  evidence: ["i1", "i2"],
  evidence_count: 11,
};

it("says what was found of a team itself, by its name or else its id", async () => {
  const of = { team_id: "t1", day: "2026-11-26", found_at: 0, score: 0.25, findings: [finding] };
  await shown(
    <TeamRisks
      risks={[
        { ...of, team: "Blue" },
        { ...of, team_id: "t2", team: null },
      ]}
    />,
  );
  expect(screen.getAllByRole("heading").map(({ textContent }) => textContent)).toEqual(["Blue", "t2"]);
  expect(screen.getAllByText(finding.sentence)).toHaveLength(2);
});

it("opens the rows that show what was found, and says that there are more", async () => {
  const rows = [
    { id: "i1", title: "PAY-1 Refunds", url: "https://acme.example/browse/PAY-1" },
    { id: "i2", title: null, url: null },
  ];
  const asked = answers({ "/api/v1/risks/evidence": JSON.stringify({ rows }) });
  await shown(
    <TeamRisks risks={[{ team_id: "t1", team: "Blue", day: "2026-11-26", found_at: 0, score: 0.25, findings: [finding] }]} />,
  );
  expect(asked).not.toHaveBeenCalled();
  const details = screen.getByText("11 rows show it").closest("details");
  if (!details) throw new Error("nothing opens");
  details.open = true;
  fireEvent(details, new Event("toggle"));
  const link = await screen.findByRole("link", { name: /PAY-1 Refunds/ });
  expect(link.getAttribute("href")).toBe("https://acme.example/browse/PAY-1");
  screen.getByText("i2");
  screen.getByText("The first 2 of 11.");
  expect(asked.mock.calls[0]?.[0]).toBe("/api/v1/risks/evidence?rule=team_wip_over_limit&subject=t1");
});

it("says how high a sign is that has no part of a project's risk", async () => {
  const blocked = { ...finding, rule: "blocked_work", title: "Blocked work", subject_kind: "project", contribution: 0.3 };
  const epic = { ...finding, rule: "epic_blocked_work", title: "An epic's blocked work", subject_kind: "epic", score: 0.75 };
  await shown(<Risks risks={[risk("at_risk", { findings: [blocked, epic] })]} />);
  expect(screen.getByText("An epic's blocked work").closest("td")?.textContent).toContain(", score 0.75 of 1");
  expect(screen.getByText("Blocked work").closest("td")?.textContent).not.toContain("score");
});

it("says why a sign has no part of a project's risk", async () => {
  const part = (subject_id: string, contribution: number, of = {}) => ({
    ...finding,
    rule: "flaky_builds",
    title: `Flaky builds of ${subject_id}`,
    subject_kind: "repository",
    subject_id,
    contribution,
    ...of,
  });
  const epic = part("e1", 0, { rule: "silent_epic", title: "Silent epic", subject_kind: "epic" });
  const due = { rule: "forecast_misses_due_date", subject_kind: "epic" };
  const findings = [
    part("app", 0.12),
    part("lib", 0),
    epic,
    part("v1", 0, { rule: "overdue_release", title: "Overdue release", subject_kind: "release" }),
    part("s1", 0, { rule: "overdue_sprint", title: "Overdue sprint", subject_kind: "sprint" }),
    part("e2", 0.4, { ...due, title: "Late" }),
    part("e3", 0, { ...due, title: "Less late" }),
    part("all", 0.002, { rule: "carry_over", title: "Carry-over" }),
  ];
  await shown(<Risks risks={[risk("at_risk", { findings })]} />);
  const told = (title: string) => screen.getByText(title).closest("tr")?.textContent;
  const another = "It adds nothing: of what one rule finds in a project the highest counts, which is another.";
  expect(told("Flaky builds of app")).not.toContain("It adds nothing");
  expect(told("Flaky builds of lib")).toContain(another);
  expect(told("Silent epic")).toContain("It adds nothing: the project's own rules look at an epic's items already.");
  expect(told("Overdue release")).toContain("It adds nothing: no work in it is open that could be late.");
  expect(told("Overdue sprint")).toContain("It adds nothing: no work in it is open that could be late.");
  // An epic's own due day counts to its project as any other.
  expect(told("Less late")).toContain(another);
  // What is little is not told as none.
  expect(told("Carry-over")).toContain("below 0.01");
});

it("tells that no risk is known yet apart from that none is known of what somebody sees, or asks for", async () => {
  const told = async (sees: unknown, filter: Filter, title: string) => {
    answers({ "/api/v1/me": JSON.stringify({ sees }) });
    const { container, unmount } = await shown(<Risks risks={[]} filter={filter} />);
    await screen.findByText(title);
    const text = container.textContent.replace(title, "");
    unmount();
    return text;
  };
  const [none, ofThese] = ["No project has a known risk", "No project that is shown here has a known risk"];
  const daily = "Risks are looked for once a day, after the facts are made.";
  expect(await told("everything", {}, none)).toBe(daily);
  expect(await told("everything", { projects: [], teams: [] }, none)).toBe(daily);
  expect(await told("everything", { teams: ["t1"] }, ofThese)).toBe("Others are left out by the filters of this page.");
  expect(await told({ only: { teams: ["t1"] } }, {}, ofThese)).toBe(
    "Others may have one: you see those of some teams or projects alone.",
  );
});
