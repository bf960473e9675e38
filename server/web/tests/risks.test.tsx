import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { risk } from "@/pages/samples";
import { Risks } from "@/parts/Risks";
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
