/** How old each item is that is in progress: a column for each stage, behind the dots how old those were that are done when they left it. */

import type { Ageing as All, AgeingItem, AgeingStage } from "@/api/flow";
import type { Format } from "@/design/format";
import { many, t } from "@/texts/texts";
import type { Grid } from "./DataTable";
import { DotCard, itemCell, itemName, NoDots } from "./DotCard";
import { Dots, Level, percent, type Dot } from "./Dots";
import { abreast, farApart, heights, type Heights } from "./heights";
import { Time, useFormat } from "./Locale";

const title = () => t("How old work in progress is");

/** How an item stands against those that are done: by itself, and in a sentence. */
function against({ band }: AgeingItem): readonly [alone: string, inSentence: string] {
  switch (band) {
    case "p50":
      return [t("as young as half"), t("as young as half were when they left it")];
    case "p70":
      return [t("as young as 70 %"), t("as young as 70 % were when they left it")];
    case "p85":
      return [t("as young as 85 %"), t("as young as 85 % were when they left it")];
    case "over":
      return [t("older than 85 %"), t("older than 85 % were when they left it")];
    case null:
      return [t("too few to compare"), t("too few to compare")];
  }
}

export function Ageing({ of }: { of: All }) {
  const format = useFormat();
  // What is in no stage has none to be late in.
  const stages = of.stages.filter(({ stage, n, in_progress }) => in_progress > 0 || (stage !== null && n >= of.minimum_n));
  const items = stages.flatMap(({ items }) => items);
  if (items.length === 0) return <NoDots title={title()}>{t("Nothing is in progress")}</NoDots>;
  const told = stages.flatMap(({ n, p85 }) => (n >= of.minimum_n && p85 !== null ? [p85] : []));
  const values = [...items.map(({ age_seconds }) => age_seconds), ...told];
  const usual = told.length > 0 ? Math.max(...told) : null;
  return (
    <DotCard title={title()} grid={grid(stages)} far={farApart(values, usual)}>
      {(logarithmic) => {
        const scale = heights(values, logarithmic, format);
        return (
          <Dots
            title={title()}
            heights={scale}
            dots={stages.flatMap((stage, column) => dots(stage, column, stages.length, scale, format))}
            legend={<p>{inWords(stages, format)}</p>}
            behind={stages.map((stage, column) => (
              <Usual key={stage.stage} of={stage} least={of.minimum_n} column={[column, stages.length]} scale={scale} />
            ))}
            below={
              <ul className="grid pt-2 text-xs" style={{ gridTemplateColumns: `repeat(${stages.length}, minmax(0, 1fr))` }}>
                {stages.map(({ stage, n, in_progress, p85 }) => (
                  <li key={stage} className="px-0.5 text-center">
                    <span className="block font-medium break-words">{stage ?? t("no stage")}</span>
                    <span className="block text-soft">{t("{count} in progress", { count: format.count(in_progress) })}</span>
                    <span className="block text-soft">
                      {n >= of.minimum_n && p85 !== null
                        ? t("85 % in {time}", { time: format.brief(p85, "seconds") })
                        : t("{count} left it", { count: format.count(n) })}
                    </span>
                  </li>
                ))}
              </ul>
            }
            least={`${stages.length * 5}rem`}
          />
        );
      }}
    </DotCard>
  );
}

/** Below the upper line were 85 % of those that left the stage, below the lower half of them. */
function Usual({
  of: { n, p50, p85 },
  least,
  column: [at, of],
  scale,
}: {
  of: AgeingStage;
  least: number;
  column: [number, number];
  scale: Heights;
}) {
  if (n < least || p50 === null || p85 === null) return null;
  const [from, until] = [(at + 0.04) / of, (at + 0.96) / of];
  const area = (high: number, opacity: number) => (
    <rect
      x={percent(from)}
      width={percent(until - from)}
      y={percent(1 - scale.of(high))}
      height={percent(scale.of(high))}
      fill="var(--c-band)"
      opacity={opacity}
    />
  );
  return (
    <>
      {area(p85, 0.6)}
      {area(p50, 0.7)}
      <Level y={scale.of(p50)} x={[from, until]} stroke="var(--c-edge)" dashes="2 3" />
      <Level y={scale.of(p85)} x={[from, until]} stroke="var(--c-ink)" dashes="6 3" />
    </>
  );
}

function dots({ stage, items }: AgeingStage, column: number, of: number, scale: Heights, format: Format): Dot[] {
  const places = items.map(({ age_seconds }) => scale.of(age_seconds));
  const beside = abreast(places);
  return items.map((item, at) => ({
    key: item.id,
    x: (column + 0.5 + (beside[at] ?? 0) * 0.4) / of,
    y: places[at] ?? 0,
    url: item.url,
    words: t("{item}: {age} old, in {stage}; {against}", {
      item: itemName(item),
      age: format.text(item.age_seconds, "seconds"),
      stage: stage ?? t("no stage"),
      against: against(item)[1],
    }),
    warns: item.band === "over",
  }));
}

/** What the dots say, and which of them are drawn. */
function inWords(stages: readonly AgeingStage[], format: Format): string {
  const items = stages.flatMap(({ items }) => items);
  const all = stages.reduce((sum, { in_progress }) => sum + in_progress, 0);
  const [judged, late] = [items.filter(({ band }) => band !== null), items.filter(({ band }) => band === "over")];
  const alone = judged.length > 0 ? items.length - judged.length : 0;
  const left = stages.filter((stage) => stage.in_progress > stage.items.length).map(({ stage }) => stage ?? t("no stage"));
  return [
    judged.length === 0
      ? t("{count} in progress. Too few are done to say which of them are late.", { count: format.count(all) })
      : howMany(late.length, judged.length, format),
    alone > 0 && t("Too few left the stages of {count} more to tell.", { count: format.count(alone) }),
    left.length > 0 && t("Of {stages} the oldest are drawn.", { stages: left.join(", ") }),
  ]
    .filter(Boolean)
    .join(" ");
}

function howMany(late: number, of: number, format: Format): string {
  const all = format.count(of);
  if (late === 0) return t("0 of {all} are older than 85 % of what is done was when it left their stage.", { all });
  return many(
    late,
    {
      one: "{count} of {all} is older than 85 % of what is done was when it left their stage: the diamonds.",
      other: "{count} of {all} are older than 85 % of what is done was when it left their stage: the diamonds.",
    },
    { count: format.count(late), all },
  );
}

function grid(stages: readonly AgeingStage[]): Grid {
  return {
    name: "ageing",
    title: title(),
    columns: [
      { name: "item", title: t("Item"), unit: null },
      { name: "title", title: t("Title"), unit: null },
      { name: "stage", title: t("Stage"), unit: null },
      { name: "age", title: t("Age"), unit: "seconds" },
      { name: "entered", title: t("In the stage since"), unit: null },
      { name: "against", title: t("Against what is done"), unit: null },
    ],
    rows: stages
      .flatMap(({ stage, items }) => items.map((item) => ({ stage, item })))
      .toSorted((one, other) => other.item.age_seconds - one.item.age_seconds)
      .map(({ stage, item }) => ({
        key: item.id,
        cells: [
          itemCell(item),
          { value: item.title },
          { value: stage },
          { value: item.age_seconds },
          { value: new Date(item.entered_at / 1_000).toISOString(), show: <Time at={item.entered_at} /> },
          { value: against(item)[0] },
        ],
      })),
  };
}
