/** Flow item by item: how long each took that is done, and how old each is that is not. */

import { useQuery } from "@tanstack/react-query";
import { ageing, cycleTimes } from "@/api/flow";
import type { Search } from "@/api/scope";
import { Ageing } from "@/parts/Ageing";
import { CycleTimes } from "@/parts/CycleTimes";
import { useComing } from "@/parts/later";
import { Failure } from "@/parts/Notice";
import { Waits } from "@/parts/Waits";
import { t } from "@/texts/texts";

export default function Items({ search }: { search: Search }) {
  const [times, ages] = [useQuery(cycleTimes(search)), useQuery(ageing(search))];
  useComing(times.isPending || ages.isPending);
  return (
    <div className="grid grid-cols-[repeat(auto-fit,minmax(min(100%,27rem),1fr))] gap-3">
      {times.isError ? (
        <Failure error={times.error} again={() => void times.refetch()} />
      ) : times.data ? (
        <CycleTimes of={times.data} />
      ) : (
        <Waits of="times" label={t("What is done is on its way")} />
      )}
      {ages.isError ? (
        <Failure error={ages.error} again={() => void ages.refetch()} />
      ) : ages.data ? (
        <Ageing of={ages.data} />
      ) : (
        <Waits of="ages" label={t("What is in progress is on its way")} />
      )}
    </div>
  );
}
