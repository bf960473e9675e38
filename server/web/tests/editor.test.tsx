import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import Editor from "@/explore/Editor";
import * as editor from "@/explore/editor";
import { answers, DEMO } from "./shown";

it("keeps what is typed while the page is drawn, and gives way to what is brought", () => {
  answers(DEMO);
  let held = "SELECT 1";
  const nothing = () => undefined;
  vi.spyOn(editor, "openEditor").mockReturnValue({
    text: () => held,
    setText: (text) => (held = text),
    insert: nothing,
    replace: nothing,
    mark: nothing,
    know: nothing,
    focus: nothing,
    close: nothing,
  });
  const client = new QueryClient();
  const page = (brought: { sql: string }) => (
    <QueryClientProvider client={client}>
      <Editor brought={brought} onOpen={nothing} onChange={nothing} onRun={nothing} />
    </QueryClientProvider>
  );
  const first = { sql: "SELECT 1" };
  const { rerender } = render(page(first));
  held = "SELECT 12";
  rerender(page(first));
  expect(held).toBe("SELECT 12");
  rerender(page({ sql: "SELECT 1" }));
  expect(held).toBe("SELECT 1");
});
