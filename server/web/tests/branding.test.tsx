import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Looks } from "@/api/branding";
import { named } from "@/design/tokens";
import { logoWrong, wornOf } from "@/pages/admin/Branding";
import { propertiesOf } from "@/pages/admin/BrandSample";
import { restyle } from "@/shell/brand";
import { OWNER } from "./people";
import { changes, recorded, visited } from "./shown";

afterEach(() => {
  vi.unstubAllGlobals();
  document.head.innerHTML = "";
});

const branded = JSON.parse(recorded("branded")) as Looks;

it("shows what was typed before it is kept, and keeps it in the place of Pulse's own", async () => {
  const user = userEvent.setup();
  const warning = {
    mode: "light",
    contrast: "regular",
    colour: "warn",
    given: "#ffd400",
    has: 1.21,
    needs: 4.6,
    shown: "#7f6800",
  };
  const { fetched } = await visited("/admin/branding", {
    ...OWNER,
    "/api/v1/tenant/branding/preview": JSON.stringify({ css: "", warnings: [warning] }),
  });
  await user.type(await screen.findByLabelText("Name"), "Northwind Insights");
  const accent = screen.getByRole("textbox", { name: "Accent, on light grounds" });
  await user.type(accent, "#7A1F");
  screen.getByText("Six digits such as #0b6b8a.");
  expect(screen.getByRole("button", { name: "Keep" })).toHaveProperty("disabled", true);
  await user.type(accent, "A2");
  const whole = { name: "Northwind Insights", logo: null, colours: { light: { accent: "#7a1fa2" }, dark: {} } };
  await waitFor(() =>
    expect(changes(fetched).at(-1)).toMatchObject({ method: "POST", path: "/api/v1/tenant/branding/preview", body: whole }),
  );
  await screen.findByText("Warn on light grounds", { exact: false });
  screen.getByText("regular contrast: has 1.21, needs 4.6");
  expect(changes(fetched).some(({ method }) => method === "PUT")).toBe(false);
  await user.click(screen.getByRole("button", { name: "Keep" }));
  await waitFor(() =>
    expect(changes(fetched).find(({ method }) => method === "PUT")).toEqual({
      method: "PUT",
      path: "/api/v1/tenant/branding",
      body: whole,
      version: '"0"',
    }),
  );
});

it("goes back to Pulse's own, and back from there", async () => {
  const user = userEvent.setup();
  const { fetched } = await visited("/admin/branding", { ...OWNER, "/api/v1/tenant/branding": JSON.stringify(branded) });
  await user.click(await screen.findByRole("button", { name: "Back to Pulse's own" }));
  await waitFor(() =>
    expect(changes(fetched).find(({ method }) => method === "PUT")).toMatchObject({
      body: { name: null, logo: null, colours: { light: {}, dark: {} } },
      version: `"${branded.version}"`,
    }),
  );
  const told = (await screen.findByText("It is Pulse's own look again")).parentElement as HTMLElement;
  await user.click(within(told).getByRole("button", { name: "Undo" }));
  await waitFor(() =>
    expect(changes(fetched).findLast(({ method }) => method === "PUT")?.body).toEqual(
      wornOf(branded.name ?? "", branded.logo, branded.colours),
    ),
  );
});

it("keeps what was typed where somebody was faster, and says so", async () => {
  const user = userEvent.setup();
  await visited("/admin/branding", {
    ...OWNER,
    "/api/v1/tenant/branding": (_, method) =>
      method === "PUT"
        ? [412, '{"code":"stale","title":"It was changed","detail":"somebody else was faster"}']
        : recorded("branding"),
  });
  await user.type(await screen.findByLabelText("Name"), "Northwind");
  await user.click(screen.getByRole("button", { name: "Keep" }));
  expect((await screen.findByRole("alert")).textContent).toContain("somebody else was faster");
  expect(screen.getByLabelText<HTMLInputElement>("Name").value).toBe("Northwind");
});

