// What the page takes the API's bodies for is what the server says of them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { TYPES, typesOf } from "../scripts/api.mjs";

export function api(test, house) {
  test("the types of the API's bodies are those that this server describes; `npm run api` makes them anew", async () => {
    // Equal, but not compared by `assert`: what differs would be told in thousands of lines.
    const [here, there] = [readFileSync(TYPES, "utf8"), await typesOf(house.server)];
    const first = there.split("\n").findIndex((line, at) => line !== here.split("\n")[at]);
    assert.ok(
      here === there,
      `src/api/generated.ts is another from line ${first + 1} on: ${there.split("\n")[first] ?? "it ends"}`,
    );
  });
}
