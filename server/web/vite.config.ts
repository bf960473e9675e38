import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { tokensCss } from "./src/design/tokens.ts";

/** `virtual:tokens.css`: the colours of every theme, computed from the tokens, so that no second list of them can disagree. */
function tokens(): Plugin {
  const id = "\0virtual:tokens.css";
  return {
    name: "tokens",
    resolveId: (source) => (source === "virtual:tokens.css" ? id : undefined),
    load: (asked) => (asked === id ? tokensCss() : undefined),
  };
}

/** What a first page cannot do without goes into two scripts, and what stands below its figures into one more: a slow network takes as long
 * to ask for one as it takes for 30 kB of it. */
function first() {
  const needed = new Set<string>();
  const below = new Set<string>();
  const plugin: Plugin = {
    name: "first",
    buildEnd() {
      const reach = (found: Set<string>, begins: (id: string) => boolean) => {
        const left = [...this.getModuleIds()].filter(begins);
        for (let id = left.pop(); id !== undefined; id = left.pop()) {
          if (found.has(id)) continue;
          found.add(id);
          left.push(...(this.getModuleInfo(id)?.importedIds ?? []));
        }
      };
      reach(needed, (id) => this.getModuleInfo(id)?.isEntry ?? false);
      reach(below, (id) => id.endsWith("/src/pages/Below.tsx"));
    },
  };
  const groups = [
    { name: "libraries", test: (id: string) => needed.has(id) && id.includes("node_modules"), priority: 3 },
    { name: "page", test: (id: string) => needed.has(id), priority: 2 },
    { name: "below", test: (id: string) => below.has(id), priority: 1 },
  ];
  return { plugin, groups };
}
const firstPage = first();

/** What stands there before the page's script runs waits for the styles, and not for the script: browsers ask for that one later. */
const stylesFirst: Plugin = {
  name: "styles-first",
  transformIndexHtml: {
    order: "post",
    handler: (html) => html.replaceAll(/<(script type="module"|link rel="modulepreload")/g, '<$1 fetchpriority="low"'),
  },
};

/** A font that comes after the page is read waits for the next one: where it came in between, a line that breaks elsewhere moved all below. */
const fontsInTime: Plugin = {
  name: "fonts-in-time",
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== "asset" || !file.fileName.endsWith(".css")) continue;
      file.source = file.source.toString().replaceAll(/font-display:\s*swap/g, "font-display:optional");
    }
  },
};

export default defineConfig({
  plugins: [react(), tailwindcss(), tokens(), firstPage.plugin, stylesFirst, fontsInTime],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  // Nothing is inlined as data: the page's policy takes fonts from this server alone.
  build: {
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { codeSplitting: { groups: firstPage.groups } } },
  },
  server: {
    proxy: Object.fromEntries(
      ["/api", "/branding", "/sign-in", "/sign-out", "/join"].map((p) => [p, process.env.PULSE_URL ?? "http://127.0.0.1:7878"]),
    ),
  },
  test: {
    exclude: ["e2e/**", "node_modules/**"],
    environment: "happy-dom",
    setupFiles: ["tests/setup.ts"],
    css: false,
    restoreMocks: true,
    testTimeout: 60_000,
  },
});
