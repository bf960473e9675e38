import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { formatter } from "@/design/format";
import { ageing, ageingStage, cycleTimes } from "@/pages/samples";
import { Ageing } from "@/parts/Ageing";
import { CycleTimes } from "@/parts/CycleTimes";
import { nearest } from "@/parts/Dots";
import { abreast, apart, farApart, heights } from "@/parts/heights";
import { DEMO, placed, recorded, shown, visited } from "./shown";
import { plain } from "./plain";

const HOUR = 3_600;
const DAY = 86_400;
const format = formatter("en", "UTC");
const texts = (values: readonly number[], logarithmic: boolean) =>
  heights(values, logarithmic, format).marks.map(({ text }) => text);

describe("heights", () => {
  it("begin at 0 on an even axis, and on a logarithmic one at the mark below the shortest", () => {
    expect(plain(texts([2 * HOUR, 21 * DAY], false))).toEqual(["0", "10 d", "20 d", "30 d"]);
    expect(plain(texts([2 * HOUR, 21 * DAY], true))).toEqual(["1 h", "6 h", "1 d", "3 d", "10 d", "30 d"]);
  });

  it("are parts of an even axis, and on a logarithmic one as far from each other as one is times the other", () => {
    const even = heights([30 * DAY], false, format);
    expect([even.of(0), even.of(15 * DAY), even.of(30 * DAY)]).toEqual([0, 0.5, 1]);
    const times = heights([HOUR, 100 * DAY], true, format);
    // From 1 h to 2,400 h.
    expect(times.of(HOUR)).toBe(0);
    expect(times.of(100 * DAY)).toBe(1);
    expect(times.of(49 * HOUR)).toBeCloseTo(0.5, 2);
    expect(times.of(40 * HOUR) - times.of(20 * HOUR)).toBeCloseTo(times.of(2 * HOUR) - times.of(HOUR), 10);
  });

  it("put what took no time, or nothing at all, on the floor", () => {
    const times = heights([0, 2 * DAY], true, format);
    expect([times.of(0), times.of(2 * DAY)].map((height) => Math.round(height * 10) / 10)).toEqual([0, 0.6]);
    expect(plain(texts([0], true))).toEqual(["1 min", "10 min"]);
    expect(heights([0], false, format).of(0)).toBe(0);
  });

  it("reach as high as the longest, beyond the highest mark", () => {
    const years = heights([DAY, 6_000 * DAY], true, format);
    expect(years.of(6_000 * DAY)).toBe(1);
    expect(years.of(3_000 * DAY)).toBeLessThan(1);
  });
});

it("takes a logarithmic axis by itself where one is eight times what most take, and no less", () => {
  expect(farApart([DAY, 9 * DAY], DAY)).toBe(true);
  expect(farApart([DAY, 8 * DAY], DAY)).toBe(false);
  expect(farApart([DAY, 9 * DAY], null)).toBe(false);
});

it("sets dots of one column beside each other where they would lie on one another", () => {
  expect(abreast([0.9, 0.5])).toEqual([0, 0]);
  expect(abreast([0.5, 0.51, 0.52, 0.9])).toEqual([0, 0.2, -0.2, 0]);
  const many = abreast(Array.from({ length: 40 }, () => 0.5));
  expect(Math.max(...many)).toBe(1);
  expect(Math.min(...many)).toBe(-1);
});

it("moves up what could not be read", () => {
  expect(apart([0.1, 0.12, 0.5], 0.06)).toEqual([0.1, 0.16, 0.5]);
});

it("means the dot that is nearest, and none that is far", () => {
  const dot = (x: number, y: number) => ({ key: `${x} ${y}`, x, y, url: null, words: "", warns: false });
  const dots = [dot(0.5, 0.5), dot(0.55, 0.5)];
  expect(nearest(dots, 105, 50, 200, 100)).toBe(0);
  expect(nearest(dots, 106, 50, 200, 100)).toBe(1);
  expect(nearest(dots, 20, 50, 200, 100)).toBeNull();
});

