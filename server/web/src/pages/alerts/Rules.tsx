/** Alert rules, and where each stands. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { alertRules, openAlerts, type Alert, type Rule } from "@/api/alerts";
import { definitions } from "@/api/queries";
import { buttonLook } from "@/parts/Button";
import { useNames } from "@/parts/names";
import { Icon } from "@/parts/Icon";
import { Ago, Time, useFormat, useNow } from "@/parts/Locale";
import { Mark } from "@/parts/Mark";
import { Needs, useMay } from "@/parts/Needs";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { Page, Panel } from "@/parts/Page";
import { Subpages } from "@/parts/Subpages";
import { useNamed } from "@/parts/Who";
import { Worded } from "@/parts/Worded";
import { rich } from "@/texts/rich";
import { many, t } from "@/texts/texts";
import { subpages } from "./Alerts";
import { SeverityMark } from "./Marks";
import { Mute } from "./Mute";
import { conditionWords, SEVERITY, standing } from "./words";

export const Rules = () => (
  <Needs permission="metrics:read">
    <All />
  </Needs>
);

function All() {
  const { data, error, isPending, isError, refetch } = useQuery(alertRules);
  const { data: open } = useQuery(openAlerts);
  const may = useMay();
  return (
    <Page
      title={t("Alert rules")}
      lead={t("What the tenant wants to be told of. Each looks as whoever set it, and sees what they see.")}
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
      {isPending && <Skeleton label={t("The rules are on their way")} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {data?.length === 0 && (
        <Panel>
          <EmptyState icon="alarm" title={t("No rule looks yet")}>
            {t(
              "Good first ones: lead time above what you can live with, a project off track, a connection that was not read for a day.",
            )}
          </EmptyState>
        </Panel>
      )}
      {data && data.length > 0 && (
        <ul className="flex flex-col gap-3">
          {data.map((rule) => (
            <li key={rule.name} className="card rounded-lg border border-line bg-surface p-4">
              <One rule={rule} open={open ?? []} manages={may("alerts:manage")} />
            </li>
          ))}
        </ul>
      )}
    </Page>
  );
}

/** How a rule stands, in a mark. */
export function Stands({ rule, open }: { rule: Rule; open: readonly Alert[] }) {
  const now = useNow(30);
  const firing = open.filter(({ rule: name, state }) => name === rule.name && state !== "pending").length;
  switch (standing(rule, open, now)) {
    case "stopped":
      return <Mark tone="bad">{t("looks at nothing")}</Mark>;
    case "fires":
      return (
        <Mark tone={SEVERITY[rule.severity].tone} icon="alarm">
          {firing > 1 ? many(firing, { one: "{count} fires", other: "{count} fire" }) : t("fires")}
        </Mark>
      );
    case "muted":
      return (
        <Mark tone="plain" icon="bell">
          {t("muted")}
        </Mark>
      );
    case "watches":
      return (
        <Mark tone="plain" icon="clock">
          {t("holds, not for long enough yet")}
        </Mark>
      );
    case "well":
      return rule.looked_at === null ? (
        <Mark tone="plain" icon="empty">
          {t("not looked yet")}
        </Mark>
      ) : (
        <Mark tone="good">{t("well")}</Mark>
      );
  }
}

function One({ rule, open, manages }: { rule: Rule; open: readonly Alert[]; manages: boolean }) {
  const format = useFormat();
  const nameOf = useNames();
  const named = useNamed();
  const now = useNow(30);
  const { data: known } = useQuery(definitions);
  const { name, title, severity, condition, fault, muted_until: muted, looked_at: looked, owner } = rule;
  const who = named(owner);
  const as =
    looked === null
      ? t("never looked at yet, as {who}", { who })
      : rich("looked at {ago}, as {who}", { ago: <Ago at={looked} every={30} />, who });
  return (
    <div className="grid items-start gap-x-4 gap-y-2 sm:grid-cols-[minmax(0,1fr)_auto]">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Link to="/alerts/rules/$name" params={{ name }} className="font-semibold text-accent-text hover:underline">
            {title}
          </Link>
          <Stands rule={rule} open={open} />
          <SeverityMark of={severity} calm />
        </p>
        <p className="mt-0.5 text-sm">{conditionWords(condition, { format, known, nameOf })}</p>
        {fault !== null && (
          <p className="mt-1 rounded-md bg-bad-tint p-2 text-sm break-words">
            <Worded>{named(fault)}</Worded>
          </p>
        )}
        <p className="mt-0.5 text-sm text-soft">
          {muted !== null && muted > now ? rich("{as}, muted until {time}", { as, time: <Time at={muted} /> }) : as}
        </p>
      </div>
      {manages && <Mute rule={rule} />}
    </div>
  );
}
