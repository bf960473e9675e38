// Reads GraphQL operations from standard input, `{"<name>": "<text>"}`, and prints what GitHub's schema says against each,
// `{"<name>": [{"message": …, "locations": […]}]}`. The package of another one of its schemas may be named.
import { buildSchema, parse, validate } from "graphql";
import { readFileSync } from "node:fs";

const github = process.argv[2] ?? "@octokit/graphql-schema";
const idl = readFileSync(new URL(`node_modules/${github}/schema.graphql`, import.meta.url), "utf8");
const schema = buildSchema(idl, { assumeValidSDL: true });
const operations = Object.entries(JSON.parse(readFileSync(0, "utf8")));
const errors = (text) => {
  try {
    return validate(schema, parse(text)).map(({ message, locations }) => ({ message, locations }));
  } catch (error) {
    return [{ message: error.message, locations: [] }];
  }
};
console.log(JSON.stringify(Object.fromEntries(operations.map(([name, text]) => [name, errors(text)]))));
