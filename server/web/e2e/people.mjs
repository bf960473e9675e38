// Who sees what: roles in one tenant, and one person in two.

import assert from "node:assert/strict";
import { api, comesIn, settled } from "./house.mjs";

/** In the sample tenant, an owner whom the server knows already from another. */
export async function owner(house) {
  await house.samples;
  const told = await house.run("--tenant", "demo", "admin", "link");
  const page = await house.person();
  await comesIn(page, house.at(/http:\S+\/join\?link=\S+/.exec(told)[0]), { email: "ada@example.com", name: "Ada" });
  await settled(page);
  return page;
}

const ROLES = {
  viewer: { explore: false, jobs: false },
  analyst: { explore: true, jobs: false },
  operator: { explore: false, jobs: true },
};

export function people(test, house) {
  for (const [role, may] of Object.entries(ROLES)) {
    test(`a person with the role ${role} sees what it gives, and the server refuses the rest`, async () => {
      const ada = house.ada ?? (house.ada = await owner(house));
      const asked = await api(ada, "POST", "/api/v1/users/invitations", { email: `${role}@example.com`, roles: [role] });
      assert.equal(asked.status, 201, JSON.stringify(asked.body));
      const page = await house.person();
      await comesIn(page, house.at(asked.body.url), { email: `${role}@example.com`, name: role });
      await settled(page);
      const pages = page.getByRole("navigation", { name: "Pages" });
      assert.equal(await pages.getByRole("link", { name: "Explore" }).count(), Number(may.explore));
      assert.equal(await pages.getByRole("link", { name: "Jobs" }).count(), Number(may.jobs));
      const sql = await api(page, "POST", "/api/v1/sql", { sql: "SELECT 1 AS one" });
      assert.equal(sql.status, may.explore ? 200 : 403);
      const land = await api(page, "POST", "/api/v1/jobs", { kind: "model" });
      assert.equal(land.status, may.jobs ? 202 : 403);
      // By its address, too, a page says that it is somebody else's.
      await page.goto("/explore?sql=SELECT+1");
      if (may.explore) await page.getByRole("button", { name: /^Run/ }).waitFor();
      else await page.getByText("Questions in SQL are not yours to ask").waitFor();
      await page.goto("/jobs");
      await page.locator("h1").first().waitFor();
      if (!may.jobs) {
        await page
          .getByText(/jobs:read|not yours|not allowed/i)
          .first()
          .waitFor();
        assert.equal(await page.getByRole("button", { name: /Pause|Cancel|Try again/ }).count(), 0);
      }
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    });
  }

  test("going to another tenant takes nothing along, in another window neither", async () => {
    const page = house.ada;
    await page.goto("/projects");
    const heads = page.getByRole("table", { name: "By project" }).getByRole("rowheader");
    await heads.nth(1).waitFor();
    const names = await heads.allTextContents();
    const own = names.map((name) => name.trim()).filter((name) => !/^no /i.test(name));
    assert.ok(own.length > 1, "the sample has projects");
    const other = await page.context().newPage();
    await other.goto("/");
    await settled(other);
    await other.evaluate(() => (window.sameDocument = true));

    const houses = page.getByRole("button", { name: /go to another tenant/ });
    if ((await houses.count()) > 0) {
      await houses.first().click();
      await page.getByRole("menuitemradio", { name: "workshop" }).click();
    } else {
      const gone = await api(page, "POST", "/api/v1/auth/switch", { tenant: "workshop", cookies: true });
      assert.equal(gone.status, 200);
      await page.goto("/");
    }
    await page.getByRole("complementary").getByText("workshop").first().waitFor();
    await page.goto("/projects");
    await page.locator("h1").first().waitFor();
    await page.waitForFunction(() => !document.querySelector("main .breathing"));
    const text = await page.locator("body").innerText();
    for (const name of own) assert.ok(!text.includes(name), `${name} is of the other tenant`);

    // The window that was left open hears of it, and begins anew.
    await other.bringToFront();
    await other.waitForFunction(() => window.sameDocument === undefined);
    await other.getByRole("complementary").getByText("workshop").first().waitFor();
    await other.close();
    assert.equal((await api(page, "POST", "/api/v1/auth/switch", { tenant: "demo", cookies: true })).status, 200);
    // It may hear of that meanwhile, and begin anew by itself.
    await page.goto("/").catch(() => page.waitForLoadState());
    await page.getByRole("complementary").getByText("demo").first().waitFor();
  });
}
