import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { me, riskEvidence } from "@/api/queries";
import { spanOf, type Search } from "@/api/scope";
import type { Filter, Finding, PastRisk, Risk, TeamRisk } from "@/api/types";
import { rich } from "@/texts/rich";
import { many, t } from "@/texts/texts";
import { External, isWeb } from "./External";
import { useFormat } from "./Locale";
import { EmptyState, Failure, Skeleton } from "./Notice";
import { Sparkline } from "./Sparkline";
import { Status } from "./Status";

/** The least part that two digits can tell: a smaller one is not told as none. */
const LEAST = 0.01;

interface Props {
  risks: readonly Risk[];
  /** What alone is looked at, where that is not everything. */
  filter?: Filter;
  open?: boolean;
}

/** How projects stand, the riskiest first, each with what the rules found. */
export function Risks({ risks, filter = {}, open = false }: Props) {
  const format = useFormat();
  if (risks.length === 0) return <NoRisks filter={filter} />;
  return (
    // Sentences are not read over the whole of a wide screen: there two stand beside each other.
    <ul className={open ? "" : "grid grid-cols-[repeat(auto-fit,minmax(min(100%,44rem),1fr))] gap-3 print:grid-cols-1"}>
      {risks.map((risk) => (
        <li
          key={risk.project_id}
          className={`card grid content-start gap-x-6 gap-y-1.5 rounded-lg border border-line bg-surface p-4 ${open ? "" : "md:grid-cols-[15rem_minmax(0,1fr)]"}`}
        >
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1 self-start">
            {!open && (
              <h3 className="font-semibold">
                <Link
                  to="/project"
                  search={(before: Search) => ({ ...spanOf(before), project: [risk.project_id] })}
                  className="hover:underline"
                >
                  {risk.project ?? risk.project_id}
                </Link>
              </h3>
            )}
            <Status of={risk.status} />
            <span className="figures text-sm text-soft">
              {t("risk {score} of 1, as of {day}", { score: format.number(risk.score), day: format.day(risk.day) })}
            </span>
            {risk.team_id !== null && (
              <span className="text-sm text-soft">
                {rich("of {team}", {
                  team: (
                    <Link
                      to="/projects"
                      search={(before: Search) => ({ ...spanOf(before), owning_team: [risk.team_id] })}
                      className="hover:text-ink hover:underline"
                    >
                      {risk.team ?? risk.team_id}
                    </Link>
                  ),
                })}
              </span>
            )}
          </div>
          <div>
            {!open && (
              <p className="max-w-[75ch] text-sm text-pretty">{format.sentence(risk.reason) || t("The rules found nothing.")}</p>
            )}
            {risk.findings.length > 0 && <Findings risk={risk} open={open} />}
          </div>
        </li>
      ))}
    </ul>
  );
}

/** That of some projects nothing is known says nothing of the others: whoever sees or asks for some alone is told of those. */
function NoRisks({ filter }: { filter: Filter }) {
  const { data: person } = useQuery(me);
  const seesAll = person?.sees === undefined || person.sees === "everything";
  if (seesAll && Object.values(filter).every((ids) => ids.length === 0))
    return (
      <EmptyState title={t("No project has a known risk")}>
        {t("Risks are looked for once a day, after the facts are made.")}
      </EmptyState>
    );
  return (
    <EmptyState title={t("No project that is shown here has a known risk")}>
      {seesAll
        ? t("Others are left out by the filters of this page.")
        : t("Others may have one: you see those of some teams or projects alone.")}
    </EmptyState>
  );
}

