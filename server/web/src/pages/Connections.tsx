/** Where the data come from, and how each source does (docs/connections.md). */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { connections, dashboard, health } from "@/api/queries";
import type { Connection, Health } from "@/api/types";
import { buttonLook } from "@/parts/Button";
import { Freshness } from "@/parts/Freshness";
import { Icon } from "@/parts/Icon";
import { STATES } from "@/parts/JobState";
import { Ago, Time, useFormat } from "@/parts/Locale";
import { Needs, useMay } from "@/parts/Needs";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { Page } from "@/parts/Page";
import { Worded } from "@/parts/Worded";
import { thingsWords } from "@/parts/things";
import { rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import { kindOf } from "./connect/kinds";
import { budgetWords, CoverageTable } from "./connect/Whole";

export const Connections = () => (
  <Needs permission="jobs:read">
    <All />
  </Needs>
);

function All() {
  const { data, error, isPending, isError, refetch } = useQuery(connections);
  const may = useMay();
  return (
    <Page
      title={t("Connections")}
      lead={t("Where your data come from, and how each source does.")}
      actions={
        <>
          {may("tenant:manage") && (
            <Link to="/admin/mapping" className={buttonLook()}>
              <Icon name="flow" />
              {t("Mapping")}
            </Link>
          )}
          {may("connections:manage") && (
            <Link to="/connections/new" className={buttonLook("main")}>
              <Icon name="plus" />
              {t("Add a connection")}
            </Link>
          )}
        </>
      }
    >
      {isPending && <Skeleton label={t("The connections are on their way")} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {data?.items.length === 0 && (
        <EmptyState icon="plug" title={t("No connection")}>
          {t("A server reads by itself what a connection names; what was read from the command line needs none.")}
          <ByHand />
        </EmptyState>
      )}
      <ul className="flex flex-col gap-3">
        {data?.items.map((connection) => (
          <li key={connection.name} className="card rounded-lg border border-line bg-surface p-4">
            <One connection={connection} />
          </li>
        ))}
      </ul>
    </Page>
  );
}

/** What was read all the same, by somebody at the command line: what figures rest on has its freshness. */
function ByHand() {
  const may = useMay();
  const { data } = useQuery({ ...dashboard("overview", {}), enabled: may("metrics:read") });
  if (!data || data.freshness.length === 0) return null;
  return (
    <div className="mt-3 flex flex-col items-center gap-1">
      <h2 className="text-sm font-medium text-ink">{t("Read from the command line")}</h2>
      <Freshness sources={data.freshness} />
    </div>
  );
}

function One({ connection: { name, connector, place } }: { connection: Connection }) {
  const { data, error, isPending, isError, refetch } = useQuery(health(name));
  return (
    <>
      <h2 className="font-semibold">
        <Link to="/connections/$name" params={{ name }} className="text-accent-text underline">
          {name}
        </Link>{" "}
        <span className="font-normal text-soft">{kindOf(connector)?.title ?? connector}</span>
      </h2>
      <p className="text-sm break-words text-soft">{place}</p>
      {isPending && <Skeleton label={t("How {name} does is on its way", { name })} rows={9} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {data && <Does of={data} name={name} />}
    </>
  );
}

/** Whether the last try went well. */
export const fails = ({ last_success: success, last_failure: failure }: Health) =>
  failure !== null && failure.at > (success?.at ?? 0);

function Does({ of, name }: { of: Health; name: string }) {
  const format = useFormat();
  const {
    last_success: success,
    last_failure: failure,
    open,
    waiting_until: until,
    next_at: next,
    lag_seconds: lag,
    rejects,
    coverage,
    budgets,
  } = of;
  const left = budgetWords(budgets, format.count);
  return (
    <div className="mt-3 flex flex-col gap-3 text-sm">
      <p className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <span className={`inline-flex items-center gap-1.5 ${fails(of) ? "text-bad" : success ? "text-good" : "text-soft"}`}>
          <Icon name={fails(of) ? "diamond" : success ? "check" : "empty"} className="size-3.5" />
          {fails(of) ? t("fails") : success ? t("works") : t("not read yet")}
        </span>
        {success && <span>{rich("read {ago}", { ago: <Ago at={success.at} every={30} /> })}</span>}
        {lag !== null && <span>{t("newest of it {age} old", { age: format.text(lag, "seconds") })}</span>}
        {next !== null && <span>{rich("next at {time}", { time: <Time at={next} /> })}</span>}
        {open && <span>{t("now: {state}", { state: STATES[open.state].words })}</span>}
        {left && <span>{t("of what may be asked: {left}", { left })}</span>}
        {until !== null && (
          <span className="text-warn">{rich("the vendor makes it wait until {time}", { time: <Time at={until} /> })}</span>
        )}
      </p>
      {failure && fails(of) && (
        <p className="rounded-md bg-bad-tint p-2 break-words">
          <Worded>{failure.reason}</Worded>
        </p>
      )}
      {coverage && coverage.length > 0 && <CoverageTable of={coverage} name={name} />}
      {rejects?.total === 0 && <p>{t("Everything could be mapped")}</p>}
      {rejects && rejects.total > 0 && (
        <details>
          <summary className="min-h-6 text-accent-text hover:underline">
            {t("{n} could not be mapped", { n: format.count(rejects.total) })}
          </summary>
          <ul className="mt-1 flex flex-col gap-1">
            {rejects.kinds.map(({ stream, field, reason, n, examples }) => (
              <li key={`${stream}${field ?? ""}${reason}`}>
                {field
                  ? t("{n} of {stream}, {field}: {reason}", { n: format.count(n), stream: thingsWords(stream), field, reason })
                  : t("{n} of {stream}: {reason}", { n: format.count(n), stream: thingsWords(stream), reason })}{" "}
                <span className="text-soft">{examples.join(", ")}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
