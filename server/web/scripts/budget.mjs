// What a first page loads, by the manifest of index.html: the build fails when it grows beyond its budget.

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const MOST = 350 * 1024;
const html = readFileSync("dist/index.html", "utf8");
const scripts = [...html.matchAll(/(?:src|href)="(\/[^"]+\.js)"/g)].map(([, path]) => path);
const size = scripts.reduce((sum, path) => sum + gzipSync(readFileSync(`dist${path}`)).length, 0);
console.log(`first page: ${(size / 1024).toFixed(1)} kB of script, gzipped, of at most ${MOST / 1024}`);
if (size > MOST) process.exit(1);
