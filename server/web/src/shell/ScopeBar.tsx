/** Of what and when the page is. Everything that is chosen here stands in the address. */

import { useQueries, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type SubmitEvent } from "react";
import { names } from "@/api/queries";
import { COMPARES, dayFrom, DIMENSIONS, dimensionsWords, dimensionWords, GRAINS, type Scope, type Search } from "@/api/scope";
import type { Compare, Dashboard, Dimension, Grain } from "@/api/types";
import { Button, fieldLook } from "@/parts/Button";
import { Icon } from "@/parts/Icon";
import { useComing } from "@/parts/later";
import { useFormat } from "@/parts/Locale";
import { Failure, Skeleton } from "@/parts/Notice";
import { Popup } from "@/parts/Popup";
import { Select } from "@/parts/Select";
import { t } from "@/texts/texts";

const SPANS = [
  [t("4 weeks"), 28],
  [t("13 weeks"), 91],
  [t("26 weeks"), 182],
  [t("12 months"), 365],
] as const;

const COMPARED: Record<Compare, string> = { previous: t("span before"), year_ago: t("a year ago"), target: t("target") };
const popover = "z-10 w-72 max-w-[94vw] p-3";

interface Props {
  search: Search;
  /** What the server made of it, once that is known. */
  shown: Dashboard | undefined;
  /** A dimension that the page itself limits. */
  fixed?: Dimension | undefined;
}

export function ScopeBar({ search, shown, fixed }: Props) {
  const navigate = useNavigate();
  const set = (part: Scope) =>
    void navigate({ to: ".", search: (before: Search) => ({ ...before, ...part }), resetScroll: false });
  const limits = DIMENSIONS.filter((dimension) => dimension !== fixed);
  return (
    <section aria-label={t("What is shown")} className="flex flex-wrap items-center gap-2 print:hidden">
      <Period search={search} shown={shown} set={set} />
      <Select
        label={t("By")}
        value={search.grain ?? shown?.grain ?? "week"}
        of={GRAINS.map((grain) => [grain, grain])}
        onChoose={(grain) => set({ grain: grain as Grain })}
      />
      <Select
        label={t("Against")}
        value={search.compare ?? shown?.compare ?? "previous"}
        of={COMPARES.map((compare) => [compare, COMPARED[compare]])}
        onChoose={(compare) => set({ compare: compare as Compare })}
      />
      {limits.map((dimension) => (
        <Limit
          key={dimension}
          dimension={dimension}
          chosen={search[dimension] ?? []}
          onChoose={(ids) => set({ [dimension]: ids.length > 0 ? ids : undefined })}
        />
      ))}
    </section>
  );
}

/** What the page is limited to, in words: on paper, which has no bar to read it from. */
export function Limited({ search, fixed }: Pick<Props, "search" | "fixed">) {
  const limits = DIMENSIONS.filter((dimension) => dimension !== fixed && search[dimension]);
  const known = useQueries({ queries: limits.map(names) });
  useComing(known.some(({ isPending }) => isPending));
  if (limits.length === 0) return null;
  const told = limits.map((dimension, at) => {
    const chosen = search[dimension] ?? [];
    const called = chosen.map((id) => known[at]?.data?.find((one) => one.id === id)?.name ?? id);
    return `${chosen.length > 1 ? dimensionsWords(dimension) : dimensionWords(dimension)} ${called.join(", ")}`;
  });
  return <p className="hidden text-xs text-soft print:block">{t("Only of {told}", { told: told.join("; ") })}</p>;
}

