import type { Point, Typical } from "@/api/types";
import { many, t } from "@/texts/texts";
import { useFormat } from "./Locale";

const [WIDTH, HEIGHT, PAD] = [200, 40, 3];

/** What it takes of a point. */
export type Drawn = Pick<Point, "label" | "partial"> & { from?: number; figure: { value: number | null } };

/** The course of a figure, with its scale in numbers, what is typical as a band, and periods that are not over as a hollow end. */
export function Sparkline({ points, typical, unit }: { points: readonly Drawn[]; typical: Typical | null; unit: string }) {
  const format = useFormat();
  const values = points.flatMap(({ figure }) => (figure.value === null ? [] : [figure.value]));
  if (values.length < 2) return null;
  const [low, high] = [Math.min(...values, typical?.p10 ?? Infinity), Math.max(...values, typical?.p90 ?? -Infinity)];
  // What cannot be below nothing is drawn from nothing on, unless all of it is far up.
  const floor = low >= 0 && low < high * 0.6 ? 0 : low;
  const span = high - floor || 1;
  const x = (at: number) => PAD + (at / Math.max(1, points.length - 1)) * (WIDTH - 2 * PAD);
  const y = (value: number) => HEIGHT - PAD - ((value - floor) / span) * (HEIGHT - 2 * PAD);
  // A period without a value is a gap, not a line through it.
  const drawn = points.map(({ figure: { value }, partial }, at) => (partial && at === points.length - 1 ? null : value));
  const isThere = (at: number) => (drawn[at] ?? null) !== null;
  // As long as no point a dot is one that no stretching makes an ellipse of.
  const dot = (at: number, value: number) => `M${x(at).toFixed(1)} ${y(value).toFixed(1)}h0.01`;
  let [line, alone] = ["", ""];
  drawn.forEach((value, at) => {
    if (value === null) return;
    // A line of one point is none.
    if (!isThere(at - 1) && !isThere(at + 1)) alone += dot(at, value);
    else line += `${isThere(at - 1) ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
  });
  const last = points.at(-1);
  const whole = points.filter(({ partial, figure }) => !partial && figure.value !== null).at(-1);
  const label = [
    many(
      points.length,
      { one: "{count} period, from {low} to {high}", other: "{count} periods, from {low} to {high}" },
      { low: format.text(Math.min(...values), unit), high: format.text(Math.max(...values), unit) },
    ),
    whole &&
      t("the last whole one, {period}, {value}", {
        period: whole.from === undefined ? whole.label : format.period({ label: whole.label, from: whole.from }),
        value: format.text(whole.figure.value, unit),
      }),
    typical && t("typical are {p10} to {p90}", { p10: format.text(typical.p10, unit), p90: format.text(typical.p90, unit) }),
  ];
  return (
    <div className="flex items-stretch gap-2">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label.filter(Boolean).join("; ")}
        className="h-10 min-w-0 flex-1"
      >
        {typical && (
          <rect
            x={0}
            width={WIDTH}
            y={y(typical.p90)}
            height={Math.max(1, y(typical.p10) - y(typical.p90))}
            fill="var(--c-band)"
          />
        )}
        <line x1={0} x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} stroke="var(--c-line)" vectorEffect="non-scaling-stroke" />
        <path
          d={line}
          fill="none"
          stroke="var(--c-series-1)"
          strokeWidth={1.75}
          strokeLinejoin="round"
          strokeLinecap="round"
          vectorEffect="non-scaling-stroke"
        />
        {alone && (
          <path d={alone} stroke="var(--c-series-1)" strokeWidth={4} strokeLinecap="round" vectorEffect="non-scaling-stroke" />
        )}
        {last?.partial && last.figure.value !== null && (
          <path
            d={dot(points.length - 1, last.figure.value)}
            stroke="var(--c-soft)"
            strokeWidth={5}
            strokeLinecap="round"
            vectorEffect="non-scaling-stroke"
          />
        )}
      </svg>
      <div aria-hidden="true" className="figures flex flex-col justify-between text-xs leading-none text-soft">
        {/* Nothing is nothing in every unit, and a scale from nothing to nothing is none. */}
        <span>{high > floor && format.brief(high, unit)}</span>
        <span>{floor === 0 ? "0" : format.brief(floor, unit)}</span>
      </div>
    </div>
  );
}