describe("cycle times", () => {
  it("say how long most took, and of very many which are drawn", async () => {
    const { container, unmount } = await shown(<CycleTimes of={cycleTimes(300, { n: 4_312 })} />);
    expect(plain(container.textContent)).toContain(
      "Half of 4,312 took up to 7.5 days, 85 % up to 12.6 days, 95 % up to 14 days.",
    );
    expect(container.textContent).toContain("Drawn are 300: the 100 that took longest, and some of the rest by chance.");
    expect(container.querySelectorAll("svg circle")).toHaveLength(300);
    unmount();
    const all = await shown(<CycleTimes of={cycleTimes(300)} />);
    expect(all.container.textContent).not.toContain("Drawn are");
  });

  it("have no lines where too few were done, and no axis where none was", async () => {
    const few = await shown(<CycleTimes of={cycleTimes(6)} />);
    expect(few.container.textContent).toContain("6 done: too few to say how long most take.");
    expect(plain(few.container.textContent)).not.toContain("85 %");
    few.unmount();
    const none = await shown(<CycleTimes of={cycleTimes(0)} />);
    expect(none.container.textContent).toContain("Nothing was done in this span");
    expect(screen.queryByRole("slider")).toBeNull();
  });

  it("are gone over by keys, and Enter opens the item in another window", async () => {
    const open = vi.spyOn(window, "open").mockReturnValue(null);
    await shown(<CycleTimes of={cycleTimes(20)} />);
    const slider = screen.getByRole("slider");
    slider.focus();
    fireEvent.keyDown(slider, { key: "End" });
    expect(plain(slider.getAttribute("aria-valuetext"))).toBe("PAY-19: 6 days, done Nov 26, 2026");
    fireEvent.keyDown(slider, { key: "ArrowLeft" });
    expect(plain(slider.getAttribute("aria-valuetext"))).toBe("PAY-18 Round prices of kind 18: 5 days, done Nov 26, 2026");
    fireEvent.keyDown(slider, { key: "Enter" });
    expect(open).toHaveBeenCalledWith("https://acme.example/browse/PAY-18", "_blank", "noreferrer");
    // PAY-13 has no address.
    for (let times = 0; times < 5; times += 1) fireEvent.keyDown(slider, { key: "ArrowLeft" });
    expect(slider.getAttribute("aria-valuetext")).toContain("PAY-13 ");
    fireEvent.keyDown(slider, { key: "Enter" });
    expect(open).toHaveBeenCalledTimes(1);
  });

  it("have a link below the pointer, and no link to what a browser would run", async () => {
    const bad = { ...cycleTimes(1), items: cycleTimes(1).items.map((item) => ({ ...item, url: "javascript:alert(1)" })) };
    for (const [of, links] of [
      [cycleTimes(1), 1],
      [bad, 0],
    ] as const) {
      const { container, unmount } = await shown(<CycleTimes of={of} />);
      fireEvent.keyDown(screen.getByRole("slider"), { key: "End" });
      expect(container.querySelectorAll("a[href]")).toHaveLength(links);
      unmount();
    }
  });

  it("have a table, the newest first, and another axis", async () => {
    const user = userEvent.setup();
    await shown(<CycleTimes of={cycleTimes(20)} />);
    const axis = screen.getByRole("button", { name: "Logarithmic" });
    expect(axis.getAttribute("aria-pressed")).toBe("false");
    await user.click(axis);
    expect(axis.getAttribute("aria-pressed")).toBe("true");
    screen.getByText("time, on a logarithmic axis");
    await user.click(screen.getByRole("button", { name: "Table" }));
    const rows = within(screen.getByRole("table", { name: "How long each item took" })).getAllByRole("row");
    expect(rows).toHaveLength(21);
    expect(rows[1]?.textContent).toContain("PAY-19");
    expect(rows[2]?.querySelector("a")?.getAttribute("href")).toBe("https://acme.example/browse/PAY-18");
  });
});

it("has in the address on which axis each chart is, where somebody chose another than it begins with", async () => {
  const user = userEvent.setup();
  // One that took very long: that chart begins on a logarithmic axis, the other on an even one.
  const ages = ageing([ageingStage("Build", [1, 1, 2, 90])]);
  const { router, unmount } = await placed(
    <>
      <CycleTimes of={cycleTimes(20)} />
      <Ageing of={ages} />
    </>,
  );
  const axes = () => screen.getAllByRole("button", { name: "Logarithmic" });
  const pressed = () => axes().map((axis) => axis.getAttribute("aria-pressed"));
  expect(pressed()).toEqual(["false", "true"]);
  await user.click(axes()[0] as HTMLElement);
  await user.click(axes()[1] as HTMLElement);
  expect(router.state.location.searchStr).toBe("?axis=cycle-times~log&axis=ageing~even");
  expect(pressed()).toEqual(["true", "false"]);
  await user.click(axes()[0] as HTMLElement);
  expect(router.state.location.searchStr).toBe("?axis=ageing~even");
  unmount();
  await placed(<CycleTimes of={cycleTimes(20)} />, "/?axis=cycle-times~log");
  expect(pressed()).toEqual(["true"]);
});

