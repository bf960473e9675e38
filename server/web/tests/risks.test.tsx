import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { risk } from "@/pages/samples";
import { Risks, TeamRisks } from "@/parts/Risks";
import { shown } from "./shown";

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

it("says what was found of a team itself, by its name or else its id", async () => {
  const finding = {
    rule: "team_wip_over_limit",
    version: 1,
    title: "A team's work in progress over its limit",
    subject_kind: "team",
    subject_id: "t1",
    score: 0.25,
    contribution: 0,
    sentence: "The team Blue has 11 items in progress for 4 people, where 2 for each are the limit.",
    evidence: ["i1"],
    evidence_count: 11,
  };
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
