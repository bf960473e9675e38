/** Things as dots over something, each of which leads to where its tool shows it. Places are parts of the width and height, so that it is
 * as wide as its place, on paper, too, without being drawn anew. */

import { useNavigate } from "@tanstack/react-router";
import { memo, type PointerEvent, type ReactNode } from "react";
import type { Search } from "@/api/scope";
import { many, t } from "@/texts/texts";
import { EvidenceLink } from "./EvidenceLink";
import { isWeb } from "./External";
import { useGoing } from "./going";
import { apart, type Heights } from "./heights";

export interface Dot {
  key: string;
  /** From 0, the left, to 1. */
  x: number;
  /** From 0, the bottom, to 1. */
  y: number;
  url: string | null;
  /** The rows behind it, where it is a figure: it leads to these. */
  evidence?: string;
  /** What it is, in words. */
  words: string;
  /** Whether it is to be looked at: it has another shape, too. */
  warns: boolean;
  /** Whether it rests on too few to judge: it is hollow. */
  few?: boolean;
}

type Kind = "item" | "repository" | "step";

/** What keys do on a chart of these. */
function keysWords(kind: Kind, title: string, opens: boolean): string {
  if (kind === "repository") return t("{title}: arrow keys go from repository to repository, Enter opens it", { title });
  if (kind === "step") return t("{title}: arrow keys go from step to step", { title });
  return opens
    ? t("{title}: arrow keys go from item to item, Enter opens it", { title })
    : t("{title}: arrow keys go from item to item", { title });
}

function counted(kind: Kind, count: number): string {
  if (kind === "repository") return many(count, { one: "{count} repository", other: "{count} repositories" });
  if (kind === "step") return many(count, { one: "{count} step", other: "{count} steps" });
  return many(count, { one: "{count} item", other: "{count} items" });
}

interface Props {
  /** What the chart is of, and what one of its dots is. */
  title: string;
  kind?: Kind;
  dots: readonly Dot[];
  heights: Heights;
  /** What is said while none is pointed at. */
  legend: ReactNode;
  /** What stands behind the dots, in a drawing of full width and height. */
  behind?: ReactNode;
  /** Lines before them, from the lowest on, each with what is written at its end. */
  lines?: readonly { name: string; value: number }[];
  /** What stands below, as wide as the dots. */
  below: ReactNode;
  /** How wide it is at least; it is scrolled where there is less room. */
  least?: string | undefined;
}

export const percent = (part: number) => `${(part * 100).toFixed(2)}%`;

/** The higher a line, the longer its dashes. */
const DASHES = ["2 3", "6 3", "10 3"];

/** So near, in pixels, a dot is meant. */
const NEAR = 28;

/** The dot that is nearest to a place. */
export function nearest(dots: readonly Dot[], x: number, y: number, width: number, height: number): number | null {
  let [found, least] = [null as number | null, NEAR];
  dots.forEach((dot, at) => {
    const far = Math.hypot(dot.x * width - x, (1 - dot.y) * height - y);
    if (far < least) [found, least] = [at, far];
  });
  return found;
}

