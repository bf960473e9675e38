/** All that a page can be limited to and made by, on a phone: from below, where a thumb is. What is chosen holds at once. */

import { useRef, useState } from "react";
import { COMPARES, dimensionsWords, GRAINS, type Scope, type Search } from "@/api/scope";
import type { Compare, Dimension, Grain } from "@/api/types";
import { Button, fieldLook } from "@/parts/Button";
import { Icon } from "@/parts/Icon";
import { Modal } from "@/parts/Modal";
import { t } from "@/texts/texts";
import { Choices } from "./Choices";
import { compareWords, grainWords, limitable, useLimits } from "./limits";

interface Props {
  search: Search;
  fixed: Dimension | undefined;
  grain: Grain;
  compare: Compare;
  set: (part: Scope) => void;
  onClose: () => void;
}

const label = "flex min-w-0 flex-col gap-1 text-sm text-soft";
const field = `${fieldLook} min-h-11 w-full font-medium`;

export default function ScopeSheet({ search, fixed, grain, compare, set, onClose }: Props) {
  const limits = useLimits(search, fixed);
  const dimensions = limitable(fixed);
  const done = useRef<HTMLButtonElement>(null);
  return (
    <Modal shape="sheet" title={t("What is shown")} onClose={onClose}>
      <div className="flex flex-col gap-4 px-5 pt-4">
        <div className="grid grid-cols-2 gap-3">
          <label className={label}>
            {t("By")}
            <select value={grain} onChange={(event) => set({ grain: event.target.value as Grain })} className={field}>
              {GRAINS.map((one) => (
                <option key={one} value={one}>
                  {grainWords(one)}
                </option>
              ))}
            </select>
          </label>
          <label className={label}>
            {t("Against")}
            <select value={compare} onChange={(event) => set({ compare: event.target.value as Compare })} className={field}>
              {COMPARES.map((one) => (
                <option key={one} value={one}>
                  {compareWords(one)}
                </option>
              ))}
            </select>
          </label>
        </div>
        <div className="divide-y divide-line border-y border-line">
          {dimensions.map((dimension) => (
            <Folded
              key={dimension}
              dimension={dimension}
              chosen={search[dimension] ?? []}
              names={limits.find((limit) => limit.dimension === dimension)?.names ?? []}
              onChoose={(ids) => set({ [dimension]: ids.length > 0 ? ids : undefined })}
            />
          ))}
        </div>
      </div>
      <div className="sticky bottom-0 grid grid-cols-2 gap-3 bg-surface px-5 py-4">
        {limits.length > 0 && (
          <Button
            className="min-h-11"
            onClick={() => {
              set(Object.fromEntries(dimensions.map((dimension) => [dimension, undefined])));
              // What was pressed is gone.
              done.current?.focus();
            }}
          >
            {t("Clear filters")}
          </Button>
        )}
        <Button ref={done} look="main" className={`min-h-11 ${limits.length > 0 ? "" : "col-span-2"}`} onClick={onClose}>
          {t("Done")}
        </Button>
      </div>
    </Modal>
  );
}

/** One dimension: what is chosen of it, and below it, once opened, what there is. */
function Folded({
  dimension,
  chosen,
  names,
  onChoose,
}: {
  dimension: Dimension;
  chosen: readonly string[];
  names: readonly string[];
  onChoose: (ids: string[]) => void;
}) {
  const [open, setOpen] = useState(false);
  return (
    <div>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex min-h-11 w-full items-center gap-3 text-left text-sm hover:bg-hover"
      >
        <span className="shrink-0 font-medium first-letter:uppercase">{dimensionsWords(dimension)}</span>
        <span className={`min-w-0 flex-1 truncate text-right ${chosen.length > 0 ? "text-ink" : "text-soft"}`}>
          {names.length === 0 ? t("all") : names.length > 2 ? t("{count} chosen", { count: names.length }) : names.join(", ")}
        </span>
        <Icon name="chevron" className={open ? "rotate-180" : ""} />
      </button>
      {open && (
        <div className="pb-3">
          <Choices of={dimension} chosen={chosen} onChoose={onChoose} />
        </div>
      )}
    </div>
  );
}