describe("ageing work", () => {
  it("counts what is late among what can be judged, and gives it another shape", async () => {
    const stages = [
      ageingStage("Build", [1, 4, 12, 40]),
      ageingStage("Release", [5, 7], {
        n: 4,
        items: ageingStage("Release", [5, 7]).items.map((item) => ({ ...item, band: null })),
      }),
    ];
    const { container } = await shown(<Ageing of={ageing(stages)} />);
    expect(plain(container.textContent)).toContain(
      "2 of 4 are older than 85 % of what is done was when it left their stage: the diamonds. Too few left the stages of 2 more to tell.",
    );
    expect(container.querySelectorAll("svg svg path")).toHaveLength(2);
    expect(container.querySelectorAll("svg circle")).toHaveLength(4);
    // Of the stage that too few left no area is drawn: it would say more than is known.
    expect(container.querySelectorAll("svg rect")).toHaveLength(2);
    expect(container.textContent).toContain("4 left it");
    expect(plain(container.textContent)).toContain("85 % in 9 d");
  });

  it("says of what only the oldest are drawn, and that nothing is in progress", async () => {
    const some = await shown(<Ageing of={ageing([ageingStage("Build", [1, 2], { in_progress: 620 })])} />);
    expect(some.container.textContent).toContain("0 of 2 are older");
    expect(some.container.textContent).toContain("Of Build the oldest are drawn.");
    some.unmount();
    const none = await shown(<Ageing of={ageing([ageingStage("Build", [])])} />);
    expect(none.container.textContent).toContain("Nothing is in progress");
  });

  it("has a table, the oldest first, in words where colours are", async () => {
    const user = userEvent.setup();
    await shown(<Ageing of={ageing([ageingStage("Build", [1, 12]), ageingStage("Review", [40, 4])])} />);
    await user.click(screen.getByRole("button", { name: "Table" }));
    const rows = within(screen.getByRole("table", { name: "How old work in progress is" }))
      .getAllByRole("row")
      .slice(1);
    expect(
      plain(
        rows
          .map((row) => [...row.children].slice(2).map((cell) => cell.textContent))
          .map(([stage, age, , against]) => [stage, age, against]),
      ),
    ).toEqual([
      ["Review", "40 d", "older than 85 %"],
      ["Build", "12 d", "older than 85 %"],
      ["Review", "4 d", "as young as 70 %"],
      ["Build", "24 h", "as young as half"],
    ]);
  });
});

it("asks for the items that the page is limited to, against nothing", async () => {
  const { fetched } = await visited("/flow?from=2026-08-31&until=2026-11-27&compare=year_ago&team=p%3A1");
  await screen.findByRole("slider", { name: /^How long each item took/ });
  await screen.findByRole("slider", { name: /^How old work in progress is/ });
  const paths = fetched.mock.calls.map(([path]) => path);
  expect(paths).toContain("/api/v1/flow/cycle-times?from=2026-08-31&until=2026-11-27&team=p%3A1");
  expect(paths).toContain("/api/v1/flow/ageing?from=2026-08-31&until=2026-11-27&team=p%3A1");
});

it("shows the one when the other cannot be had", async () => {
  const busy: [number, string] = [503, '{"code":"busy","title":"The server is busy","detail":"Ask again in a moment."}'];
  let answered = false;
  const first = () => (answered ? recorded("cycle-times") : busy);
  await visited("/flow", { ...DEMO, "/api/v1/flow/cycle-times": first });
  const alert = await screen.findByRole("alert");
  await screen.findByRole("slider", { name: /^How old work in progress is/ });
  answered = true;
  await userEvent.setup().click(within(alert).getByRole("button", { name: "Ask again" }));
  await screen.findByRole("slider", { name: /^How long each item took/ });
  await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
});
