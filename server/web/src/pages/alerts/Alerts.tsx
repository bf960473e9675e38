/** Alerts (docs/alerts.md): what fires now, and what did. */

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { alertRules, openAlerts, pastAlerts, type Alert } from "@/api/alerts";
import { Button, buttonLook } from "@/parts/Button";
import { Icon } from "@/parts/Icon";
import { Ago, Time, useFormat } from "@/parts/Locale";
import { Needs, useMay } from "@/parts/Needs";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { Page, Panel } from "@/parts/Page";
import { Subpages } from "@/parts/Subpages";
import { useNamed } from "@/parts/Who";
import { rich } from "@/texts/rich";
import { many, t } from "@/texts/texts";
import { SeverityMark, StateMark } from "./Marks";
import { useAcknowledge } from "./useAcknowledge";

export const Alerts = () => (
  <Needs permission="metrics:read">
    <All />
  </Needs>
);

export const subpages = () =>
  [
    ["/alerts", t("What fires")],
    ["/alerts/rules", t("Rules")],
  ] as const;

const SEVEREST = { critical: 0, warning: 1, info: 2 } as const;
const FIRST = { firing: 0, acknowledged: 1, pending: 2, cleared: 3 } as const;

/** What nobody looks after first, the worst of it first. */
export const ordered = (alerts: readonly Alert[]): Alert[] =>
  alerts.toSorted((a, b) => FIRST[a.state] - FIRST[b.state] || SEVEREST[a.severity] - SEVEREST[b.severity] || b.since - a.since);

function All() {
  const [open, rules] = [useQuery(openAlerts), useQuery(alertRules)];
  const past = useInfiniteQuery(pastAlerts);
  const may = useMay();
  const acknowledge = useAcknowledge();
  const over = past.data?.pages.flatMap(({ items }) => items) ?? [];
  const stopped = rules.data?.filter(({ fault }) => fault !== null) ?? [];
  return (
    <Page
      title={t("Alerts")}
      lead={t("What should not stay as it is. A rule looks whenever there are new figures, and tells people once.")}
      actions={
        may("alerts:manage") && (
          <Link to="/alerts/rules/new" className={buttonLook("main")}>
            <Icon name="plus" />
            {t("Set a rule")}
          </Link>
        )
      }
    >
      <Subpages label={t("Alerts")} of={subpages()} />
      {stopped.length > 0 && (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md bg-bad-tint p-3 text-sm">
          <Icon name="diamond" className="text-bad" />
          <span className="min-w-48 flex-1">
            {stopped.length === 1
              ? t("The rule {title} looks at nothing any more: nobody would be told.", { title: stopped[0]?.title ?? "" })
              : many(stopped.length, {
                  one: "{count} rule looks at nothing any more: nobody would be told.",
                  other: "{count} rules look at nothing any more: nobody would be told.",
                })}
          </span>
          <Link to="/alerts/rules" className="font-medium text-accent-text underline">
            {t("To the rules")}
          </Link>
        </div>
      )}
      <Panel title={t("Now")}>
        {open.isPending && <Skeleton label={t("What fires is on its way")} />}
        {open.isError && <Failure error={open.error} again={() => void open.refetch()} />}
        {acknowledge.isError && <Failure error={acknowledge.error} />}
        {open.data?.length === 0 && rules.data && <Quiet rules={rules.data.length} may={may("alerts:manage")} />}
        <ul className="divide-y divide-line">
          {ordered(open.data ?? []).map((alert) => (
            <Row key={alert.id} alert={alert}>
              {alert.state === "firing" && may("alerts:manage") && (
                <Button disabled={acknowledge.isPending} onClick={() => acknowledge.mutate(alert)}>
                  {rich("I look after it<b>, {title}</b>", {
                    b: (inner) => <span className="sr-only">{inner}</span>,
                    title: alert.title,
                  })}
                </Button>
              )}
            </Row>
          ))}
        </ul>
      </Panel>
      <Panel title={t("Earlier")} about={t("What is over, kept for 400 days. Times are those of the figures.")}>
        {past.isPending && <Skeleton label={t("What was is on its way")} />}
        {past.isError && <Failure error={past.error} again={() => void past.refetch()} />}
        {past.data && over.length === 0 && <p className="text-sm text-soft">{t("Nothing is over yet.")}</p>}
        <ul className="divide-y divide-line">
          {over.map((alert) => (
            <Row key={alert.id} alert={alert} />
          ))}
        </ul>
        {past.hasNextPage && (
          <Button className="mt-3" disabled={past.isFetchingNextPage} onClick={() => void past.fetchNextPage()}>
            {past.isFetchingNextPage ? t("On its way") : t("Earlier ones")}
          </Button>
        )}
      </Panel>
    </Page>
  );
}

