/** A connection: how it does, how much of it is there, when it is read, how it is set up, and the way to remove it. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { change, Problem } from "@/api/client";
import type { Placed } from "@/api/place";
import { health, jobs } from "@/api/queries";
import type { Health, Job } from "@/api/types";
import { schedules, source, type Source as Connection } from "@/api/work";
import { Button } from "@/parts/Button";
import { Chain } from "@/parts/Chain";
import { Confirm } from "@/parts/Confirm";
import { Icon } from "@/parts/Icon";
import { Ago, Time, useFormat } from "@/parts/Locale";
import { Mark } from "@/parts/Mark";
import { Needs, useMay } from "@/parts/Needs";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { Deed, Facts, Page, Panel } from "@/parts/Page";
import { SchedulePanel } from "@/parts/SchedulePanel";
import { tell } from "@/parts/Told";
import { Worded } from "@/parts/Worded";
import { fails } from "@/pages/Connections";
import { rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import { kindOf, settingsOf } from "./kinds";
import { Change } from "./Change";
import { Backfill, type Range } from "./Backfill";
import { Budgets, came, Coverage, Rejects } from "./Whole";
import { at } from "./settings";

/** What stands in the address, in the place of a reading, while its settings are being changed. */
const CHANGE = "change";

export const Source = () => (
  <Needs permission="jobs:read">
    <One />
  </Needs>
);

