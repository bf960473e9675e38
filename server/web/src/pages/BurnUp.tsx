/** How far a project has come, and where its forecast says that it ends. */

import { useQuery } from "@tanstack/react-query";
import { cumulative } from "@/api/flow";
import type { Search } from "@/api/scope";
import type { Dashboard } from "@/api/types";
import { burnUp, ofProject } from "@/parts/burn-up";
import { BurnUp } from "@/parts/BurnUp";
import { NoDots } from "@/parts/DotCard";
import { useComing } from "@/parts/later";
import { Failure } from "@/parts/Notice";
import { Waits } from "@/parts/Waits";
import { t } from "@/texts/texts";

interface Props {
  data: Dashboard;
  search: Search;
}

export default function OfProject({ data: { forecasts }, search }: Props) {
  const { data, error, isPending, isError, refetch } = useQuery(cumulative(search));
  useComing(isPending);
  if (isError) return <Failure error={error} again={() => void refetch()} />;
  if (!data) return <Waits of="burnUp" label={t("What there is to do is on its way")} />;
  const of = burnUp(data);
  if (!of)
    return <NoDots title={t("What there is to do, and what is done")}>{t("No item is in a stage that means done")}</NoDots>;
  return <BurnUp of={of} forecast={ofProject(forecasts?.forecasts ?? [])} now={data.as_of} search={search} />;
}
