/** Incidents on the deployments of the same time, on Reliability. */

import { useQuery } from "@tanstack/react-query";
import { deployments, incidents } from "@/api/figures";
import type { Search } from "@/api/scope";
import type { Dashboard } from "@/api/types";
import { days } from "@/parts/Forecasts";
import { useComing } from "@/parts/later";
import { Failure } from "@/parts/Notice";
import { Timeline } from "@/parts/Timeline";
import { grainOf } from "@/parts/incidents";
import { Waits } from "@/parts/Waits";
import { t } from "@/texts/texts";

export default function Incidents({ data: { from, until }, search }: { data: Dashboard; search: Search }) {
  const grain = grainOf(days(until) - days(from));
  const rows = useQuery(incidents(search, { from, until }));
  const counts = useQuery(deployments(search, { from, until }, grain));
  useComing(rows.isPending || counts.isPending);
  const failed = [rows, counts].find(({ isError }) => isError);
  if (failed?.error) return <Failure error={failed.error} again={() => void failed.refetch()} />;
  if (!rows.data || !counts.data) return <Waits of="incidents" label={t("Incidents and deployments are on their way")} />;
  return <Timeline rows={rows.data} deployments={counts.data} grain={grain} />;
}
