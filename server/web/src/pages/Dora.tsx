/** What only DORA shows: its figures beside a survey of a chosen year, and one of them over all repositories. */

import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { byRepository } from "@/api/figures";
import type { Search } from "@/api/scope";
import type { Dashboard } from "@/api/types";
import { useComing } from "@/parts/later";
import { Failure } from "@/parts/Notice";
import { Select } from "@/parts/Select";
import { Services } from "@/parts/Services";
import { Surveys } from "@/parts/Surveys";
import { total } from "@/parts/Tile";
import { Waits } from "@/parts/Waits";
import { t } from "@/texts/texts";
import { years } from "./Figures";

interface Props {
  data: Dashboard;
  search: Search;
}

/** What is chosen is kept in the address. */
function useChoice() {
  const navigate = useNavigate();
  return (part: Pick<Search, "survey" | "services">) =>
    void navigate({ to: ".", search: (before: Search) => ({ ...before, ...part }), resetScroll: false });
}

export function Beside({ data: { tiles }, search }: Props) {
  const choose = useChoice();
  const known = years(tiles);
  // The best known stands first with each figure.
  const first = tiles.flatMap((tile) => total(tile)?.standings[0] ?? [])[0];
  const year = known.find((year) => year === search.survey) ?? (first && String(first.year));
  return <Surveys measures={tiles} years={known} year={year} onChoose={(survey) => choose({ survey })} />;
}

export function Over({ data: { tiles, from, until }, search }: Props) {
  const choose = useChoice();
  const metric = (tiles.find(({ metric }) => metric === search.services) ?? tiles[0])?.metric ?? "change_lead_time";
  const { data, error, isPending, isError, isPlaceholderData, refetch } = useQuery(byRepository(metric, search, { from, until }));
  useComing(isPending);
  return (
    <>
      <div className="print:hidden">
        <Select
          label={t("Metric")}
          value={metric}
          of={tiles.map(({ metric, title }) => [metric, title])}
          onChoose={(services) => choose({ services })}
        />
      </div>
      {isError ? (
        <Failure error={error} again={() => void refetch()} />
      ) : data ? (
        <div aria-busy={isPlaceholderData} className={isPlaceholderData ? "opacity-60" : ""}>
          <Services of={data} />
        </div>
      ) : (
        <Waits of="repositories" label={t("The repositories are on their way")} />
      )}
    </>
  );
}
