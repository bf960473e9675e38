import type { Spread, Standing } from "@/api/types";
import { useFormat } from "./Locale";

/** How well what a survey says is known. */
export const MARKS = {
  verified: "read in the report itself",
  secondary: "as another source quotes it",
  recalled: "from memory, not checked",
} as const;

/** Where published surveys put a value: the tier or answer with its year, of the chosen year alone where one was chosen. None is shown below
 * the minimum n: the server sends none. */
export function StandingBadge({ standings, survey }: { standings: readonly Standing[]; survey?: string | undefined }) {
  const format = useFormat();
  const first = survey === undefined ? standings[0] : standings.find(({ year }) => String(year) === survey);
  if (!first) return null;
  const told = standings.map(({ year, tier, bucket, percent, mark }) =>
    [
      `DORA ${year}: ${tier ? `${tier}, ` : ""}${bucket}`,
      percent !== null && `${format.number(percent)} % of answers`,
      MARKS[mark],
    ]
      .filter(Boolean)
      .join("; "),
  );
  return (
    <span title={told.join("\n")} className="inline-flex items-center rounded-sm border border-edge px-1.5 font-medium text-ink">
      <span className="first-letter:uppercase">{first.tier ?? first.bucket}</span>
      <span className="ml-1 font-normal text-soft">
        {first.year}
        {first.mark !== "verified" && `, ${first.mark}`}
      </span>
    </span>
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
        aria-label={`Of ${groups} ${of}, half are between ${text(p25)} and ${text(p75)}, the middle at ${text(median)}; one tenth is below ${text(p10)}, one tenth above ${text(p90)}`}
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
        Half of {format.count(groups)} {of} between {text(p25)} and {text(p75)}, middle {text(median)}
      </p>
    </div>
  );
}
