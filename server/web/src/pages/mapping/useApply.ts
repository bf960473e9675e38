/** Does what was tried: keeps rules or decisions, has the facts made anew, and tells the way back. */

import { useMutation, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { change } from "@/api/client";
import { house, type Rules } from "@/api/house";
import { decide, type Decision } from "@/api/mapping";
import type { Job } from "@/api/types";
import { useMay } from "@/parts/Needs";
import { tell } from "@/parts/Told";
import { changeHouse } from "@/pages/admin/useHouse";
import { t } from "@/texts/texts";

/** Rules that are changed, each as a whole, or decisions. */
export type Change = { rules: Partial<Rules> } | { decisions: Decision[] };

export interface Deed {
  change: Change;
  /** What takes it back. */
  back: Change;
  /** What is told of it. */
  done: string;
}

/** The job that makes the facts anew; `null` where the next reading does. */
async function apply(client: QueryClient, what: Change, may: boolean): Promise<Job | null> {
  if ("decisions" in what) return decide(what.decisions);
  await changeHouse(client, what);
  // The rules are kept by now, whatever becomes of this; every reading makes the facts, too.
  return may ? change<Job>("POST", "/api/v1/jobs", { kind: "model" }).catch(() => null) : null;
}

export function useApply() {
  const client = useQueryClient();
  const may = useMay()("jobs:manage");
  // What is mapped to what is asked for anew once the facts are made.
  const anew = () => client.invalidateQueries({ queryKey: ["jobs"] });
  const takeBack = (back: Change) =>
    apply(client, back, may)
      .then(() => tell(t("It is as it was; figures follow in a minute")))
      .finally(() => void anew());
  return useMutation({
    mutationFn: ({ change }: Deed) => apply(client, change, may),
    onSuccess: (_, { back, done }) => tell(done, () => takeBack(back)),
    // Who was overtaken sees what there is now; what was typed stays, and is kept with the next try.
    onError: () => client.invalidateQueries({ queryKey: house.queryKey }),
    onSettled: anew,
  });
}
