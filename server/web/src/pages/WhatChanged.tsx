/** What changed since the span before: below the figures of the overview. */

import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { figuresBefore, rowsOf, type Answer, type Span } from "@/api/figures";
import { names } from "@/api/queries";
import type { Search } from "@/api/scope";
import type { Dashboard, EvidenceRow } from "@/api/types";
import { Changes, type BeyondOf } from "@/parts/Changes";
import { beyond, isBesides, moved, restated } from "@/parts/what-changed";
import { useComing } from "@/parts/later";
import { useFormat } from "@/parts/Locale";
import { Failure } from "@/parts/Notice";
import { t } from "@/texts/texts";

export default function WhatChanged({ data, search }: { data: Dashboard; search: Search }) {
  const format = useFormat();
  const incidents = useBeyond("incident_recovery_time", data, search);
  const deployments = useBeyond("batch_size", data, search);
  const repositories = useQuery(names("repository")).data ?? [];
  const failed = [...incidents.asked, ...deployments.asked].find(({ isError }) => isError);
  const before = [...data.tiles, ...data.series].flatMap(({ groups }) => groups[0]?.comparison ?? []);
  const span = before.find(({ figure }) => figure !== null);
  return (
    <>
      {span && span.from !== null && span.until !== null && (
        <p className="-mt-2 text-sm text-soft">
          {t("Beside {from} to {until}.", { from: format.date(span.from), until: format.date(span.until - 1) })}
        </p>
      )}
      <Changes
        figures={moved(data.tiles)}
        projects={restated(data.risks ?? [], data.risks_before ?? [])}
        incidents={incidents.found}
        deployments={deployments.found}
        waits={[...incidents.asked, ...deployments.asked].some(({ isPending }) => isPending)}
        first={!isBesides(data.tiles)}
        repository={(id) => repositories.find((one) => one.id === id)?.name ?? id}
      />
      {failed?.error && <Failure error={failed.error} again={() => void failed.refetch()} />}
    </>
  );
}

/** What is beyond the span before, of a metric; `null` until it is there. */
function useBeyond(metric: string, { from, until, grain }: Dashboard, search: Search) {
  const span: Span = { from, until };
  const figures: UseQueryResult<Answer> = useQuery(figuresBefore(metric, search, span, grain));
  const rows: UseQueryResult<EvidenceRow[]> = useQuery(rowsOf(metric, search, span));
  const asked = [figures, rows];
  useComing(asked.some(({ isPending }) => isPending));
  let found: BeyondOf | null = null;
  if (figures.data && rows.data) {
    const { title, version, unit } = figures.data.definition;
    found = { ...beyond(figures.data, rows.data), title, version, unit, evidence: figures.data.evidence };
  }
  return { asked, found };
}
