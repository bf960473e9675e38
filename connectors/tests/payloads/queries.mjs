// Reads GraphQL operations from standard input, `{"<name>": "<text>"}`, and prints what GitHub's schema says against each,
// `{"<name>": ["<error>"]}`.
import { schema as github } from "@octokit/graphql-schema";
import { buildSchema, parse, validate } from "graphql";
import { readFileSync } from "node:fs";

const schema = buildSchema(github.idl, { assumeValidSDL: true });
const operations = Object.entries(JSON.parse(readFileSync(0, "utf8")));
const errors = (text) => {
  try {
    return validate(schema, parse(text)).map((error) => error.message);
  } catch (error) {
    return [error.message];
  }
};
console.log(JSON.stringify(Object.fromEntries(operations.map(([name, text]) => [name, errors(text)]))));
