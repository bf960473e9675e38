/** What changed since the span before, in sentences: each number leads to its rows, and each sentence names its metric and version. */

import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { keptOf, spanOf, type Search } from "@/api/scope";
import type { EvidenceRow, Scalar } from "@/api/types";
import type { Format } from "@/design/format";
import { rich } from "@/texts/rich";
import { many, t } from "@/texts/texts";
import { EvidenceLink } from "./EvidenceLink";
import { subject } from "./Evidence";
import { External, isWeb } from "./External";
import { Icon, type IconName } from "./Icon";
import { Time, useFormat } from "./Locale";
import { Status } from "./Status";
import { VERDICT, verdictWord } from "./verdict";
import { rowsBefore, type Beyond, type Moved, type restated } from "./what-changed";

/** More than these of a kind are counted, and not told one by one. */
const FEW = 3;

/** What is beyond the span before, of a metric: with the address of all rows behind it. */
export interface BeyondOf extends Beyond {
  title: string;
  version: number;
  unit: string;
  evidence: string;
}

interface Props {
  figures: readonly Moved[];
  projects: ReturnType<typeof restated>;
  /** `null` where they are not there. */
  incidents: BeyondOf | null;
  deployments: BeyondOf | null;
  /** Whether some of those are on their way. */
  waits: boolean;
  /** Whether nothing is known of the span before. */
  first?: boolean;
  /** What a repository is called, by its id. */
  repository: (id: string) => string;
}

export function Changes({ figures, projects, incidents, deployments, waits, first = false, repository }: Props) {
  const lists = [
    ...figures.map((one) => <Figure key={one.measure.metric} of={one} />),
    ...told(
      projects,
      (one) => <Project key={one.now.project_id} of={one} />,
      (left) => (
        <Line key="more projects" icon="projects" about={null}>
          {rich("{projects} stand otherwise than before.", {
            projects: (
              <Link to="/projects" search={keptOf} className={ROWS}>
                {many(left, { one: "{count} more project", other: "{count} more projects" })}
              </Link>
            ),
          })}
        </Line>
      ),
    ),
    ...(incidents
      ? told(
          incidents.rows,
          (row) => <Incident key={row.subject_id} row={row} of={incidents} />,
          (left) => (
            <Line key="more incidents" icon="alarm" about={incidents}>
              <Rows href={incidents.evidence}>
                {many(left, { one: "{count} more incident", other: "{count} more incidents" })}
              </Rows>
              .
            </Line>
          ),
        )
      : []),
    ...(deployments
      ? told(
          deployments.rows,
          (row) => <Deployment key={row.subject_id} row={row} of={deployments} repository={repository} />,
          (left) => (
            <Line key="more deployments" icon="change" about={deployments}>
              <Rows href={deployments.evidence}>
                {many(left, { one: "{count} more deployment", other: "{count} more deployments" })}
              </Rows>
              .
            </Line>
          ),
        )
      : []),
  ];
  if (lists.length === 0 && !waits)
    return (
      <p className="rounded-lg border border-dashed border-edge p-4 text-sm text-soft">
        {first
          ? t("Nothing is known of the span before, so nothing can be said to have changed.")
          : t(
              "Nothing of note: no figure left what is typical of it or changed its tier, no project has another status, no incident is open, and none took, and no deployment carried, more than twice as much as nine in ten before.",
            )}
      </p>
    );
  return (
    <ul aria-busy={waits} className="divide-y divide-line rounded-lg border border-line bg-surface">
      {lists}
      {waits && (
        <li className="p-3">
          <span role="status" className="sr-only">
            {t("Incidents and deployments are on their way")}
          </span>
          <span className="breathing block h-4 w-2/3 rounded-sm bg-band" />
        </li>
      )}
    </ul>
  );
}

/** A few of them, and how many there are besides. */
function told<T>(all: readonly T[], one: (of: T) => ReactNode, more: (left: number) => ReactNode): ReactNode[] {
  const shown = all.length > FEW + 1 ? all.slice(0, FEW) : all;
  return [...shown.map(one), ...(shown.length < all.length ? [more(all.length - shown.length)] : [])];
}

function Line({
  icon,
  look = "text-soft",
  about,
  children,
}: {
  icon: IconName;
  look?: string;
  /** The metric that it is of, or `null` where it is of the risk of projects. */
  about: { title: string; version: number } | null;
  children: ReactNode;
}) {
  return (
    <li className="card flex flex-wrap items-baseline gap-x-4 gap-y-0.5 px-4 py-2.5">
      <span className="flex min-w-0 flex-[1_1_30rem] items-start gap-2.5">
        <Icon name={icon} className={`mt-1 size-3.5 ${look}`} />
        <span className="min-w-0 max-w-[90ch] text-pretty">{children}</span>
      </span>
      <span className="pl-6 text-xs text-soft">
        {about === null ? t("risk of projects") : t("{title}, version {version}", { title: about.title, version: about.version })}
      </span>
    </li>
  );
}

