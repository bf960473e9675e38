/** Where one year's survey puts each figure: its tier or answer, with what that reaches from and to, and how many answered so. */

import type { Measure, Standing } from "@/api/types";
import { t } from "@/texts/texts";
import { DataTable, type Grid } from "./DataTable";
import { EvidenceLink } from "./EvidenceLink";
import { External, isWeb } from "./External";
import { useFormat } from "./Locale";
import { EmptyState } from "./Notice";
import { Select } from "./Select";
import { Limits, markWords } from "./Standing";
import { total } from "./Tile";

interface Props {
  measures: readonly Measure[];
  /** The years that there are, and the one that is shown. */
  years: readonly string[];
  year: string | undefined;
  onChoose: (year: string) => void;
}

export function Surveys({ measures, years, year, onChoose }: Props) {
  const format = useFormat();
  if (year === undefined)
    return (
      <EmptyState title={t("No figure stands beside a survey")}>
        {t("They rest on too few observations, or are in none of the published ranges.")}
      </EmptyState>
    );
  const of = (measure: Measure) => total(measure)?.standings.find((standing) => String(standing.year) === year);
  const placed = measures.flatMap((measure) => of(measure) ?? []);
  const source = placed[0]?.source;
  const tiers = placed.some(({ tier }) => tier !== null);
  return (
    <div className="card flex flex-col gap-3 rounded-lg border border-line bg-surface p-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <span className="print:hidden">
          <Select
            label={t("Survey")}
            value={year}
            of={years.map((one) => [one, t("DORA {year}", { year: one })])}
            onChoose={onChoose}
          />
        </span>
        <p className="max-w-prose text-sm text-soft">
          {tiers
            ? t(
                "DORA's survey of {year} put answers into tiers over several metrics together; here each stands for its metric alone.",
                { year },
              )
            : t("DORA's survey of {year} has no tiers: it tells how many gave each answer.", { year })}{" "}
          {isWeb(source) && <External href={source}>{t("The report")}</External>}
        </p>
      </div>
      <DataTable grid={grid(measures, of, year, (measure) => format.text(total(measure)?.value ?? null, measure.unit))} />
      {placed.length < measures.length && (
        <p className="text-xs text-soft">
          {t("None stands where {year} did not ask for it, where there are too few observations, and between published ranges.", {
            year,
          })}
        </p>
      )}
      <div>
        <h3 className="mb-1 text-xs font-medium">{t("What this cannot say")}</h3>
        <Limits of={placed} />
      </div>
    </div>
  );
}

function grid(
  measures: readonly Measure[],
  of: (measure: Measure) => Standing | undefined,
  year: string,
  says: (measure: Measure) => string,
): Grid {
  const share = (percent: number | null | undefined) => ({ value: percent == null ? null : percent / 100 });
  const has = (part: "tier" | "better_percent") => measures.some((measure) => (of(measure)?.[part] ?? null) !== null);
  const [tiers, whole] = [has("tier"), has("better_percent")];
  return {
    name: `dora-${year}`,
    title: t("Figures beside DORA's survey of {year}", { year }),
    columns: [
      { name: "metric", title: t("Metric"), unit: null },
      { name: "here", title: t("Here"), unit: null },
      ...(tiers ? [{ name: "tier", title: t("Tier"), unit: null }] : []),
      { name: "answer", title: tiers ? t("Its range") : t("Answer"), unit: null },
      { name: "share", title: tiers ? t("In that tier") : t("Answered so"), unit: "ratio" },
      ...(whole
        ? [
            { name: "better", title: t("Answered better"), unit: "ratio" },
            { name: "worse", title: t("Answered worse"), unit: "ratio" },
          ]
        : []),
      { name: "known", title: t("How it is known"), unit: null },
    ],
    rows: measures.map((measure) => {
      const standing = of(measure);
      return {
        key: measure.metric,
        cells: [
          { value: measure.title },
          {
            value: total(measure)?.value ?? null,
            show: <EvidenceLink href={measure.evidence}>{says(measure)}</EvidenceLink>,
          },
          ...(tiers ? [{ value: standing?.tier ?? null }] : []),
          { value: standing?.bucket ?? null },
          share(standing?.percent),
          ...(whole ? [share(standing?.better_percent), share(standing?.worse_percent)] : []),
          { value: standing ? markWords(standing.mark)[1] : null },
        ],
      };
    }),
  };
}
