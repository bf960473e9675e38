import { useState, type ReactNode } from "react";
import type { Spread, Standing } from "@/api/types";
import { rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import { External, isWeb } from "./External";
import { useFormat } from "./Locale";
import { Popup } from "./Popup";

/** How well what a survey says is known: in a word, and in full. */
export const markWords = (mark: Standing["mark"]): readonly [word: string, inFull: string] =>
  (
    ({
      verified: [t("verified"), t("read in the report itself")],
      secondary: [t("secondary"), t("as another source quotes it")],
      recalled: [t("recalled"), t("from memory, not checked")],
    }) as const
  )[mark];

/** The standing that a figure is shown with: of the chosen year, else the best known. */
export const standingOf = (standings: readonly Standing[], survey: string | undefined): Standing | undefined =>
  survey === undefined ? standings[0] : standings.find(({ year }) => String(year) === survey);

/** Where published surveys put a value: the tier or answer with its year, of the chosen year alone where one was chosen. None is shown below
 * the minimum n: the server sends none. Behind it stand all that there are, with what none of them can say. */
export function StandingBadge({ standings, survey }: { standings: readonly Standing[]; survey?: string | undefined }) {
  const [open, setOpen] = useState(false);
  const first = standingOf(standings, survey);
  if (!first) return null;
  const { year, tier, bucket, mark } = first;
  const parts = {
    says: (inner: ReactNode) => <span className="font-medium text-ink">{inner}</span>,
    survey: mark === "verified" ? t("DORA {year}", { year }) : t("DORA {year}, {known}", { year, known: markWords(mark)[0] }),
  };
  return (
    <Popup
      open={open}
      onOpen={setOpen}
      trigger={
        <button
          type="button"
          title={t("What this says, and what it cannot")}
          className="inline-flex min-h-6 items-center rounded-sm border border-edge px-1.5 text-left text-soft hover:bg-hover print:min-h-0"
        >
          {/* A tier is of its survey's own ranges, and some surveys have none: neither stands there without its year. */}
          <span className="first-letter:uppercase">
            {tier === null
              ? rich("answer <says>{answer}</says>, {survey}", { ...parts, answer: bucket })
              : rich("<says>{tier}</says> tier, {survey}", { ...parts, tier })}
          </span>
        </button>
      }
      label={t("Beside published surveys")}
      className="z-10 flex max-h-[min(70dvh,var(--radix-popover-content-available-height))] w-96 max-w-[94vw] flex-col gap-4 overflow-y-auto p-4 text-sm"
    >
      <NotOneScale of={standings} />
      {standings.map((standing) => (
        <Told key={`${standing.year}${standing.tier ?? ""}`} standing={standing} />
      ))}
    </Popup>
  );
}

/** Said wherever tiers or answers of more than one year stand together: they look alike, and cannot be held against each other. */
export function NotOneScale({ of }: { of: readonly Pick<Standing, "year">[] }) {
  const years = [...new Set(of.map(({ year }) => year))].sort((one, other) => one - other);
  if (years.length < 2) return null;
  return (
    <p className="max-w-prose text-xs text-soft">
      {t(
        "DORA's surveys of {years} and {last} stand here together. Each had questions and ranges of its own: a tier or answer of one year is not on the scale of another.",
        { years: years.slice(0, -1).join(", "), last: years.at(-1) ?? "" },
      )}
    </p>
  );
}

function Told({ standing: { year, tier, bucket, percent, mark, source, limits } }: { standing: Standing }) {
  const format = useFormat();
  return (
    <section className="flex flex-col gap-1.5">
      <h4 className="font-semibold">
        {tier
          ? t("DORA {year}: {tier}, {answer}", { year, tier, answer: bucket })
          : t("DORA {year}: {answer}", { year, answer: bucket })}
      </h4>
      <p className="text-soft">
        {percent === null
          ? t("{known}.", { known: markWords(mark)[1] })
          : t("{percent} % of answers; {known}.", { percent: format.number(percent), known: markWords(mark)[1] })}{" "}
        {isWeb(source) && <External href={source}>{t("The report")}</External>}
      </p>
      <Limits of={[{ limits }]} />
    </section>
  );
}

/** What comparisons with surveys cannot say; what several have in common once. */
export function Limits({ of }: { of: readonly Pick<Standing, "limits">[] }) {
  const said = new Set(of.flatMap(({ limits }) => limits));
  if (said.size === 0) return null;
  return (
    <ul className="list-disc space-y-1 pl-4 text-xs text-soft">
      {[...said].map((limit) => (
        <li key={limit}>{limit}</li>
      ))}
    </ul>
  );
}

/** How the values of many are spread: what most have, what half have, and the one in the middle. */
export function PercentileBar({ spread, unit, of }: { spread: Spread; unit: string; of: string }) {
  const format = useFormat();
  const { p10, p25, median, p75, p90, groups } = spread;
  const [low, high] = [Math.min(0, p10), p90 * 1.06 || 1];
  const x = (value: number) => `${((value - low) / (high - low)) * 100}%`;
  const width = (from: number, until: number) => `${Math.max(0.5, ((until - from) / (high - low)) * 100)}%`;
  const text = (value: number) => format.text(value, unit);
  return (
    <div className="text-sm">
      <div
        role="img"
        aria-label={t(
          "Of {groups} {of}, half are between {p25} and {p75}, the middle at {median}; one tenth is below {p10}, one tenth above {p90}",
          { groups, of, p25: text(p25), p75: text(p75), median: text(median), p10: text(p10), p90: text(p90) },
        )}
        className="relative h-5"
      >
        <span className="absolute inset-x-0 top-1/2 h-px bg-line" />
        <span
          className="absolute top-1/2 h-1.5 -translate-y-1/2 rounded-sm bg-edge"
          style={{ left: x(p10), width: width(p10, p90) }}
        />
        <span
          className="absolute top-1/2 h-3 -translate-y-1/2 rounded-sm bg-series-1"
          style={{ left: x(p25), width: width(p25, p75) }}
        />
        <span className="absolute top-0 h-5 w-0.5 bg-ink" style={{ left: x(median) }} />
      </div>
      <p className="text-soft">
        {t("Half of {groups} {of} between {p25} and {p75}, middle {median}", {
          groups: format.count(groups),
          of,
          p25: text(p25),
          p75: text(p75),
          median: text(median),
        })}
      </p>
    </div>
  );
}
