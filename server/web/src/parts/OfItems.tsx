/** When all items will be done of what a page is limited to. It is computed when somebody asks, and not frozen. */

import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import type { Class } from "@/api/mapping";
import { names } from "@/api/queries";
import { filterOf, type Search } from "@/api/scope";
import type { Filter } from "@/api/types";
import { Button, fieldLook } from "./Button";
import { Icon } from "./Icon";
import { Skeleton } from "./Notice";
import { Select } from "./Select";

const WhatIf = lazy(() => import("./WhatIf"));

const WORK: readonly (readonly [Class | "", string])[] = [
  ["", "all of it"],
  ["feature", "features"],
  ["defect", "defects"],
  ["debt", "debt"],
  ["unplanned", "unplanned"],
  ["unclassified", "without a class"],
];

export function OfItems({ search }: { search: Search }) {
  const [asks, ask] = useState(false);
  const [work, choose] = useState("");
  const [kind, chooseKind] = useState("");
  const [label, chooseLabel] = useState("");
  const { data: kinds = [] } = useQuery({ ...names("kind"), enabled: asks });
  const limits = filterOf(search);
  const filter: Filter = {
    ...limits,
    ...(work !== "" && { classes: [work] }),
    ...(kind !== "" && { kinds: [kind] }),
    ...(label.trim() !== "" && { labels: [label.trim()] }),
  };
  return (
    <section aria-label="All items" className="rounded-lg border border-line bg-surface p-4 print:hidden">
      <h3 className="font-medium">All items{Object.keys(limits).length > 0 && " of what this page is limited to"}</h3>
      <p className="mt-0.5 text-sm text-soft">
        Whatever epic, sprint or release they are in. It is computed when you ask and not frozen, so no score says how good it is.
      </p>
      <div className="mt-2 flex flex-wrap items-center gap-2">
        <Select label="Work" value={work} of={WORK} onChoose={choose} />
        {kinds.length > 0 && (
          <Select
            label="Type"
            value={kind}
            of={[["", "any"], ...kinds.map(({ id, name }) => [id, name] as const)]}
            onChoose={chooseKind}
          />
        )}
        <label className="inline-flex items-center gap-1.5 text-sm text-soft">
          Label
          <input
            value={label}
            placeholder="any"
            onChange={(event) => chooseLabel(event.target.value)}
            className={`${fieldLook} w-28 font-medium`}
          />
        </label>
        <Button aria-expanded={asks} onClick={() => ask(!asks)}>
          When will it be done?
          <Icon name="chevron" className={`size-3.5 ${asks ? "rotate-180" : ""}`} />
        </Button>
      </div>
      {asks && (
        <div className="text-sm">
          <Suspense fallback={<Skeleton label="What can be supposed is on its way" />}>
            <WhatIf about={{ kind: "items", filter }} />
          </Suspense>
        </div>
      )}
    </section>
  );
}
