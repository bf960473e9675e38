import { expect, it } from "vitest";
import { Worded } from "@/parts/Worded";
import { shown } from "./shown";

it("shows what stands between backticks as a name, and the rest as it is", async () => {
  const { container } = await shown(
    <p>
      <Worded>{"it lacks `metrics:read`, and `sql:run`"}</Worded>
    </p>,
  );
  expect(container.querySelector("p")?.textContent).toBe("it lacks metrics:read, and sql:run");
  expect([...container.querySelectorAll("code")].map(({ textContent }) => textContent)).toEqual(["metrics:read", "sql:run"]);
});
