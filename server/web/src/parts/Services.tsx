/** One metric over all repositories: a dot for each, from the lowest to the highest, with the lines below which one tenth, half and nine
 * tenths of them are. */

import { Fragment } from "react";
import type { Answer } from "@/api/figures";
import type { Group } from "@/api/types";
import type { Format } from "@/design/format";
import { many, t } from "@/texts/texts";
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

const nameOf = (title: string) => t("{title} by repository", { title });

export function Services({ of }: { of: Answer }) {
  const format = useFormat();
  const { definition, spread, groups } = of;
  const { title, unit } = definition;
  const all = services(of);
  const name = nameOf(title);
  if (all.length === 0) return <NoDots title={name}>{t("No repository has a figure in this span")}</NoDots>;
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
      unit={time ? t("time") : unit === "ratio" ? t("share") : unit}
      grid={grid(groups, of)}
      {...(time && { far: farApart(values, spread?.median ?? null) })}
    >
      {(logarithmic) => {
        const scale = heights(values, logarithmic, format, unit);
        return (
          <Dots
            title={name}
            kind="repository"
            heights={scale}
            dots={all.map(({ name, value, n, few, evidence }, at) => ({
              key: evidence,
              x: place(at),
              y: scale.of(value),
              url: null,
              evidence,
              words: few
                ? t("{name}: {value}, n {count}: too few to judge", {
                    name,
                    value: format.text(value, unit),
                    count: format.count(n),
                  })
                : t("{name}: {value}, n {count}", { name, value: format.text(value, unit), count: format.count(n) }),
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
                  <span>{t("the lowest")}</span>
                  <span>{t("the highest of {count}", { count: format.count(all.length) })}</span>
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
      ? t("Half of {count} repositories are at {median} or below, a tenth at {p10} or below, nine tenths at {p90} or below.", {
          count: format.count(spread.groups),
          median: text(spread.median),
          p10: text(spread.p10),
          p90: text(spread.p90),
        })
      : many(all.length, {
          one: "One repository: too few to say how they are spread.",
          other: "{count} repositories: too few to say how they are spread.",
        }),
    few > 0 &&
      t("Hollow: {count} with fewer than {least} observations, too few to judge.", {
        count: format.count(few),
        least: format.count(least),
      }),
    none > 0 && t("{count} without a figure.", { count: format.count(none) }),
  ]
    .filter(Boolean)
    .join(" ");
}

function grid(groups: readonly Group[], { definition: { name, title, unit, minimum_n: least } }: Answer): Grid {
  return {
    // A chart of the same page may be of the metric by repository.
    name: `${name}-over-repositories`,
    title: nameOf(title),
    columns: [
      { name: "repository", title: t("Repository"), unit: null },
      { name, title, unit },
      { name: "judged", title: t("Enough to judge"), unit: null },
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
