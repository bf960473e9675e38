// The types of the API's bodies, from the document that a server describes itself with: `PULSE_URL=http://127.0.0.1:7878 npm run api`.

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

export const TYPES = fileURLToPath(new URL("../src/api/generated.ts", import.meta.url));

/** What src/api/generated.ts holds when it is that server's. Addresses are the page's own matter; of bodies it has all. */
export async function typesOf(server) {
  const answer = await fetch(`${server}/openapi.json`);
  if (!answer.ok) throw new Error(`${server}/openapi.json answered with ${answer.status}`);
  const document = await answer.json();
  const types = await openapiTS({ ...document, paths: {} }, { alphabetize: true, emptyObjectsUnknown: true });
  return `// Made by \`npm run api\`; what is changed here is lost.\n\n${astToString(types)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(TYPES, await typesOf(process.env.PULSE_URL ?? "http://127.0.0.1:7878"));
