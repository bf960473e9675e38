/** An alert: what is so, what it is about, what is to be done, and how it came to where it stands. */

import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { alert as told, alertRules, type Alert as Told, type AlertStep } from "@/api/alerts";
import { Problem } from "@/api/client";
import { definitions } from "@/api/queries";
import { EVIDENCE } from "@/api/scope";
import { Button } from "@/parts/Button";
import { EvidenceLink } from "@/parts/EvidenceLink";
import { placeOf } from "@/parts/place";
import { Icon } from "@/parts/Icon";
import { Ago, Time, useFormat } from "@/parts/Locale";
import { Needs, useMay } from "@/parts/Needs";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { Facts, Page, Panel } from "@/parts/Page";
import { Select } from "@/parts/Select";
import { useNamed, usePeople } from "@/parts/Who";
import { rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import { SeverityMark, StateMark } from "./Marks";
import { useAcknowledge, useAssign, useUnacknowledge } from "./useAcknowledge";
import { STATE, unitOf } from "./words";

export const Alert = () => (
  <Needs permission="metrics:read">
    <One />
  </Needs>
);

function One() {
  const params: { id?: string } = useParams({ strict: false });
  const id = params.id ?? "";
  const { data, error, isPending, isError, refetch } = useQuery(told(id));
  const { data: rules } = useQuery(alertRules);
  const may = useMay();
  const [acknowledge, unacknowledge, assign] = [useAcknowledge(), useUnacknowledge(), useAssign()];
  if (isError && error instanceof Problem && error.status === 404)
    return (
      <Page title={t("Alert")}>
        <EmptyState icon="alarm" title={t("There is no such alert")}>
          <p>{t("It may be forgotten, since it was over 400 days ago, or be of a rule whose rows you do not see.")}</p>
          <Link to="/alerts" className="text-accent-text underline">
            {t("To the alerts")}
          </Link>
        </EmptyState>
      </Page>
    );
  const alert = data?.alert;
  const rule = rules?.find(({ name }) => name === alert?.rule);
  return (
    <Page
      title={alert?.title ?? t("Alert")}
      lead={
        alert && (
          <span className="flex flex-wrap gap-1.5">
            <SeverityMark of={alert.severity} calm={alert.state === "cleared"} />
            <StateMark of={alert.state} />
          </span>
        )
      }
      actions={
        alert &&
        alert.state !== "cleared" &&
        may("alerts:manage") && (
          <>
            <Whose alert={alert} onChoose={(user) => assign.mutate({ id: alert.id, user })} />
            {alert.state === "firing" && (
              <Button look="main" disabled={acknowledge.isPending} onClick={() => acknowledge.mutate(alert)}>
                {t("I look after it")}
              </Button>
            )}
            {alert.state === "acknowledged" && (
              <Button disabled={unacknowledge.isPending} onClick={() => unacknowledge.mutate(alert)}>
                {t("Nobody looks after it")}
              </Button>
            )}
          </>
        )
      }
    >
      {isPending && <Skeleton label={t("The alert is on its way")} rows={6} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {[acknowledge, unacknowledge, assign].map(({ error: wrong }, index) => wrong && <Failure key={index} error={wrong} />)}
      {alert && (
        <>
          <div className="grid items-start gap-5 lg:grid-cols-2">
            <Stands alert={alert} unit={rule?.condition} />
            <Panel title={t("What is to be done")}>
              <p className="max-w-prose text-sm whitespace-pre-line">
                {rule?.next || t("The rule does not say. Look at what is behind it, and say that you look after it.")}
              </p>
              <p className="mt-3 text-sm">
                {rule ? (
                  <Link to="/alerts/rules/$name" params={{ name: rule.name }} className="text-accent-text underline">
                    {t("The rule")}
                  </Link>
                ) : (
                  rules && <span className="text-soft">{t("Its rule is there no more.")}</span>
                )}
              </p>
            </Panel>
          </div>
          {alert.members.length > 0 && <Members alert={alert} unit={rule?.condition} />}
          <Steps of={data.steps} unit={rule?.condition} />
        </>
      )}
    </Page>
  );
}

/** Whose an alert is, to be chosen. */
function Whose({ alert, onChoose }: { alert: Told; onChoose: (user: string | null) => void }) {
  const [people, named] = [usePeople(), useNamed()];
  const whose = alert.assigned_to;
  // Who may not know the others is told that it is somebody else's.
  const others = whose === null || people.some(({ id }) => id === whose) ? [] : [[whose, named(whose)] as const];
  const all = people.map(({ id, name, email }) => [id, name || email] as const);
  return (
    <Select
      label={t("Assigned to")}
      value={whose ?? ""}
      of={[["", t("nobody")], ...all, ...others]}
      onChoose={(user) => onChoose(user || null)}
    />
  );
}

type Looks = Parameters<typeof unitOf>[0];

/** A value in the unit of what the rule looks at. */
function useValue(condition: Looks) {
  const format = useFormat();
  const { data: known } = useQuery(definitions);
  const unit = unitOf(condition, known);
  return (value: number) => format.text(value, unit);
}

function Stands({ alert, unit }: { alert: Told; unit: Looks }) {
  const named = useNamed();
  const value = useValue(unit);
  const at = (time: number) => <Time key={time} at={time} />;
  return (
    <Panel title={t("What is so")}>
      {/* Of several things each is told below. */}
      {alert.members.length < 2 && <p className="mb-3 max-w-prose whitespace-pre-line text-pretty">{named(alert.reason)}</p>}
      <Facts
        of={[
          [t("Since"), <Since key="since" at={alert.since} />],
          ...(alert.value === null ? [] : ([[t("Value"), value(alert.value)]] as const)),
          ...(alert.evidence && isShown(alert.evidence)
            ? ([[t("Why"), <Behind key="why" evidence={alert.evidence} />]] as const)
            : []),
          [t("Fired"), alert.fired_at === null ? t("not: it has not held for long enough") : at(alert.fired_at)],
          ...(alert.fired_at === null
            ? []
            : ([
                [
                  t("Told"),
                  alert.told_at === null ? (alert.state === "firing" ? t("nobody, so far") : t("nobody")) : at(alert.told_at),
                ],
              ] as const)),
          ...(alert.escalated_at === null ? [] : ([[t("Told to others"), at(alert.escalated_at)]] as const)),
          ...(alert.acknowledged_at === null
            ? []
            : ([
                [
                  t("Looked after"),
                  <span key="by">
                    {rich("by {who}, since {time}", {
                      who: named(alert.acknowledged_by ?? ""),
                      time: at(alert.acknowledged_at),
                    })}
                  </span>,
                ],
              ] as const)),
          ...(alert.assigned_to === null || alert.assigned_at === null
            ? []
            : ([
                [
                  t("Assigned"),
                  <span key="to">
                    {rich("to {who}, since {time}", { who: named(alert.assigned_to), time: at(alert.assigned_at) })}
                  </span>,
                ],
              ] as const)),
          ...(alert.clearing_since === null || alert.cleared_at !== null
            ? []
            : ([[t("Well since"), at(alert.clearing_since)]] as const)),
          ...(alert.cleared_at === null ? [] : ([[t("Over"), at(alert.cleared_at)]] as const)),
        ]}
      />
    </Panel>
  );
}

/** The run in which a job died; an alert of an earlier version has the job alone. */
const JOB = /^\/api\/v1\/jobs(?:\?run=([^&]+)|\/[^/]+)$/;
const CONNECTION = /^\/api\/v1\/connections\/([^/]+)\/health$/;
const SCHEDULES = "/api/v1/schedules";

/** Whether the page has a place for what is behind an alert. */
const isShown = (evidence: string) =>
  EVIDENCE.test(evidence) ||
  placeOf(evidence) !== null ||
  JOB.test(evidence) ||
  CONNECTION.test(evidence) ||
  evidence === SCHEDULES;

/** What is behind an alert: rows open beside it, all else stands on a page of its own. */
function Behind({ evidence }: { evidence: string }) {
  const look = "text-accent-text underline";
  const place = placeOf(evidence);
  if (place !== null) {
    const { to, hash, project } = place;
    return (
      <Link to={to} hash={hash} search={project.length > 0 ? { project } : true} className={look}>
        {hash === "forecasts" ? t("What is forecast") : t("What the rules found")}
      </Link>
    );
  }
  const job = JOB.exec(evidence);
  if (job !== null)
    return (
      <Link to="/jobs" search={job[1] === undefined ? {} : { open: decodeURIComponent(job[1]) }} className={look}>
        {t("The jobs")}
      </Link>
    );
  const name = CONNECTION.exec(evidence)?.[1];
  if (name !== undefined)
    return (
      <Link to="/connections/$name" params={{ name: decodeURIComponent(name) }} className={look}>
        {t("The connection")}
      </Link>
    );
  if (evidence === SCHEDULES)
    return (
      <Link to="/admin/work" className={look}>
        {t("The schedules")}
      </Link>
    );
  return <EvidenceLink href={evidence}>{t("The rows behind it")}</EvidenceLink>;
}

const Since = ({ at }: { at: number }) => (
  <>
    <Time at={at} />
    <span className="text-soft">
      , <Ago at={at} every={60} />
    </span>
  </>
);

function Members({ alert: { members }, unit }: { alert: Told; unit: Looks }) {
  const value = useValue(unit);
  return (
    <Panel title={t("What it is about")}>
      <table className="w-full border-collapse text-sm">
        <caption className="sr-only">{t("What the alert is about")}</caption>
        <thead>
          <tr className="border-b border-edge text-left text-xs text-soft">
            <th scope="col" className="py-1 pr-3 font-medium">
              {t("Name")}
            </th>
            <th scope="col" className="px-3 py-1 text-right font-medium">
              {t("Value")}
            </th>
            <th scope="col" className="hidden py-1 pl-3 font-medium sm:table-cell">
              {t("What is so")}
            </th>
          </tr>
        </thead>
        <tbody>
          {members.map((member) => (
            <tr key={member.key} className="border-b border-line align-top last:border-b-0">
              <th scope="row" className="py-1.5 pr-3 text-left font-medium">
                {member.name || t("all of it")}
                <span className="block font-normal text-soft sm:hidden">{member.sentence}</span>
              </th>
              <td className="figures px-3 py-1.5 text-right whitespace-nowrap">
                {member.value === null ? <span className="text-soft">{t("none")}</span> : value(member.value)}
              </td>
              <td className="hidden py-1.5 pl-3 sm:table-cell">{member.sentence}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Steps({ of, unit }: { of: readonly AlertStep[]; unit: Looks }) {
  const named = useNamed();
  const value = useValue(unit);
  return (
    <Panel title={t("How it came there")}>
      <ol className="flex flex-col">
        {of.map(({ at, state, value: had, reason }, index) => (
          <li key={index} className="flex gap-3 border-b border-line py-2.5 text-sm last:border-b-0">
            <Icon name={STATE[state].icon} className="mt-0.5 text-soft" />
            <div className="min-w-0 flex-1">
              <p>
                <span className="font-medium">{STATE[state].words()}</span>{" "}
                <span className="text-soft">
                  <Time at={at} />
                  {had !== null && `, ${value(had)}`}
                </span>
              </p>
              <p className="line-clamp-4 break-words whitespace-pre-line text-soft">{named(reason)}</p>
            </div>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
