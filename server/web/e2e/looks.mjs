// How a tenant looks: set on a page, put on in other windows at once, and there before anything is painted.

import assert from "node:assert/strict";
import { settled } from "./house.mjs";

/** None of Pulse's own, and dark enough to be shown as it was given. */
const ACCENT = "#8a1c5b";

const accent = (page) =>
  page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--c-accent").trim().toLowerCase());

/** How many points of each picture have a colour; where a letter ends they only come near it. */
async function points(browser, pictures, colour) {
  const page = await browser.newPage();
  const found = await page.evaluate(
    async ([pictures, colour]) => {
      const wanted = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
      const count = async (picture) => {
        const bitmap = await window.createImageBitmap(await (await fetch(`data:image/png;base64,${picture}`)).blob());
        const pen = new window.OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
        pen.drawImage(bitmap, 0, 0);
        const { data } = pen.getImageData(0, 0, bitmap.width, bitmap.height);
        let found = 0;
        for (let at = 0; at < data.length; at += 4)
          if (wanted.every((value, channel) => Math.abs(data[at + channel] - value) <= 1)) found += 1;
        return found;
      };
      return Promise.all(pictures.map(count));
    },
    [pictures, colour],
  );
  await page.close();
  return found;
}

/** Every picture of a window from when it goes somewhere until that is there. */
async function watched(page, path, there) {
  const pictures = [];
  const session = await page.context().newCDPSession(page);
  session.on("Page.screencastFrame", ({ data, sessionId }) => {
    pictures.push(data);
    // A window that is closed needs no more.
    session.send("Page.screencastFrameAck", { sessionId }).catch(() => undefined);
  });
  await session.send("Page.startScreencast", { format: "png", everyNthFrame: 1 });
  await page.goto(path);
  await there.waitFor();
  // What is there is painted in the next picture at the latest.
  await page.evaluate(() => new Promise((done) => window.requestAnimationFrame(() => window.requestAnimationFrame(done))));
  pictures.push((await page.screenshot()).toString("base64"));
  await session.send("Page.stopScreencast");
  return pictures;
}

export function looks(test, house) {
  let pulses;

  test("a name and colours that are kept are put on in every window that is open", async () => {
    const page = house.ada;
    await page.evaluate(() => localStorage.setItem("pulse.theme", JSON.stringify({ mode: "light", contrast: "regular" })));
    const other = await page.context().newPage();
    await other.goto("/dora");
    await settled(other);
    pulses = await accent(other);
    assert.notEqual(pulses, ACCENT);
    await other.evaluate(() => (window.sameDocument = true));
    await page.goto("/admin/branding");
    await page.getByRole("textbox", { name: "Name", exact: true }).fill("Lantern");
    await page.getByRole("textbox", { name: "Accent, on light grounds", exact: true }).fill(ACCENT);
    await page.getByRole("button", { name: "Keep", exact: true }).click();
    await page.getByText("The tenant looks like this now").waitFor();
    await other.bringToFront();
    await other.waitForFunction(
      (accent) =>
        getComputedStyle(document.documentElement).getPropertyValue("--c-accent").trim().toLowerCase() === accent &&
        document.title.endsWith("Lantern"),
      ACCENT,
    );
    assert.equal(await other.evaluate(() => window.sameDocument), true);
    await other.close();
  });

  test("no picture of a page has another accent than the tenant's, however late that comes", async () => {
    const page = await house.ada.context().newPage();
    await page.route("**/branding.css*", async (route) => {
      await page.waitForTimeout(700);
      await route.continue();
    });
    const pictures = await watched(page, "/connections", page.getByRole("link", { name: "Add a connection" }));
    const own = await points(house.browser, pictures, ACCENT);
    // The way to another connection is a button in the accent.
    assert.ok(own.at(-1) > 500, `of the last picture ${own.at(-1)} points are in the tenant's accent`);
    assert.deepEqual(
      (await points(house.browser, pictures, pulses)).filter((found) => found > 0),
      [],
      `Pulse's own ${pulses} is in some of ${pictures.length} pictures`,
    );
    await page.close();
  });

  test("the way back to Pulse's own look has an undo", async () => {
    const page = house.ada;
    await page.bringToFront();
    const back = page.getByRole("button", { name: "Back to Pulse's own" });
    await back.click();
    await page.waitForFunction(
      (accent) => getComputedStyle(document.documentElement).getPropertyValue("--c-accent").trim().toLowerCase() === accent,
      pulses,
    );
    await page.getByRole("button", { name: "Undo" }).click();
    await back.waitFor();
    await back.click();
    await back.waitFor({ state: "detached" });
  });
}