export function Dots({ title, kind = "item", dots, heights, legend, behind, lines = [], below, least }: Props) {
  const navigate = useNavigate();
  const { at, point, keys } = useGoing(dots.length, (at) => {
    const { url, evidence } = dots[at] ?? {};
    if (evidence) void navigate({ to: ".", search: (before: Search) => ({ ...before, evidence }), resetScroll: false });
    else if (isWeb(url)) window.open(url, "_blank", "noreferrer");
  });
  const dot = at === null ? undefined : dots[at];
  const opens = dots.some(({ url, evidence }) => evidence !== undefined || isWeb(url));
  const meant = (event: PointerEvent) => {
    const { left, top, width, height } = event.currentTarget.getBoundingClientRect();
    point(nearest(dots, event.clientX - left, event.clientY - top, width, height));
  };
  return (
    <>
      {/* Both have their place, so that nothing moves when one takes that of the other. */}
      <div className="mt-2 mb-3 grid text-sm">
        <div className={`[grid-area:1/1] ${dot ? "invisible" : ""}`}>{legend}</div>
        {dot && <p className="line-clamp-2 min-h-10 [grid-area:1/1]">{dot.words}</p>}
      </div>
      <div className="flex">
        <div aria-hidden="true" className="figures relative h-64 w-11 shrink-0 text-xs leading-none text-soft">
          {heights.marks.map(({ value, text }) => (
            <span
              key={value}
              className="absolute right-2 translate-y-1/2 whitespace-nowrap"
              style={{ bottom: percent(heights.of(value)) }}
            >
              {text}
            </span>
          ))}
        </div>
        <div className="scrolled -my-2 min-w-0 flex-1 overflow-x-auto overflow-y-hidden px-1 py-2 print:overflow-visible">
          <div className="print:min-w-0!" style={{ minWidth: least }}>
            <div className="relative h-64" onPointerMove={meant} onPointerDown={meant} onPointerLeave={() => point(null)}>
              <div
                role="slider"
                tabIndex={0}
                aria-label={keysWords(kind, title, opens)}
                aria-valuemin={0}
                aria-valuemax={Math.max(0, dots.length - 1)}
                aria-valuenow={at ?? 0}
                aria-valuetext={dot?.words ?? counted(kind, dots.length)}
                onKeyDown={keys}
                onBlur={() => point(null)}
                className="h-full"
              >
                <svg width="100%" height="100%" aria-hidden="true" className="block overflow-visible">
                  {behind}
                  {heights.marks.map(({ value }) => (
                    <Level
                      key={value}
                      y={heights.of(value)}
                      stroke={heights.of(value) === 0 ? "var(--c-edge)" : "var(--c-line)"}
                    />
                  ))}
                  <All dots={dots} />
                  {lines.map(({ name, value }, at) => (
                    <Level key={name} y={heights.of(value)} stroke="var(--c-ink)" dashes={DASHES[at]} />
                  ))}
                </svg>
              </div>
              {dot && <Meant dot={dot} />}
            </div>
            {below}
          </div>
        </div>
        {lines.length > 0 && <Ends lines={lines} heights={heights} />}
      </div>
    </>
  );
}

/** What is written at the ends of lines: so far apart that it can be read. */
function Ends({ lines, heights }: { lines: readonly { name: string; value: number }[]; heights: Heights }) {
  const places = apart(
    lines.map(({ value }) => heights.of(value)),
    0.06,
  );
  return (
    <div aria-hidden="true" className="relative h-64 w-9 shrink-0 text-xs leading-none font-medium">
      {lines.map(({ name }, at) => (
        <span
          key={name}
          className="absolute left-1 translate-y-1/2 whitespace-nowrap"
          style={{ bottom: percent(places[at] ?? 0) }}
        >
          {name}
        </span>
      ))}
    </div>
  );
}

/** A line at one height. */
export function Level({
  y,
  stroke,
  dashes,
  x = [0, 1],
}: {
  y: number;
  stroke: string;
  dashes?: string | undefined;
  x?: [number, number];
}) {
  return (
    <line
      x1={percent(x[0])}
      x2={percent(x[1])}
      y1={percent(1 - y)}
      y2={percent(1 - y)}
      stroke={stroke}
      strokeWidth={dashes ? 1.5 : 1}
      strokeDasharray={dashes}
    />
  );
}

/** Thousands of them are drawn once, and not again when one is pointed at. */
const All = memo(function All({ dots }: { dots: readonly Dot[] }) {
  const size = dots.length > 1_000 ? "0.16rem" : "0.235rem";
  return dots.map(({ key, x, y, warns, few }) =>
    warns ? (
      // Its middle is at the place: it reaches out of its own drawing, which is as large as the page's type.
      <svg
        key={key}
        x={percent(x)}
        y={percent(1 - y)}
        width="1rem"
        height="1rem"
        viewBox="0 0 16 16"
        className="overflow-visible"
      >
        <path d="M0-5.5 5.5 0 0 5.5-5.5 0Z" fill="var(--c-bad)" stroke="var(--c-surface)" />
      </svg>
    ) : (
      <circle
        key={key}
        cx={percent(x)}
        cy={percent(1 - y)}
        r={size}
        fill={few ? "var(--c-surface)" : "var(--c-series-1)"}
        stroke={few ? "var(--c-series-1)" : "var(--c-surface)"}
      />
    ),
  );
});

/** The one that is pointed at is a link, as any other: it is opened by the browser's own ways. Keys have the chart's. */
function Meant({ dot: { x, y, url, evidence, words } }: { dot: Dot }) {
  const look = "absolute size-6 -translate-1/2 rounded-full border-2 border-ink print:hidden";
  const style = { left: percent(x), top: percent(1 - y) };
  if (evidence)
    return (
      <span className={look} style={style}>
        <EvidenceLink href={evidence} label={words} className="block size-full rounded-full" tabIndex={-1}>
          {null}
        </EvidenceLink>
      </span>
    );
  if (!isWeb(url)) return <span aria-hidden="true" className={`${look} pointer-events-none`} style={style} />;
  return <a href={url} target="_blank" rel="noreferrer" tabIndex={-1} aria-label={words} className={look} style={style} />;
}
