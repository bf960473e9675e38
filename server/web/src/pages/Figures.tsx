/** The tiles of a page, and what is to be said of all of them. */

import type { Dashboard, Measure, Source } from "@/api/types";
import { EmptyState } from "@/parts/Notice";
import { NotOneScale, standingOf } from "@/parts/Standing";
import { Tile, total } from "@/parts/Tile";
import { t } from "@/texts/texts";

/** Whether nothing ever landed: then there is nothing that a page could show. */
export const nothingLanded = ({ tiles, series }: Pick<Dashboard, "tiles" | "series">) =>
  tiles.length + series.length > 0 && [...tiles, ...series].every(({ state }) => state === "not_connected");

/** A source that is late makes a figure no older than its own; only when none was read in time, all of it is stale. */
export const allStale = (sources: readonly Source[]) => sources.length > 0 && sources.every(({ state }) => state !== "fresh");

/** The years of the surveys that figures stand beside, the newest first. */
export const years = (tiles: readonly Measure[]): string[] =>
  [...new Set(tiles.flatMap((tile) => total(tile)?.standings.map(({ year }) => String(year)) ?? []))].sort().reverse();

const GRID = "grid grid-cols-[repeat(auto-fit,minmax(min(100%,17rem),1fr))] gap-3";
/** So many tiles fit in one row where there is room for one: none is left alone. On paper they stand in full rows, too. */
const ROWS: Record<number, string> = {
  3: "print:grid-cols-3",
  4: "print:grid-cols-4",
  5: "xl:grid-cols-5 print:grid-cols-3",
  7: "xl:grid-cols-4 print:grid-cols-4",
  8: "xl:grid-cols-4 print:grid-cols-4",
};
export function Figures({ of: { tiles, series, freshness }, survey }: { of: Dashboard; survey?: string | undefined }) {
  const stale = allStale(freshness);
  // What is too little to judge has none.
  const standings = tiles.flatMap((tile) =>
    tile.state === "value" ? (standingOf(total(tile)?.standings ?? [], survey) ?? []) : [],
  );
  return (
    <>
      {tiles.length > 0 && (
        <section aria-label={t("Figures")} className="flex flex-col gap-3">
          <h2 className="sr-only">{t("Figures")}</h2>
          <div className={`${GRID} ${ROWS[tiles.length] ?? ""}`}>
            {tiles.map((measure) => (
              <Tile key={measure.metric} measure={measure} stale={stale} survey={survey} />
            ))}
          </div>
          <NotOneScale of={standings} />
        </section>
      )}
      {tiles.length === 0 && series.length === 0 && (
        <EmptyState icon="plug" title={t("Nothing to show yet")}>
          {t("Connect a source, and its figures appear here.")}
        </EmptyState>
      )}
    </>
  );
}
