/** Goes anywhere by a few letters: pages, projects, teams, repositories, the rows of a metric, and what a menu does. */

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useId, useState, type KeyboardEvent } from "react";
import { address } from "@/api/client";
import { definitions, me, names } from "@/api/queries";
import { asked as asks, keptOf, spanOf, type Search } from "@/api/scope";
import { setTheme } from "@/design/theme";
import { Icon, type IconName } from "@/parts/Icon";
import { Modal } from "@/parts/Modal";
import { t } from "@/texts/texts";
import { leave, print } from "./deeds";
import { open, OWN, PLATFORM } from "./own";
import { ASK, PAGES, TOLD, WORK } from "./pages";

interface Place {
  id: string;
  title: string;
  kind: string;
  icon: IconName;
  go: () => void;
}

const ADDS = [
  { path: "/connections/new", title: t("Add a connection"), icon: "plus", needs: "connections:manage" },
  { path: "/alerts/rules/new", title: t("Set an alert rule"), icon: "plus", needs: "alerts:manage" },
] as const;

const THEMES = { light: t("Theme: light"), dark: t("Theme: dark"), system: t("Theme as the system has it") };
const TIMES = { said: t("Times as one says them"), exact: t("Exact times, to the second") };

function usePlaces(): Place[] {
  const navigate = useNavigate();
  const search: Search = useSearch({ strict: false });
  const { data: person } = useQuery(me);
  const may = person?.permissions ?? [];
  const enabled = may.includes("metrics:read");
  const projects = useQuery({ ...names("project"), enabled });
  const teams = useQuery({ ...names("team"), enabled });
  const repositories = useQuery({ ...names("repository"), enabled });
  const metrics = useQuery({ ...definitions, enabled });
  const pages =
    person?.tenant === null
      ? [...PLATFORM, ...OWN.slice(0, 1)]
      : [
          ...PAGES,
          ...(may.includes("metrics:read") ? TOLD : []),
          ...(may.includes("sql:run") ? ASK : []),
          ...(may.includes("jobs:read") ? WORK : []),
          ...ADDS.filter(({ needs }) => may.includes(needs)),
          ...OWN,
        ];
  // The rows of a metric are those of the span, and of what the page is limited to.
  const rows = (metric: string) =>
    address(`/api/v1/metrics/${metric}/evidence`, { ...asks(search), grain: undefined, compare: undefined });
  // As the links at the left do.
  const to = (path: (typeof pages)[number]["path"] | ReturnType<typeof open>[number]["path"]) => () =>
    void navigate({ to: path, search: keptOf(search) });
  return [
    ...pages.map(({ path, title, icon }) => ({ id: path, title, kind: t("page"), icon, go: to(path) })),
    ...open(may).map(({ path, title, icon }) => ({
      id: path,
      title,
      kind: t("admin"),
      icon,
      go: to(path),
    })),
    ...(projects.data ?? []).map(({ id, name }) => ({
      id,
      title: name,
      kind: t("project"),
      icon: "projects" as const,
      go: () => void navigate({ to: "/project", search: { ...spanOf(search), project: [id] } }),
    })),
    ...(teams.data ?? []).map(({ id, name }) => ({
      id,
      title: name,
      kind: t("team"),
      icon: "teams" as const,
      go: () => void navigate({ to: "/", search: { ...spanOf(search), team: [id] } }),
    })),
    ...(repositories.data ?? []).map(({ id, name }) => ({
      id,
      title: name,
      kind: t("repository"),
      icon: "change" as const,
      go: () => void navigate({ to: "/", search: { ...spanOf(search), repository: [id] } }),
    })),
    ...(metrics.data ?? []).map(({ name, title }) => ({
      id: name,
      title,
      kind: t("metric"),
      icon: "chart" as const,
      go: () => void navigate({ to: ".", search: (before: Search) => ({ ...before, evidence: rows(name) }), resetScroll: false }),
    })),
    ...(["light", "dark", "system"] as const).map((mode) => ({
      id: `theme-${mode}`,
      title: THEMES[mode],
      kind: t("theme"),
      icon: "overview" as const,
      go: () => setTheme({ mode }),
    })),
    ...(["said", "exact"] as const).map((times) => ({
      id: `times-${times}`,
      title: TIMES[times],
      kind: t("times"),
      icon: "overview" as const,
      go: () => setTheme({ times }),
    })),
    { id: "print", title: t("Print or save as PDF"), kind: t("action"), icon: "page", go: print },
    { id: "leave", title: t("Sign out"), kind: t("action"), icon: "person", go: leave },
  ];
}

/** The places whose titles have all of the words, those that begin so first. */
export function found<T extends { title: string; kind: string }>(places: readonly T[], asked: string): T[] {
  const words = asked.toLowerCase().split(/\s+/).filter(Boolean);
  const hits = places.filter(({ title, kind }) => words.every((word) => `${title} ${kind}`.toLowerCase().includes(word)));
  const begins = ({ title }: T) => Number(title.toLowerCase().startsWith(words[0] ?? ""));
  return hits.toSorted((one, other) => begins(other) - begins(one));
}

export function Palette({ onClose }: { onClose: () => void }) {
  const [asked, ask] = useState("");
  const [at, move] = useState(0);
  const id = useId();
  const places = found(usePlaces(), asked).slice(0, 12);
  const chosen = places[Math.min(at, places.length - 1)];
  const go = (place: Place | undefined) => {
    place?.go();
    onClose();
  };
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      move((at + step + places.length) % Math.max(1, places.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      go(chosen);
    }
  };
  return (
    <Modal title={t("Go to")} onClose={onClose} bare>
      <div className="flex items-center gap-2 border-b border-line px-4">
        <Icon name="search" className="text-soft" />
        <input
          role="combobox"
          aria-label={t("Go to a page, project, team, repository or metric")}
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={chosen && `${id}-${chosen.id}`}
          value={asked}
          onChange={(event) => {
            ask(event.target.value);
            move(0);
          }}
          onKeyDown={keys}
          placeholder={t("Go to a page, project, team, repository or metric")}
          className="min-h-12 w-full bg-transparent text-lg outline-none placeholder:text-soft"
          data-first
        />
      </div>
      <div id={id} role="listbox" aria-label={t("Places")} className="p-2">
        {places.map((place) => (
          // Keys are the field's: its arrows move through the list.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            tabIndex={-1}
            key={`${place.kind}${place.id}`}
            id={`${id}-${place.id}`}
            role="option"
            aria-selected={place === chosen}
            onClick={() => go(place)}
            className={`flex min-h-9 cursor-pointer items-center gap-3 rounded-sm px-2 ${place === chosen ? "bg-accent-tint" : "hover:bg-hover"}`}
          >
            <Icon name={place.icon} className="size-4 text-soft" />
            {place.title}
            <span className="ml-auto text-xs text-soft">{place.kind}</span>
          </div>
        ))}
      </div>
      {/* It is there before, so that it is told to whoever does not see it. */}
      <p role="status" className={`px-5 text-sm text-soft ${places.length === 0 ? "pb-4" : ""}`}>
        {places.length === 0 && t("Nothing has that name.")}
      </p>
    </Modal>
  );
}