it("takes a picture that can be a logo, and says why another cannot", async () => {
  const user = userEvent.setup({ applyAccept: false });
  await visited("/admin/branding", OWNER);
  const file = await screen.findByLabelText<HTMLInputElement>("Choose a file");
  await user.upload(file, new File(["x"], "logo.gif", { type: "image/gif" }));
  await screen.findByText("It should be a PNG or an SVG.");
  await user.upload(file, new File(["<svg/>"], "logo.svg", { type: "image/svg+xml" }));
  const shown = await screen.findByRole("img", { name: "The logo" });
  expect(shown.getAttribute("src")).toBe(`data:image/svg+xml;base64,${btoa("<svg/>")}`);
  expect(screen.queryByText("It should be a PNG or an SVG.")).toBeNull();
  expect(logoWrong({ type: "image/png", size: 100 * 1024 })).toBeNull();
  expect(logoWrong({ type: "image/png", size: 100 * 1024 + 1 })).toBe("It should have 100 KiB at most.");
});

it("puts the tenant's name and logo where Pulse's stand, on every page", async () => {
  document.head.innerHTML = '<link rel="icon" href="/icon.svg" type="image/svg+xml" />';
  const { container, unmount } = await visited("/reports", { ...OWNER, "/api/v1/tenant/branding": JSON.stringify(branded) });
  await screen.findAllByText("Northwind Insights");
  await waitFor(() => expect(document.title).toBe("Reports – Northwind Insights"));
  const src = `data:image/svg+xml;base64,${branded.logo?.data ?? ""}`;
  expect(container.querySelector("aside img")?.getAttribute("src")).toBe(src);
  expect(document.querySelector('link[rel="icon"]')?.getAttribute("href")).toBe(src);
  unmount();
  expect(document.querySelector('link[rel="icon"]')?.getAttribute("href")).toContain("/icon.svg");
});

it("puts on colours that changed, and takes off those before once the new ones are there", async () => {
  // Nothing is loaded here: whether that counts as loaded or as failed is told to the window.
  const { settings } = (window as unknown as { happyDOM: { settings: { handleDisabledFileLoadingAsSuccess: boolean } } })
    .happyDOM;
  const worn = () => [...document.querySelectorAll("link")].map((link) => link.getAttribute("href"));
  settings.handleDisabledFileLoadingAsSuccess = true;
  document.head.innerHTML = '<link rel="stylesheet" href="/branding.css" />';
  restyle(4);
  await waitFor(() => expect(worn()).toEqual(["/branding.css?4"]));
  settings.handleDisabledFileLoadingAsSuccess = false;
  restyle(5);
  await waitFor(() => expect(worn()).toEqual(["/branding.css?4"]));
});

it("puts the tenant's colours on a page that came without them, and asks for none where there are none", async () => {
  const { settings } = (window as unknown as { happyDOM: { settings: { handleDisabledFileLoadingAsSuccess: boolean } } })
    .happyDOM;
  settings.handleDisabledFileLoadingAsSuccess = true;
  const worn = () => [...document.querySelectorAll("link")].map((link) => link.getAttribute("href"));
  document.head.innerHTML = '<link rel="stylesheet" href="/branding.css" />';
  const { unmount } = await visited("/reports", OWNER);
  await screen.findByRole("button", { name: "Define one" });
  expect(worn()).toEqual(["/branding.css"]);
  unmount();
  await visited("/reports", { ...OWNER, "/api/v1/tenant/branding": JSON.stringify(branded) });
  await waitFor(() => expect(worn()).toEqual([`/branding.css?${branded.version}`]));
  settings.handleDisabledFileLoadingAsSuccess = false;
});

it("reads a mode's colours from a stylesheet, and takes Pulse's own where there is none", () => {
  const css =
    ":root:root{--c-accent:#000001}\n:root:root[data-mode=dark][data-contrast=regular]{color-scheme:dark;--c-accent:#7a1fa2;--c-good:#0f0f0f}";
  expect(propertiesOf(css, "dark", "regular")).toEqual({ "--c-accent": "#7a1fa2", "--c-good": "#0f0f0f" });
  expect(propertiesOf("", "light", "aaa")["--c-accent"]).toBe(named("light", "aaa").accent);
});