/** What the rules found of teams themselves, the riskiest first: it counts to no project. */
export function TeamRisks({ risks }: { risks: readonly TeamRisk[] }) {
  const format = useFormat();
  return (
    <ul className="grid grid-cols-[repeat(auto-fit,minmax(min(100%,27rem),1fr))] gap-3 print:grid-cols-1">
      {risks.map(({ team_id, team, day, findings }) => (
        <li key={team_id} className="card rounded-lg border border-line bg-surface p-4">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <h3 className="font-semibold">{team ?? team_id}</h3>
            <span className="text-sm text-soft">{t("as of {day}", { day: format.day(day) })}</span>
          </div>
          <ul className="mt-2 flex flex-col gap-2 text-sm">
            {findings.map((finding) => (
              <li key={finding.rule}>
                <Scored finding={finding} />
                <span className="block text-soft">{format.sentence(finding.sentence)}</span>
                <ShownBy finding={finding} project={null} />
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}

/** How a project's risk went, day by day as it was said then. */
export function RiskHistory({ days }: { days: readonly PastRisk[] }) {
  const format = useFormat();
  const [first] = days;
  if (!first || days.length < 2) return null;
  const points = days.map(({ day, score }) => ({ label: format.day(day), partial: false, figure: { value: score } }));
  return (
    <div className="max-w-xl rounded-lg border border-line bg-surface p-4">
      <h3 className="mb-2 text-sm font-medium text-soft">{t("Risk since {day}", { day: format.day(first.day) })}</h3>
      <Sparkline points={points} typical={null} unit={t("of 1")} />
    </div>
  );
}

/** What was found, with its score beside it: what has no part in a project's risk, as of a team or an epic, may be a high one all the same. */
function Scored({ finding: { title, score } }: { finding: Finding }) {
  const format = useFormat();
  return rich("<b>{title}</b><soft>, score {score} of 1</soft>", {
    b: (inner) => <span className="font-medium">{inner}</span>,
    soft: (inner) => <span className="figures text-soft">{inner}</span>,
    title,
    score: format.number(score),
  });
}

/** The rows that show a finding, which are looked up once somebody wants them. */
function ShownBy({ finding, project }: { finding: Finding; project: string | null }) {
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const { rule, subject_id, evidence_count: count } = finding;
  const rows = useQuery({ ...riskEvidence(rule, subject_id, project), enabled: open });
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)} className="print:hidden">
      <summary className="min-h-6 text-accent-text hover:underline">
        {many(count, { one: "{count} row shows it", other: "{count} rows show it" }, { count: format.count(count) })}
      </summary>
      {rows.isError && <Failure error={rows.error} again={() => void rows.refetch()} />}
      {open && rows.isPending && <Skeleton label={t("The rows are on their way")} />}
      {rows.data && (
        <ul className="mt-1 flex flex-col gap-1">
          {rows.data.map(({ id, title, url }) => (
            <li key={id}>{isWeb(url) ? <External href={url}>{title ?? id}</External> : (title ?? id)}</li>
          ))}
          {rows.data.length < count && (
            <li className="text-soft">
              {t("The first {shown} of {all}.", { shown: format.count(rows.data.length), all: format.count(count) })}
            </li>
          )}
        </ul>
      )}
    </details>
  );
}

/** Those that find something only where no item is open. */
const CLOSING: readonly string[] = ["overdue_epic", "overdue_release", "overdue_sprint"];

/** Why what was found has no part in the risk (docs/risk.md): of one rule the highest counts, and what its own rules find of an epic or release never does. */
function whyNone({ rule, subject_kind }: Finding, findings: readonly Finding[]): string {
  if (CLOSING.includes(rule)) return t("It adds nothing: no work in it is open that could be late.");
  const isOther = findings.some((other) => other.rule === rule && other.contribution > 0);
  return subject_kind === "epic" && !isOther
    ? t("It adds nothing: the project's own rules look at an epic's items already.")
    : t("It adds nothing: of what one rule finds in a project the highest counts, which is another.");
}

function Findings({ risk: { project_id, findings, score }, open }: { risk: Risk; open: boolean }) {
  const format = useFormat();
  return (
    <details open={open} className="group mt-2 text-sm">
      <summary className="min-h-6 text-accent-text hover:underline">
        {many(findings.length, { one: "What the rules found: {count} sign", other: "What the rules found: {count} signs" })}
      </summary>
      <table className="mt-2 w-full">
        <caption className="sr-only">{t("Findings, with their part of the risk")}</caption>
        <thead className="sr-only">
          <tr>
            <th scope="col">{t("Rule")}</th>
            <th scope="col">{t("Part of the risk")}</th>
          </tr>
        </thead>
        <tbody>
          {findings.map((finding) => (
            <tr key={`${finding.rule}${finding.subject_id}`} className="align-top">
              <td className="py-1.5 pr-4">
                {finding.contribution === 0 ? <Scored finding={finding} /> : <span className="font-medium">{finding.title}</span>}
                <span className="block text-soft">{format.sentence(finding.sentence)}</span>
                {finding.contribution === 0 && <span className="block text-soft">{whyNone(finding, findings)}</span>}
                <ShownBy finding={finding} project={project_id} />
              </td>
              <td className="figures w-20 py-1.5 text-right sm:w-32 whitespace-nowrap">
                {finding.contribution > 0 && finding.contribution < LEAST
                  ? t("below {least}", { least: format.number(LEAST) })
                  : format.number(finding.contribution)}
                <span aria-hidden="true" className="mt-1 block h-1.5 rounded-sm bg-band">
                  <span
                    className="block h-full rounded-sm bg-series-1"
                    style={{ width: `${(finding.contribution / (score || 1)) * 100}%` }}
                  />
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