function Figure({ of: { measure, value, comparison, left, tier } }: { of: Moved }) {
  const format = useFormat();
  const { title, unit, evidence } = measure;
  const change = format.change(comparison, unit);
  const look = change?.verdict ? VERDICT[change.verdict] : "text-soft";
  const earlier = rowsBefore(evidence, comparison, format.timeZone);
  const before = format.text(comparison.value, unit);
  const parts = {
    b: (inner: ReactNode) => <strong className="font-semibold">{inner}</strong>,
    title,
    value: <Rows href={evidence}>{format.text(value, unit)}</Rows>,
    change: change && (
      <span className={`font-medium ${look === "text-soft" ? "" : look}`}>
        {change.verdict ? t("{change}, {verdict}", { change: change.text, verdict: verdictWord(change.verdict) }) : change.text}
      </span>
    ),
    before: earlier ? <Rows href={earlier}>{before}</Rows> : before,
    why: [left && leftWords(left, unit, format), tier && tierWords(tier)].filter(Boolean).join("; "),
  };
  return (
    <Line icon={change?.way ?? "same"} look={look} about={measure}>
      {change
        ? rich("<b>{title}</b> is {value}, {change}, after {before}: {why}.", parts)
        : rich("<b>{title}</b> is {value}, after {before}: {why}.", parts)}
    </Line>
  );
}

function leftWords({ side, typical }: NonNullable<Moved["left"]>, unit: string, format: Format): string {
  const range = { p10: format.text(typical.p10, unit), p90: format.text(typical.p90, unit) };
  return side === "above" ? t("above what is typical, {p10} to {p90}", range) : t("below what is typical, {p10} to {p90}", range);
}

const tierWords = ({ now, before }: NonNullable<Moved["tier"]>): string =>
  t("tier {tier} of {year}, {before} before", { tier: now.tier ?? "", year: now.year, before: before.tier ?? "" });

function Project({ of: { now, before } }: { of: Props["projects"][number] }) {
  const format = useFormat();
  return (
    <Line icon="projects" about={null}>
      {rich("{project} is {now}, and was {before} on {day}.", {
        project: (
          <Link
            to="/project"
            search={(before: Search) => ({ ...spanOf(before), project: [now.project_id] })}
            className="font-semibold hover:underline"
          >
            {now.project ?? now.project_id}
          </Link>
        ),
        now: <Status of={now.status} />,
        before: <Status of={before.status} />,
        day: <span className="whitespace-nowrap">{format.day(before.day)}</span>,
      })}
    </Line>
  );
}

function Incident({ row, of }: { row: EvidenceRow; of: BeyondOf }) {
  const format = useFormat();
  const severity = words(row.severity);
  const named = <Named row={row}>{words(row.title) ?? subject(row.subject_id, row.url)}</Named>;
  const parts = {
    incident: severity === null ? named : rich("{incident} ({severity})", { incident: named, severity }),
    time: <Rows href={of.evidence}>{format.text(value(row), of.unit)}</Rows>,
    day: <At row={row} />,
  };
  return (
    <Line icon="alarm" look={row.open ? "text-bad" : "text-warn"} about={of}>
      {row.open
        ? rich("{incident} is not resolved, and began on {day}.", parts)
        : of.most === null
          ? rich("{incident} took {time} to resolve, and began on {day}.", parts)
          : rich("{incident} took {time} to resolve, and began on {day}: nine in ten before took up to {most}.", {
              ...parts,
              most: format.text(of.most, of.unit),
            })}
    </Line>
  );
}

function Deployment({ row, of, repository }: { row: EvidenceRow; of: BeyondOf; repository: (id: string) => string }) {
  const format = useFormat();
  const where = words(row.repository_id);
  const parts = {
    repository: where ? <strong className="font-semibold">{repository(where)}</strong> : t("Something"),
    count: <Rows href={of.evidence}>{format.text(value(row), of.unit)}</Rows>,
    day: <At row={row} />,
  };
  return (
    <Line icon="change" about={of}>
      {of.most === null
        ? rich("{repository} deployed {count} at once on {day}.", parts)
        : rich("{repository} deployed {count} at once on {day}: nine in ten before carried up to {most}.", {
            ...parts,
            most: format.number(of.most),
          })}
    </Line>
  );
}

const words = (of: Scalar | undefined) => (typeof of === "string" && of !== "" ? of : null);
const value = ({ value }: EvidenceRow) => (typeof value === "number" ? value : null);

const ROWS = "figures whitespace-nowrap underline decoration-edge decoration-dotted underline-offset-4 hover:decoration-solid";

function Rows({ href, children }: { href: string; children: ReactNode }) {
  return (
    <EvidenceLink href={href} className={ROWS}>
      {children}
    </EvidenceLink>
  );
}

function Named({ row, children }: { row: EvidenceRow; children: string }) {
  return isWeb(row.url) ? <External href={row.url}>{children}</External> : <strong className="font-semibold">{children}</strong>;
}

function At({ row: { at } }: { row: EvidenceRow }) {
  const format = useFormat();
  if (typeof at !== "string") return <>{t("an unknown day")}</>;
  const micros = Date.parse(at) * 1_000;
  return <Time at={micros}>{format.date(micros)}</Time>;
}
