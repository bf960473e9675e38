import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Looks } from "@/api/branding";
import { named } from "@/design/tokens";
import { logoWrong, wornOf } from "@/pages/admin/Branding";
import { fontWrong } from "@/pages/admin/Fonts";
import { propertiesOf } from "@/pages/admin/BrandSample";
import { restyle } from "@/shell/brand";
import { OWNER } from "./people";
import { changes, recorded, visited } from "./shown";
import { plain } from "./plain";

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
  const told = screen.getByText("Six digits such as #0b6b8a.");
  expect(document.querySelector("[aria-invalid=true]")?.getAttribute("aria-describedby")).toBe(told.id);
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
  expect((await screen.findByRole("alert")).textContent).toContain("Somebody else was faster.");
  expect(screen.getByLabelText<HTMLInputElement>("Name").value).toBe("Northwind");
});

it("writes over what somebody else made of the look only once that is said", async () => {
  const user = userEvent.setup();
  const { version } = branded;
  let now = version;
  const { fetched } = await visited("/admin/branding", {
    ...OWNER,
    "/api/v1/tenant/branding": (_, method) => {
      if (method !== "PUT" || now > version) return JSON.stringify({ ...branded, version: now });
      now += 1;
      return [412, '{"code":"stale","title":"It was changed","detail":"somebody else was faster"}'];
    },
  });
  await user.type(await screen.findByLabelText("Name"), "!");
  const keep = screen.getByRole<HTMLButtonElement>("button", { name: "Keep" });
  await user.click(keep);
  await screen.findByText("Somebody changed it while you did. What you typed is still here.");
  expect(keep.disabled).toBe(true);
  await user.click(screen.getByRole("button", { name: "Keep mine in its place" }));
  await user.click(keep);
  const puts = () => changes(fetched).flatMap(({ method, version }) => (method === "PUT" ? [version] : []));
  await waitFor(() => expect(puts()).toEqual([`"${version}"`, `"${version + 1}"`]));
});

it("asks before a look that was changed and not kept is left", async () => {
  const user = userEvent.setup();
  const { router } = await visited("/admin/branding", OWNER);
  await user.type(await screen.findByLabelText("Name"), "Ours");
  void router.navigate({ to: "/admin" });
  const asks = await screen.findByRole("dialog", { name: "Leave what you changed?" });
  expect(router.state.location.pathname).toBe("/admin/branding");
  await user.click(within(asks).getByRole("button", { name: "Leave it" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/admin"));
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
  expect(plain(logoWrong({ type: "image/png", size: 100 * 1024 + 1 }))).toBe("It should have 100 KiB at most.");
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

describe("fonts of reports", () => {
  const PATH = "/api/v1/tenant/branding/fonts";
  const file = (name: string, size = 4) => new File([new Uint8Array(size)], name);
  const puts = (fetched: { mock: { calls: unknown[][] } }) =>
    (fetched.mock.calls as [string, RequestInit | undefined][]).filter(([, init]) => init?.method === "PUT");

  it("stand by weight with the name of each, and what has none is told so", async () => {
    await visited("/admin/branding", OWNER);
    const panel = (await screen.findByRole("heading", { name: "Fonts of reports" })).closest("section") as HTMLElement;
    const rows = (await within(panel).findAllByRole("listitem")).map(({ textContent }) => textContent);
    expect(plain(rows[0])).toContain("Northwind Sans 180 KiB");
    expect(rows[1]).toContain("the nearest that is there");
    expect(within(panel).getAllByRole("button", { name: /^Remove/ })).toHaveLength(2);
  });

  it("are Inter where there are none", async () => {
    await visited("/admin/branding", { ...OWNER, [PATH]: "[]" });
    expect(await screen.findAllByText("Inter")).toHaveLength(4);
  });

  it("are sent as they are, and known anew", async () => {
    const user = userEvent.setup();
    const sent = file("Northwind-Medium.otf");
    const { fetched } = await visited("/admin/branding", {
      [`${PATH}/medium`]: '{"weight":"medium","family":"Northwind Sans","bytes":4}',
      ...OWNER,
    });
    await user.upload(await screen.findByLabelText("Choose a file for medium"), sent);
    await screen.findByText("Medium is set in Northwind Sans, from the next report on");
    const [[path, init] = []] = puts(fetched);
    expect(path).toBe(`${PATH}/medium`);
    expect(init?.body).toBe(sent);
    expect(new Headers(init?.headers).get("Content-Type")).toBe("application/octet-stream");
    await waitFor(() => expect(fetched.mock.calls.filter(([path]) => path === PATH)).toHaveLength(2));
  });

  it("are refused here where no server need be asked, and in the server's words where it refuses one", async () => {
    const user = userEvent.setup({ applyAccept: false });
    const { fetched } = await visited("/admin/branding", {
      [`${PATH}/bold`]: [
        422,
        '{"code":"invalid","title":"It cannot be kept","detail":"font should be one font, and not a collection"}',
      ],
      ...OWNER,
    });
    const field = await screen.findByLabelText("Another file for bold");
    await user.upload(field, file("fonts.zip"));
    expect((await screen.findByRole("alert")).textContent).toBe("It should be a TTF or OTF file.");
    expect(puts(fetched)).toEqual([]);
    await user.upload(field, file("Bold.TTF"));
    await screen.findByText("Font should be one font, and not a collection.");
    expect(screen.queryByText("It should be a TTF or OTF file.")).toBeNull();
    expect(fontWrong({ name: "a.otf", size: 1024 * 1024 })).toBeNull();
    expect(plain(fontWrong({ name: "a.otf", size: 1024 * 1024 + 1 }))).toBe("It should have 1 MiB at most.");
    expect(fontWrong({ name: "otf", size: 1 })).not.toBeNull();
  });

  it("are removed once somebody has confirmed it", async () => {
    const user = userEvent.setup();
    const { fetched } = await visited("/admin/branding", { [`${PATH}/regular`]: "", ...OWNER });
    await user.click(await screen.findByRole("button", { name: "Remove regular" }));
    const dialog = await screen.findByRole("dialog", { name: "Remove Northwind Sans", hidden: true });
    expect(changes(fetched).filter(({ method }) => method === "DELETE")).toEqual([]);
    await user.click(within(dialog).getByRole("button", { name: "Remove it", hidden: true }));
    await waitFor(() =>
      expect(changes(fetched).filter(({ method }) => method === "DELETE")).toEqual([
        { method: "DELETE", path: `${PATH}/regular`, body: null, version: null },
      ]),
    );
  });
});
