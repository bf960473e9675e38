/** What stands around every page: where one is, who one is, and how fresh it is. */

import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouterState, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState, type ComponentProps } from "react";
import { firingAlerts } from "@/api/alerts";
import { useLive, type Live } from "@/api/live";
import { me, tenant } from "@/api/queries";
import { keptOf, type Search } from "@/api/scope";
import { useStanding } from "@/api/standing";
import { formatter } from "@/design/format";
import { Button } from "@/parts/Button";
import type { Evidence } from "@/parts/Evidence";
import { Icon } from "@/parts/Icon";
import { part, useComing, usePart, useWhenQuiet } from "@/parts/later";
import { LocaleProvider } from "@/parts/Locale";
import { Modal } from "@/parts/Modal";
import { Opens } from "@/parts/Popup";
import { useRoom } from "@/parts/room";
import { Told } from "@/parts/Told";
import { Waiting } from "@/parts/Waiting";
import { follow, t } from "@/texts/texts";
import { Bell } from "./Bell";
import { takeReturn } from "./back";
import { useBrand } from "./brand";
import { Houses } from "./Houses";
import { Letterhead } from "./Letterhead";
import { Away, Sample } from "./Lines";
import { open as openTo, PLATFORM } from "./own";
import { ASK, PAGES, TOLD, WORK } from "./pages";
import { usePalette } from "./usePalette";
import { useSamePerson } from "./same";

const rows = part(async () => ({ default: (await import("@/parts/Evidence")).Evidence }));
const door = part(async () => ({ default: (await import("./SessionOver")).SessionOver }));
const places = part(async () => ({ default: (await import("./Palette")).Palette }));

/** Where a page stands. */
const place = "px-4 pt-5 pb-16 sm:px-6 print:p-0";

export function Shell() {
  const { data: person, isPending, failureCount } = useQuery(me);
  const operator = person?.tenant === null;
  // A platform operator is in no tenant, and would be refused.
  const inside = person !== undefined && !operator;
  const { data: house, isPending: unnamed, failureCount: refused } = useQuery({ ...tenant, enabled: inside });
  // What stands above the page, and how numbers are written, depends on who looks on: until that is known nothing of it is seen, so that
  // nothing moves.
  const early = inside ? unnamed && refused === 0 : isPending && failureCount === 0;
  useComing(early);
  const { away, over } = useStanding();
  const format = useMemo(() => formatter(house?.locale ?? "en", house?.time_zone ?? "UTC"), [house?.locale, house?.time_zone]);
  const locale = house?.locale;
  useEffect(() => {
    if (locale) follow(locale);
  }, [locale]);
  const brand = useBrand(inside);
  const live = useLive(inside);
  useSamePerson();
  const [palette, setPalette] = usePalette();
  useWhenQuiet(rows.load);
  useWhenQuiet(places.load);
  useWhenQuiet(door.load);
  const [menu, setMenu] = useState(false);
  const search: Search = useSearch({ strict: false });
  const navigate = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const wide = useRoom("lg");
  const content = useRef<HTMLElement>(null);
  // Whoever goes to another page begins at its beginning, with a screen reader, too.
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current !== path) content.current?.focus({ preventScroll: true });
    shown.current = path;
  }, [path]);
  // Back from the door, or in a session that has no figures.
  useEffect(() => {
    if (!person || path !== "/") return;
    const back = takeReturn();
    if (back) void navigate({ href: back, replace: true });
    else if (operator) void navigate({ to: "/platform", replace: true });
  }, [person, operator, path, navigate]);
  const close = () =>
    void navigate({ to: ".", search: (before: Search) => ({ ...before, evidence: undefined }), resetScroll: false });
  return (
    <LocaleProvider value={format}>
      <a
        href="#content"
        className="sr-only z-30 rounded-md bg-accent text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:px-4 focus:py-2"
      >
        {t("Skip to the content")}
      </a>
      <div className="min-h-dvh lg:grid lg:grid-cols-[14rem_minmax(0,1fr)] print:block">
        <aside className="sticky top-0 hidden h-dvh flex-col overflow-y-auto border-r border-line px-3 py-4 lg:flex print:hidden">
          <div className={`mb-5 flex min-h-9 items-center ${early ? "invisible" : ""}`}>
            <Houses name={operator ? t("Platform") : house?.name} brand={brand?.name} logo={brand?.logo} />
          </div>
          {wide && <Pages />}
        </aside>
        <div className="min-w-0 lg:flex lg:flex-col print:block">
          <header className="sticky top-0 z-10 flex h-13 items-center gap-2 border-b border-line bg-canvas px-4 sm:px-6 print:hidden">
            <Button look="quiet" aria-label={t("Pages")} onClick={() => setMenu(true)} className="-ml-2 lg:hidden">
              <Icon name="menu" className="size-5" />
            </Button>
            <div className={`min-w-0 lg:hidden ${early ? "invisible" : ""}`}>
              <Houses name={operator ? t("Platform") : house?.name} brand={brand?.name} logo={brand?.logo} />
            </div>
            {/* A stream may seem to be there for a while after the server is not. */}
            {!operator && !over && <LiveMark live={away === null ? live : "away"} />}
            <Button look="quiet" onClick={() => setPalette(true)} aria-keyshortcuts="Control+K Meta+K" className="ml-auto">
              <Icon name="search" />
              <span className="sr-only sm:not-sr-only">{t("Go to")}</span>
              <kbd className="ml-1 hidden rounded-sm border border-edge px-1 font-sans text-xs sm:inline">{t("Ctrl K")}</kbd>
            </Button>
            {person && !operator && !over && <Bell />}
            <Person />
          </header>
          {!early && <Letterhead name={operator ? t("Platform") : house?.name} brand={brand?.name} logo={brand?.logo} />}
          <Away />
          {!over && !early && <Sample />}
          {early && !over && (
            <div className={place}>
              <Waiting />
            </div>
          )}
          <main
            ref={content}
            id="content"
            tabIndex={-1}
            hidden={early && !over}
            className={`outline-none lg:relative lg:grow ${place}`}
          >
            {usePart(door, over, {})}
            {/* What was typed there waits for whoever signs in again. */}
            <div hidden={over}>
              <Outlet />
            </div>
          </main>
        </div>
      </div>
      {menu && (
        <Modal shape="side" title={brand?.name ?? house?.name ?? t("Pages")} onClose={() => setMenu(false)}>
          <div className="p-3">
            <Pages onGo={() => setMenu(false)} />
          </div>
        </Modal>
      )}
      {usePart(places, palette, { onClose: () => setPalette(false) })}
      <Told />
      {search.evidence && <Rows key={search.evidence} href={search.evidence} onClose={close} />}
    </LocaleProvider>
  );
}

