import js from "@eslint/js";
import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import ts from "typescript-eslint";

const node = { URL: "readonly", console: "readonly", process: "readonly", fetch: "readonly", Buffer: "readonly" };
const browser = {
  URLSearchParams: "readonly",
  document: "readonly",
  fetch: "readonly",
  getComputedStyle: "readonly",
  localStorage: "readonly",
  location: "readonly",
  matchMedia: "readonly",
  setTimeout: "readonly",
  window: "readonly",
};

export default ts.config(
  { ignores: ["dist*/", "node_modules/", "src/api/generated.ts"] },
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [ts.configs.strictTypeChecked, a11y.flatConfigs.strict],
    plugins: { "react-hooks": hooks },
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      ...hooks.configs.recommended.rules,
      // Numbers in texts and addresses are what most templates here are for.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    },
  },
  // What is handed to a page runs there.
  { files: ["scripts/*.mjs", "e2e/*.mjs"], languageOptions: { globals: { ...node, ...browser } } },
  { files: ["public/*.js"], languageOptions: { globals: browser, sourceType: "script" } },
);
