/** Where the data come from, and how each source does (docs/connections.md). */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { connections, health } from "@/api/queries";
import type { Connection, Health } from "@/api/types";
import { buttonLook } from "@/parts/Button";
import { Icon } from "@/parts/Icon";
import { Ago, Time, useFormat } from "@/parts/Locale";
import { Needs, useMay } from "@/parts/Needs";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { Page } from "@/parts/Page";
import { Worded } from "@/parts/Worded";
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
      title="Connections"
      lead="Where your data come from, and how each source does."
      actions={
        <>
          {may("tenant:manage") && (
            <Link to="/admin/mapping" className={buttonLook()}>
              <Icon name="flow" />
              Mapping
            </Link>
          )}
          {may("connections:manage") && (
            <Link to="/connections/new" className={buttonLook("main")}>
              <Icon name="plus" />
              Add a connection
            </Link>
          )}
        </>
      }
    >
      {isPending && <Skeleton label="The connections are on their way" />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {data?.items.length === 0 && (
        <EmptyState icon="plug" title="No connection">
          A server reads by itself what a connection names; what was read from the command line needs none.
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

function One({ connection: { name, connector, place } }: { connection: Connection }) {
  const { data, error, isPending, isError, refetch } = useQuery(health(name));
  return (
    <>
      <h2 className="font-semibold">
        <Link to="/connections/$name" params={{ name }} className="text-accent-text underline">
          {name}
        </Link>{" "}
        <span className="font-normal text-soft">{connector}</span>
      </h2>
      <p className="text-sm break-words text-soft">{place}</p>
      {isPending && <Skeleton label={`How ${name} does is on its way`} />}
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
          {fails(of) ? "fails" : success ? "works" : "not read yet"}
        </span>
        {success && (
          <span>
            read <Ago at={success.at} every={30} />
          </span>
        )}
        {lag !== null && <span>newest of it {format.text(lag, "seconds")} old</span>}
        {next !== null && (
          <span>
            next at <Time at={next} />
          </span>
        )}
        {open && <span>now: {open.state}</span>}
        {left && <span>of what may be asked: {left}</span>}
        {until !== null && (
          <span className="text-warn">
            the vendor makes it wait until <Time at={until} />
          </span>
        )}
      </p>
      {failure && fails(of) && (
        <p className="rounded-md bg-bad-tint p-2 break-words">
          <Worded>{failure.reason}</Worded>
        </p>
      )}
      {coverage && coverage.length > 0 && <CoverageTable of={coverage} name={name} />}
      {rejects && (
        <details>
          <summary className="min-h-6 text-accent-text hover:underline">
            {rejects.total === 0 ? "Everything could be mapped" : `${format.count(rejects.total)} could not be mapped`}
          </summary>
          <ul className="mt-1 flex flex-col gap-1">
            {rejects.kinds.map(({ stream, field, reason, n, examples }) => (
              <li key={`${stream}${field ?? ""}${reason}`}>
                {format.count(n)} of {stream}
                {field && `, ${field}`}: {reason} <span className="text-soft">{examples.join(", ")}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
