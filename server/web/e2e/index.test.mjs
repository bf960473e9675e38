// The page in a real browser, before a real server: `PULSE_BIN=path/to/pulse npm run e2e`. Each test goes on where the one before ended.

import { after, before, describe, it } from "node:test";
import { api } from "./api.mjs";
import { House } from "./house.mjs";
import { looks } from "./looks.mjs";
import { pages } from "./pages.mjs";
import { people } from "./people.mjs";
import { reports } from "./reports.mjs";
import { story } from "./story.mjs";

if (!process.env.PULSE_BIN) throw new Error("PULSE_BIN says which binary is tried: PULSE_BIN=target/debug/pulse npm run e2e");

const house = new House();
before(() => house.open());
after(() => house.close());

// One after the other: what follows a failure would only tell of it again.
let failed = false;
const test = (name, run) =>
  it(name, async (context) => {
    if (failed) return context.skip("a test before it failed");
    try {
      await run();
    } catch (error) {
      failed = true;
      await house.pictures();
      throw error;
    }
  });

describe("the API", () => api(test, house));
describe("a first day", () => story(test, house));
describe("people", () => people(test, house));
describe("pages", () => pages(test, house));
describe("a tenant's own look", () => looks(test, house));
describe("reports", () => reports(test, house));
