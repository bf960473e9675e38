/** One metric over all repositories: a dot for each, from the lowest to the highest, with the lines below which one tenth, half and nine
 * tenths of them are. */

import { Fragment } from "react";
import type { Answer } from "@/api/figures";
import type { Group } from "@/api/types";
import type { Format } from "@/design/format";
import { DotCard, NoDots } from "./DotCard";
import { Dots } from "./Dots";
import type { Grid } from "./grid";
import { farApart, heights } from "./heights";
import { useFormat } from "./Locale";

/** So many have room for their names below a chart. */
const NAMED = 8;
/** Of fewer nobody says how they are spread. */
const SPREAD = 3;

interface Service {
  name: string;
  value: number;
  n: number;
  /** Whether it rests on too few to judge. */
  few: boolean;
  evidence: string;
}

/** The repositories that have a value, from the lowest to the highest. */
export function services({ groups, definition: { minimum_n: least } }: Answer): Service[] {
  return groups
    .flatMap(({ key, name, evidence, total: { value, n } }) =>
      key === null || value === null ? [] : [{ name: name ?? key, value, n, few: n < least, evidence }],
    )
    .sort((one, other) => one.value - other.value);
}

export function Services({ of }: { of: Answer }) {
  const format = useFormat();
  const { definition, spread, groups } = of;
  const { title, unit } = definition;
  const all = services(of);
  const name = `${title} by repository`;
  if (all.length === 0) return <NoDots title={name}>No repository has a figure in this span</NoDots>;
  const values = all.map(({ value }) => value);
  const marks =
    spread && spread.groups >= SPREAD
      ? [
          { name: "P10", value: spread.p10 },
          { name: "P50", value: spread.median },
          { name: "P90", value: spread.p90 },
        ]
      : [];
  const place = (at: number) => (at + 0.5) / all.length;
  const time = unit === "seconds";
  return (
    <DotCard
      title={name}
      unit={time ? "time" : unit === "ratio" ? "share" : unit}
      grid={grid(groups, of)}
      {...(time && { far: farApart(values, spread?.median ?? null) })}
    >
      {(logarithmic) => {
        const scale = heights(values, logarithmic, format, unit);
        return (
          <Dots
            title={name}
            kind={["repository", "repositories"]}
            heights={scale}
            dots={all.map(({ name, value, n, few, evidence }, at) => ({
              key: evidence,
              x: place(at),
              y: scale.of(value),
              url: null,
              evidence,
              words: `${name}: ${format.text(value, unit)}, n ${format.count(n)}${few ? ": too few to judge" : ""}`,
              warns: false,
              few,
            }))}
            lines={marks}
            legend={<p>{inWords(of, all, format)}</p>}
            least={all.length <= NAMED ? `${all.length * 6}rem` : undefined}
            below={
              all.length <= NAMED ? (
                <ul
                  aria-hidden="true"
                  className="grid pt-2 text-xs text-soft"
                  style={{ gridTemplateColumns: `repeat(${all.length}, minmax(0, 1fr))` }}
                >
                  {all.map(({ name, evidence }) => (
                    <li key={evidence} className="px-0.5 text-center break-words">
                      {name.split("/").map((part, at) => (
                        <Fragment key={at}>
                          {at > 0 && (
                            <>
                              /<wbr />
                            </>
                          )}
                          {part}
                        </Fragment>
                      ))}
                    </li>
                  ))}
                </ul>
              ) : (
                <p aria-hidden="true" className="flex justify-between pt-2 text-xs text-soft">
                  <span>the lowest</span>
                  <span>the highest of {format.count(all.length)}</span>
                </p>
              )
            }
          />
        );
      }}
    </DotCard>
  );
}

/** What the dots say, and which of them rest on too few. */
function inWords(
  { spread, groups, definition: { unit, minimum_n: least } }: Answer,
  all: readonly Service[],
  format: Format,
): string {
  const text = (value: number) => format.text(value, unit);
  const few = all.filter(({ few }) => few).length;
  const none = groups.filter(({ key }) => key !== null).length - all.length;
  return [
    spread && spread.groups >= SPREAD
      ? `Half of ${format.count(spread.groups)} repositories are at ${text(spread.median)} or below, a tenth at ${text(spread.p10)} or below, nine tenths at ${text(spread.p90)} or below.`
      : `${all.length === 1 ? "One repository" : `${all.length} repositories`}: too few to say how they are spread.`,
    few > 0 && `Hollow: ${format.count(few)} with fewer than ${format.count(least)} observations, too few to judge.`,
    none > 0 && `${format.count(none)} without a figure.`,
  ]
    .filter(Boolean)
    .join(" ");
}

function grid(groups: readonly Group[], { definition: { name, title, unit, minimum_n: least } }: Answer): Grid {
  return {
    name: `${name}-by-repository`,
    title: `${title} by repository`,
    columns: [
      { name: "repository", title: "Repository", unit: null },
      { name, title, unit },
      { name: "judged", title: "Enough to judge", unit: null },
    ],
    rows: groups
      .filter(({ key }) => key !== null)
      .toSorted((one, other) => (one.total.value ?? Infinity) - (other.total.value ?? Infinity))
      .map(({ key, name, evidence, total: { value, n } }) => ({
        key,
        cells: [{ value: name ?? key }, { value, n, evidence }, { value: n >= least }],
      })),
  };
}
