/** When all items will be done of what a page is limited to. It is computed when somebody asks, and not frozen. */

import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import type { Class } from "@/api/mapping";
import { names } from "@/api/queries";
import { filterOf, type Search } from "@/api/scope";
import type { Filter } from "@/api/types";
import { t } from "@/texts/texts";
import { useSuppose, useTyped } from "./arrangement";
import { Button, fieldLook } from "./Button";
import { Icon } from "./Icon";
import { Skeleton } from "./Notice";
import { Select } from "./Select";

const WhatIf = lazy(() => import("./WhatIf"));

const works = (): readonly (readonly [Class | "", string])[] => [
  ["", t("all of it")],
  ["feature", t("features")],
  ["defect", t("defects")],
  ["debt", t("debt")],
  ["unplanned", t("unplanned")],
  ["unclassified", t("without a class")],
];

export function OfItems({ search }: { search: Search }) {
  const [supposed, suppose] = useSuppose("items");
  const asks = supposed !== null;
  const navigate = useNavigate();
  const set = (part: Pick<Search, "work" | "type" | "label">) =>
    void navigate({ to: ".", search: (before: Search) => ({ ...before, ...part }), replace: true, resetScroll: false });
  const work = works().find(([one]) => one === search.work)?.[0] ?? "";
  const kind = search.type ?? "";
  const [label, typeLabel] = useTyped(search.label ?? "", (label) => set({ label: label || undefined }));
  const { data: kinds = [] } = useQuery({ ...names("kind"), enabled: asks || kind !== "" });
  const limits = filterOf(search);
  const filter: Filter = {
    ...limits,
    ...(work !== "" && { classes: [work] }),
    ...(kind !== "" && { kinds: [kind] }),
    ...(label.trim() !== "" && { labels: [label.trim()] }),
  };
  return (
    <section aria-label={t("All items")} className="rounded-lg border border-line bg-surface p-4 print:hidden">
      <h3 className="font-medium">
        {Object.keys(limits).length > 0 ? t("All items of what this page is limited to") : t("All items")}
      </h3>
      <p className="mt-0.5 text-sm text-soft">
        {t(
          "Whatever epic, sprint or release they are in. It is computed when you ask and not frozen, so no score says how good it is.",
        )}
      </p>
      <div className="mt-2 flex flex-wrap items-center gap-2">
        <Select label={t("Work")} value={work} of={works()} onChoose={(work) => set({ work: work || undefined })} />
        {kinds.length > 0 && (
          <Select
            label={t("Type")}
            value={kind}
            of={[["", t("any")], ...kinds.map(({ id, name }) => [id, name] as const)]}
            onChoose={(type) => set({ type: type || undefined })}
          />
        )}
        <label className="inline-flex items-center gap-1.5 text-sm text-soft">
          {t("Label")}
          <input
            value={label}
            placeholder={t("any")}
            onChange={(event) => typeLabel(event.target.value)}
            className={`${fieldLook} w-28 font-medium`}
          />
        </label>
        <Button aria-expanded={asks} onClick={() => suppose(asks ? null : "")}>
          {t("When will it be done?")}
          <Icon name="chevron" className={`size-3.5 ${asks ? "rotate-180" : ""}`} />
        </Button>
      </div>
      {asks && (
        <div className="text-sm">
          <Suspense fallback={<Skeleton label={t("What can be supposed is on its way")} />}>
            <WhatIf about={{ kind: "items", filter }} said={supposed} onSay={suppose} />
          </Suspense>
        </div>
      )}
    </section>
  );
}