/** Has the connection read, and shows how far that is. */
export function useReading(name: string) {
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    /** `null` for what is new since the last reading. */
    mutationFn: (input: { whole: true } | Range | null) =>
      change<Job>("POST", "/api/v1/jobs", { kind: "land", subject: name, ...(input && { input }) }),
    onSuccess: ({ run }) =>
      void navigate({ to: "/connections/$name", params: { name }, search: (before: Placed) => ({ ...before, open: run }) }),
    onSettled: () => Promise.all([["jobs"], ["connections"]].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}

function One() {
  const params: { name?: string } = useParams({ strict: false });
  const name = params.name ?? "";
  const { open }: Placed = useSearch({ strict: false });
  const [own, does] = [useQuery(source(name)), useQuery(health(name))];
  const { data: all } = useQuery(jobs);
  const may = useMay();
  const [removing, remove] = useState(false);
  const navigate = useNavigate();
  const show = (open: string | undefined) =>
    void navigate({ to: ".", search: (before: Placed) => ({ ...before, open }), resetScroll: false });
  const read = useReading(name);
  if (own.isError && own.error instanceof Problem && own.error.status === 404)
    return (
      <Page title={name}>
        <EmptyState icon="plug" title={t("There is no connection of that name")}>
          <Link to="/connections" className="text-accent-text underline">
            {t("To the connections")}
          </Link>
        </EmptyState>
      </Page>
    );
  const run = (open === CHANGE ? undefined : open) ?? all?.items.find(({ id }) => id === does.data?.open?.job)?.run;
  const kind = own.data && kindOf(own.data.connector);
  return (
    <Page
      title={name}
      lead={own.data && <span className="break-all">{`${kind?.title ?? own.data.connector}, ${own.data.place}`}</span>}
      actions={
        <>
          {may("jobs:manage") && (
            <Button look="main" disabled={read.isPending} onClick={() => read.mutate(null)}>
              {t("Read now")}
            </Button>
          )}
          {may("connections:manage") && own.data && (
            <Button onClick={() => show(CHANGE)}>
              <Icon name="gear" />
              {t("Change")}
            </Button>
          )}
        </>
      }
    >
      {own.isPending && <Skeleton label={t("{name} is on its way", { name })} />}
      {own.isError && <Failure error={own.error} again={() => void own.refetch()} />}
      {read.isError && <Failure error={read.error} />}
      {run && (
        <Panel title={t("On its way")} about={t("It goes on when you leave this page.")}>
          <Chain run={run} />
        </Panel>
      )}
      {does.isPending && <Skeleton label={t("How {name} does is on its way", { name })} />}
      {does.isError && <Failure error={does.error} again={() => void does.refetch()} />}
      {does.data && (
        <>
          <Does of={does.data} />
          {came(does.data) ? (
            <>
              <Coverage of={does.data.coverage} name={name} />
              <Budgets of={does.data.budgets} name={name} />
              <Rejects of={does.data.rejects} name={name} />
            </>
          ) : (
            <Panel title={t("How much of it is there")}>
              <EmptyState title={t("Nothing yet")}>
                {t("With the first reading it is told here, by kind, beside what the vendor says there is.")}
              </EmptyState>
            </Panel>
          )}
        </>
      )}
      <SchedulePanel
        title={t("When it is read")}
        kind="land"
        subject={name}
        none={t("Only when somebody asks, or a hook is called. Its figures grow old meanwhile.")}
        removed={t("{name} is read by itself no more", { name })}
        first={{ every: 900 }}
      />
      {own.data && <SetUp of={own.data} />}
      {own.data && may("connections:manage") && (
        <Panel title={t("Other things")}>
          <div className="flex flex-col divide-y divide-line">
            {may("jobs:manage") && (
              <Deed
                title={t("Read all of it anew")}
                about={t(
                  "Goes through everything at the vendor, which takes as long as the first reading and notices what was deleted.",
                )}
              >
                <Button disabled={read.isPending} onClick={() => read.mutate({ whole: true })}>
                  {t("Read all anew")}
                </Button>
              </Deed>
            )}
            {may("jobs:manage") && own.data.connector !== "git" && (
              <Backfill busy={read.isPending} onAsk={(range) => read.mutate(range)} />
            )}
            <Deed
              title={t("Remove the connection")}
              about={t(
                "It is read no more; its schedule, hooks and credential go. What came from it stays, and its figures with it.",
              )}
            >
              <Button look="bad" onClick={() => remove(true)}>
                {t("Remove")}
              </Button>
            </Deed>
          </div>
        </Panel>
      )}
      {open === CHANGE && may("connections:manage") && own.data && (
        <Change of={own.data} onClose={() => show(undefined)} onRead={() => read.mutate(null)} />
      )}
      {removing && <Remove name={name} onClose={() => remove(false)} />}
    </Page>
  );
}

function Remove({ name, onClose }: { name: string; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  return (
    <Confirm
      title={t("Remove {name}", { name })}
      action={t("Remove it")}
      word={name}
      onClose={onClose}
      run={async () => {
        await change("DELETE", `/api/v1/connections/${encodeURIComponent(name)}`);
        client.removeQueries({ queryKey: ["connections", name] });
        void client.invalidateQueries({ queryKey: ["connections"] });
        void client.invalidateQueries({ queryKey: schedules.queryKey });
        tell(t("{name} is removed; what came from it stays", { name }));
        await navigate({ to: "/connections" });
      }}
    >
      <p>{t("Its schedule, its hooks and its credential go with it, and it is read no more.")}</p>
      <p className="text-soft">
        {t(
          "What came from it stays in the lake. Another connection of this name would go on with it only if it leads to the same place.",
        )}
      </p>
    </Confirm>
  );
}

function Does({ of }: { of: Health }) {
  const format = useFormat();
  const {
    last_success: success,
    last_failure: failure,
    next_at: next,
    newest_at: newest,
    lag_seconds: lag,
    waiting_until: until,
  } = of;
  const failing = fails(of);
  return (
    <Panel title={t("How it does")}>
      {failing && failure && (
        <div className="mb-4 flex gap-2 rounded-md bg-bad-tint p-3 text-sm">
          <Icon name="diamond" className="mt-0.5 text-bad" />
          <p className="min-w-0 break-words">
            <Worded>{failure.reason}</Worded>
          </p>
        </div>
      )}
      <Facts
        of={[
          [
            t("State"),
            failing ? (
              <Mark tone="bad">{t("fails")}</Mark>
            ) : success ? (
              <Mark tone="good">{t("works")}</Mark>
            ) : (
              <Mark tone="plain" icon="empty">
                {t("not read yet")}
              </Mark>
            ),
          ],
          [t("Last read"), success ? <Ago key="read" at={success.at} every={30} /> : t("never, as far as jobs are remembered")],
          ...(failure ? ([[t("Last failed"), <Time key="failed" at={failure.at} />]] as const) : []),
          ...(until !== null ? ([[t("The vendor makes it wait until"), <Time key="until" at={until} />]] as const) : []),
          [t("Next"), next === null ? t("when somebody asks for it") : <Time key="next" at={next} />],
          [
            t("Newest of it"),
            newest === null ? (
              t("nothing is there yet")
            ) : (
              <span key="newest">
                {lag === null ? (
                  <Time at={newest} />
                ) : (
                  rich("{time}<b>, {duration} ago. Where nothing happens this grows, too</b>", {
                    b: (inner) => <span className="text-soft">{inner}</span>,
                    time: <Time at={newest} />,
                    duration: format.text(lag, "seconds"),
                  })
                )}
              </span>
            ),
          ],
        ]}
      />
    </Panel>
  );
}

function SetUp({ of }: { of: Connection }) {
  const kind = kindOf(of.connector);
  const said = kind ? settingsOf(kind).filter(({ path }) => at(of.settings, path) !== undefined) : [];
  const words = (value: unknown) =>
    Array.isArray(value)
      ? value.join(", ")
      : typeof value === "boolean"
        ? value
          ? t("yes")
          : t("no")
        : typeof value === "string"
          ? value
          : JSON.stringify(value);
  return (
    <Panel title={t("How it is set up")} about={t("What is not here has its default.")}>
      <Facts
        of={[
          [
            t("Address"),
            <span key="place" className="break-all">
              {of.place}
            </span>,
          ],
          [t("Credential"), of.has_credential ? t("kept sealed, never shown") : t("none")],
          [t("Set up"), <Time key="at" at={of.created_at} />],
          ...said.map(({ path, label }) => [label, words(at(of.settings, path))] as const),
        ]}
      />
    </Panel>
  );
}