/** The rows behind a number. */
function Rows(of: ComponentProps<typeof Evidence>) {
  return usePart(rows, true, of);
}

/** All that is about the tenant is behind one link: it has a list of its own. */
const ABOUT = [{ path: "/admin", title: t("Admin"), icon: "gear" }] as const;

/** Those whose pages below them are in no list of their own. */
const HOLDS: ReadonlySet<string> = new Set(["/connections", "/admin", "/explore", "/reports", "/alerts"]);

function Pages({ onGo }: { onGo?: () => void }) {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const { data: person } = useQuery(me);
  const link = ({
    path: to,
    title,
    icon,
  }: (typeof PAGES | typeof TOLD | typeof ASK | typeof WORK | typeof PLATFORM | typeof ABOUT)[number]) => {
    const here = path === to || (to === "/projects" && path === "/project") || (HOLDS.has(to) && path.startsWith(`${to}/`));
    return (
      <li key={to}>
        <Link
          to={to}
          search={keptOf}
          onClick={onGo}
          // What is said of it below is all: the router would mark those above it, too.
          activeOptions={{ exact: true }}
          aria-current={here ? "page" : undefined}
          className={`flex min-h-9 items-center gap-2.5 rounded-md px-2.5 text-base ${here ? "bg-accent-tint font-semibold text-accent-text" : "text-soft hover:bg-hover hover:text-ink"}`}
        >
          <Icon name={icon} />
          {title}
          {to === "/alerts" && <Firing />}
        </Link>
      </li>
    );
  };
  if (person?.tenant === null)
    return (
      <nav aria-label={t("Pages")}>
        <ul className="flex flex-col gap-0.5">{PLATFORM.map(link)}</ul>
      </nav>
    );
  return (
    <nav aria-label={t("Pages")} className="flex flex-col gap-4">
      <ul className="flex flex-col gap-0.5">{PAGES.map(link)}</ul>
      {person?.permissions.includes("metrics:read") && (
        <ul aria-label={t("What is told")} className="flex flex-col gap-0.5 border-t border-line pt-4">
          {TOLD.map(link)}
        </ul>
      )}
      {person?.permissions.includes("sql:run") && (
        <ul aria-label={t("Questions")} className="flex flex-col gap-0.5 border-t border-line pt-4">
          {ASK.map(link)}
        </ul>
      )}
      {person?.permissions.includes("jobs:read") && (
        <ul aria-label={t("Data")} className="flex flex-col gap-0.5 border-t border-line pt-4">
          {WORK.map(link)}
        </ul>
      )}
      {openTo(person?.permissions ?? []).length > 0 && (
        <ul aria-label={t("Tenant")} className="flex flex-col gap-0.5 border-t border-line pt-4">
          {ABOUT.map(link)}
        </ul>
      )}
    </nav>
  );
}

/** How many alerts fire that nobody looks after. */
function Firing() {
  const { data } = useQuery(firingAlerts);
  const n = data?.length ?? 0;
  if (n === 0) return null;
  return (
    <span className="ml-auto rounded-full bg-bad-tint px-1.5 text-xs leading-4.5 font-semibold text-bad">
      {n > 99 ? "99+" : n}
      <span className="sr-only"> {t("firing")}</span>
    </span>
  );
}

const LIVE: Record<Live, string> = { connecting: t("Connecting"), live: t("Live"), away: t("Connecting again") };

function LiveMark({ live }: { live: Live }) {
  return (
    <span role="status" className="ml-1 inline-flex items-center gap-1.5 text-xs text-soft lg:ml-0">
      <span
        aria-hidden="true"
        className={`size-2 rounded-full border ${live === "live" ? "border-good bg-good" : "border-edge"}`}
      />
      <span className="sr-only sm:not-sr-only">{LIVE[live]}</span>
    </span>
  );
}

const account = part(() => import("./AccountMenu"));

function Person() {
  const { data } = useQuery(me);
  const [open, setOpen] = useState(false);
  const name = data?.user.name || data?.user.email || t("Account");
  const trigger = (
    <Button look="quiet" className="-mr-2">
      <span className="sr-only max-w-40 truncate sm:not-sr-only">{name}</span>
      <span
        aria-hidden="true"
        className="grid size-6 place-items-center rounded-full bg-accent-tint text-xs font-semibold text-accent-text"
      >
        {name.slice(0, 1).toUpperCase()}
      </span>
    </Button>
  );
  const opens = { trigger, open, onOpen: setOpen };
  return <Opens {...opens} of={account} kind="menu" props={{ ...opens, operator: data?.tenant === null }} />;
}
