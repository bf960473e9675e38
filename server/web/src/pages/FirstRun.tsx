/** A tenant in which nothing has landed: what is to be done, in order, and how far it is. No figure is shown meanwhile. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { connections, jobs, me, tenant } from "@/api/queries";
import { isSample } from "@/api/sample";
import type { Job } from "@/api/types";
import { buttonLook } from "@/parts/Button";
import { Chain } from "@/parts/Chain";
import { Icon } from "@/parts/Icon";
import { useMay } from "@/parts/Needs";
import { Failure, Skeleton } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { Steps } from "@/parts/Steps";
import { rich } from "@/texts/rich";
import { many, t } from "@/texts/texts";
import { kindOf } from "./connect/kinds";

const steps = () => [t("Connect a source"), t("First reading"), t("Mapping"), t("First figures")];

/** How many of the steps are done, by what was connected and the jobs of its chain. */
export function reached(connected: number, chain: readonly Pick<Job, "kind" | "state">[]): number {
  const done = (kind: string) => chain.some((job) => job.kind === kind && job.state === "succeeded");
  if (connected === 0 && chain.length === 0) return 0;
  if (!done("land")) return 1;
  if (!done("map")) return 2;
  return done("model") ? 4 : 3;
}

export function FirstRun() {
  const may = useMay();
  const sees = may("jobs:read");
  const { data: person } = useQuery(me);
  const { data: house } = useQuery(tenant);
  const sources = useQuery({ ...connections, enabled: sees });
  const work = useQuery({ ...jobs, enabled: sees });
  const failed = sources.error ?? work.error;
  const newest = work.data?.items.filter(({ kind }) => kind === "land").toSorted((a, b) => b.created_at - a.created_at)[0];
  const chain = work.data?.items.filter(({ run }) => run === newest?.run) ?? [];
  const all = sources.data?.items ?? [];
  const at = reached(all.length, chain);
  return (
    <div className="mx-auto flex w-full max-w-[52rem] flex-col gap-5">
      <div>
        <h2 className="text-2xl font-semibold">{t("Nothing is here yet")}</h2>
        <p className="mt-1 text-soft">
          {t(
            "Connect what your teams work with, and the figures of {tenant} come by themselves. Until then none is shown, not even a zero.",
            { tenant: house?.name ?? t("this tenant") },
          )}
        </p>
      </div>
      {!sees && (
        <Panel title={t("Somebody has to connect a source")}>
          <p className="text-sm">
            {t(
              "Whoever runs this tenant does so: an owner, an admin or an operator. Come back then; this page shows the figures by itself.",
            )}
          </p>
        </Panel>
      )}
      {sees && (
        <>
          {sources.data && work.data && <Steps of={steps()} at={at} />}
          {(sources.isPending || work.isPending) && <Skeleton label={t("How far it is, is on its way")} />}
          {failed && <Failure error={failed} again={() => void Promise.all([sources.refetch(), work.refetch()])} />}
          {sources.data && all.length === 0 && (
            <Panel
              title={t("1. Connect a source")}
              about={t("GitHub, Jira, or a git repository. It takes an address and a token; Pulse only reads.")}
            >
              {may("connections:manage") ? (
                <Link to="/connections/new" className={buttonLook("main")}>
                  <Icon name="plug" />
                  {t("Connect a source")}
                </Link>
              ) : (
                <p className="text-sm">{t("It takes the permission connections:manage: ask whoever runs this tenant.")}</p>
              )}
            </Panel>
          )}
          {all.length > 0 && newest && (
            <Panel
              title={t("Reading {subject}", { subject: newest.subject })}
              about={t("It goes on when you leave. How long it takes depends on how much there is.")}
            >
              <Chain run={newest.run} />
            </Panel>
          )}
          {all.length > 0 && (
            <Panel
              title={many(all.length, { one: "Your connection", other: "Your connections" })}
              actions={
                may("connections:manage") && (
                  <Link to="/connections/new" className={buttonLook()}>
                    <Icon name="plus" />
                    {t("Add another")}
                  </Link>
                )
              }
            >
              <ul className="flex flex-col gap-1 text-sm">
                {all.map(({ name, connector }) => {
                  const source = (
                    <>
                      <Link to="/connections/$name" params={{ name }} className="text-accent-text underline">
                        {name}
                      </Link>{" "}
                      <span className="text-soft">{kindOf(connector)?.title ?? connector}</span>
                    </>
                  );
                  return (
                    <li key={name}>{newest ? source : rich("{source}: not read yet. Open it, and read it.", { source })}</li>
                  );
                })}
              </ul>
            </Panel>
          )}
        </>
      )}
      {person && (
        <p className="text-sm text-soft">
          {person.tenants.some((id) => id !== person.tenant && isSample(id))
            ? t("To see what it looks like with figures, go to a sample tenant at the top left.")
            : may("connections:manage") &&
              rich("To see what it looks like with figures: <code>pulse demo</code>, on the server, fills a sample tenant.", {
                code: (inner) => <code className="font-mono">{inner}</code>,
              })}
        </p>
      )}
    </div>
  );
}