function Period({ search, shown, set }: { search: Search; shown: Dashboard | undefined; set: (part: Scope) => void }) {
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const [from, until] = [search.from ?? shown?.from, search.until ?? shown?.until];
  const choose = (from: string, until: string) => {
    set({ from, until });
    setOpen(false);
  };
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [first, last] = [form.get("first"), form.get("last")];
    // People mean both days, the API the day after the last.
    if (typeof first === "string" && typeof last === "string" && first && last && first <= last) choose(first, dayFrom(last, 1));
  };
  const tomorrow = dayFrom(new Intl.DateTimeFormat("sv", { timeZone: format.timeZone }).format(new Date()), 1);
  return (
    <Popup
      open={open}
      onOpen={setOpen}
      trigger={
        <Button>
          <Icon name="clock" />
          {from && until ? `${format.dayShort(from)} – ${format.day(dayFrom(until, -1))}` : t("Period")}
          <Icon name="chevron" className="size-3.5" />
        </Button>
      }
      label={t("Period")}
      className={popover}
    >
      <div className="grid grid-cols-2 gap-1.5">
        {SPANS.map(([words, days]) => (
          <Button key={days} onClick={() => choose(dayFrom(tomorrow, -days), tomorrow)}>
            {t("Last {words}", { words })}
          </Button>
        ))}
      </div>
      <form onSubmit={submit} className="mt-3 flex flex-col gap-2 border-t border-line pt-3 text-sm">
        <label className="flex items-center justify-between gap-2">
          {t("First day")}
          <input type="date" name="first" required defaultValue={from} className={fieldLook} />
        </label>
        <label className="flex items-center justify-between gap-2">
          {t("Last day")}
          <input type="date" name="last" required defaultValue={until && dayFrom(until, -1)} className={fieldLook} />
        </label>
        <Button type="submit" look="main">
          {t("Show")}
        </Button>
      </form>
    </Popup>
  );
}

function Limit({
  dimension,
  chosen,
  onChoose,
}: {
  dimension: Dimension;
  chosen: readonly string[];
  onChoose: (ids: string[]) => void;
}) {
  const [open, setOpen] = useState(false);
  const [find, setFind] = useState("");
  const known = useQuery({ ...names(dimension), enabled: open || chosen.length > 0 });
  const plural = dimensionsWords(dimension);
  const nameOf = (id: string) => known.data?.find((one) => one.id === id)?.name ?? id;
  const shown = (known.data ?? []).filter(({ name }) => name.toLowerCase().includes(find.toLowerCase()));
  const one = nameOf(chosen[0] ?? "");
  const label =
    chosen.length === 0
      ? `All ${plural}`
      : chosen.length > 1
        ? `${chosen.length} ${plural}`
        : // What a team made and what it owns are two things of one name.
          dimension === "owning_team"
          ? `Owned by ${one}`
          : one;
  return (
    <Popup
      open={open}
      onOpen={setOpen}
      trigger={
        <Button look={chosen.length > 0 ? "plain" : "quiet"}>
          <Icon name="filter" />
          <span className="max-w-40 truncate">{label}</span>
        </Button>
      }
      label={plural}
      className={popover}
    >
      {known.isPending && <Skeleton label={t("Names are on their way")} />}
      {known.isError && <Failure error={known.error} again={() => void known.refetch()} />}
      {known.data && (
        <>
          {known.data.length > 8 && (
            <input
              type="search"
              aria-label={t("Find among {plural}", { plural })}
              placeholder={t("Find")}
              value={find}
              onChange={(event) => setFind(event.target.value)}
              className={`${fieldLook} mb-2 w-full`}
            />
          )}
          <ul className="max-h-64 overflow-y-auto">
            {shown.map(({ id, name }) => (
              <li key={id}>
                <label className="flex min-h-8 items-center gap-2 rounded-sm px-1.5 text-sm hover:bg-hover">
                  <input
                    type="checkbox"
                    className="size-4 accent-accent"
                    checked={chosen.includes(id)}
                    onChange={(event) => onChoose(event.target.checked ? [...chosen, id] : chosen.filter((one) => one !== id))}
                  />
                  {name}
                </label>
              </li>
            ))}
          </ul>
          {chosen.length > 0 && (
            <Button look="quiet" className="mt-2 w-full" onClick={() => onChoose([])}>
              {t("All {plural}", { plural })}
            </Button>
          )}
        </>
      )}
    </Popup>
  );
}
