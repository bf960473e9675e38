// Packs what was built, as small as can be: a server that had to do it for each request would take longer, and do it worse. Browsers take `br`
// over TLS and from this machine, `gzip` from everywhere.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const ASSETS = fileURLToPath(new URL("../dist/assets/", import.meta.url));
const TEXT = /\.(js|css)$/;

for (const name of readdirSync(ASSETS).filter((name) => TEXT.test(name))) {
  const text = readFileSync(ASSETS + name);
  writeFileSync(`${ASSETS}${name}.br`, brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: text.length } }));
  writeFileSync(`${ASSETS}${name}.gz`, gzipSync(text, { level: 9 }));
}
