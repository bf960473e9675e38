/** What there is of a dimension, to choose from. */

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { names } from "@/api/queries";
import { dimensionsWords } from "@/api/scope";
import type { Dimension } from "@/api/types";
import { Button, fieldLook } from "@/parts/Button";
import { Failure, Skeleton } from "@/parts/Notice";
import { t } from "@/texts/texts";

interface Props {
  of: Dimension;
  chosen: readonly string[];
  onChoose: (ids: string[]) => void;
}

export function Choices({ of, chosen, onChoose }: Props) {
  const [find, setFind] = useState("");
  const known = useQuery(names(of));
  const plural = dimensionsWords(of);
  if (known.isPending) return <Skeleton label={t("Names are on their way")} />;
  if (known.isError) return <Failure error={known.error} again={() => void known.refetch()} />;
  const shown = known.data.filter(({ name }) => name.toLowerCase().includes(find.toLowerCase()));
  return (
    <>
      {known.data.length > 8 && (
        <input
          type="search"
          aria-label={t("Find among {plural}", { plural })}
          placeholder={t("Find")}
          value={find}
          onChange={(event) => setFind(event.target.value)}
          className={`${fieldLook} mb-2 w-full max-sm:min-h-11`}
        />
      )}
      <ul className="max-h-64 overflow-y-auto">
        {shown.map(({ id, name }) => (
          <li key={id}>
            <label className="flex min-h-8 items-center gap-2 rounded-sm px-1.5 text-sm hover:bg-hover max-sm:min-h-11">
              <input
                type="checkbox"
                className="size-4 shrink-0 accent-accent"
                checked={chosen.includes(id)}
                onChange={(event) => onChoose(event.target.checked ? [...chosen, id] : chosen.filter((one) => one !== id))}
              />
              <span className="min-w-0 break-words">{name}</span>
            </label>
          </li>
        ))}
      </ul>
      {chosen.length > 0 && (
        <Button look="quiet" className="mt-2 w-full max-sm:min-h-11" onClick={() => onChoose([])}>
          {t("All {plural}", { plural })}
        </Button>
      )}
    </>
  );
}