function Quiet({ rules, may }: { rules: number; may: boolean }) {
  if (rules > 0)
    return (
      <EmptyState icon="check" title={t("Nothing fires")}>
        {many(rules, { one: "One rule looks on.", other: "{count} rules look on." })}
      </EmptyState>
    );
  return (
    <EmptyState icon="alarm" title={t("No rule looks yet")}>
      <p>{t("A rule says what should not stay as it is, for how long that has to be so, and who is told.")}</p>
      {may && (
        <p className="mt-2">
          {rich("<a>Set the first</a>, and see what it would have told of before.", {
            a: (inner) => (
              <Link to="/alerts/rules/new" className="text-accent-text underline">
                {inner}
              </Link>
            ),
          })}
        </p>
      )}
    </EmptyState>
  );
}

/** How many of the things that an alert is about are told in its list. */
const SHOWN = 3;

function Row({ alert, children }: { alert: Alert; children?: React.ReactNode }) {
  const named = useNamed();
  const { id, title, severity, state, reason, members, since, fired_at: fired, acknowledged_by: by, assigned_to: whose } = alert;
  const several = state !== "cleared" && members.length > 1;
  const when =
    state === "cleared" ? (
      <Lasted alert={alert} />
    ) : (
      rich("since {time}, {ago}", { time: <Time at={since} />, ago: <Ago at={since} every={60} /> })
    );
  const looked = by
    ? rich("{when}, looked after by {who}", { when, who: named(by) })
    : whose
      ? rich("{when}, assigned to {who}", { when, who: named(whose) })
      : when;
  return (
    <li className="grid items-start gap-x-4 gap-y-2 py-3 first:pt-0 last:pb-0 sm:grid-cols-[minmax(0,1fr)_auto]">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <SeverityMark of={severity} calm={state === "cleared"} />
          <Link to="/alerts/$id" params={{ id }} className="font-medium hover:underline">
            {title}
          </Link>
          {state !== "firing" && state !== "cleared" && <StateMark of={state} />}
        </p>
        {several ? (
          <ul className="mt-0.5 max-w-[75ch] text-sm">
            {members.slice(0, SHOWN).map(({ key, sentence }) => (
              <li key={key}>{sentence}</li>
            ))}
            {members.length > SHOWN && (
              <li className="text-soft">
                {rich("and <a>{count} more</a>", {
                  a: (inner) => (
                    <Link to="/alerts/$id" params={{ id }} className="underline">
                      {inner}
                    </Link>
                  ),
                  count: members.length - SHOWN,
                })}
              </li>
            )}
          </ul>
        ) : (
          <p className="mt-0.5 max-w-[75ch] text-sm text-pretty">{named(reason)}</p>
        )}
        <p className="mt-0.5 text-sm text-soft">
          {state === "cleared" && fired === null
            ? rich("{when}, before it had held for long enough: nobody was told", { when: looked })
            : looked}
        </p>
      </div>
      {children}
    </li>
  );
}

function Lasted({ alert: { since, cleared_at: cleared } }: { alert: Alert }) {
  const format = useFormat();
  if (cleared === null) return <Time at={since} />;
  return rich("{since} to {until}, {duration}", {
    since: <Time at={since} />,
    until: <Time at={cleared} />,
    duration: format.text(Math.max(0, (cleared - since) / 1e6), "seconds"),
  });
}
