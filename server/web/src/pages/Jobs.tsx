/** Work in the background: what runs, what waits for a person, and what can be done about it (docs/jobs-orchestration.md). */

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { ask } from "@/api/client";
import type { Placed } from "@/api/place";
import { jobs, me } from "@/api/queries";
import type { Job, JobState } from "@/api/types";
import { chain, jobsIn, jobSteps, over, workWords } from "@/api/work";
import { Button } from "@/parts/Button";
import { Icon } from "@/parts/Icon";
import { Progress, STATES } from "@/parts/JobState";
import { Ago, Time } from "@/parts/Locale";
import { Needs } from "@/parts/Needs";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { useTitle } from "@/parts/Page";
import { Select } from "@/parts/Select";
import { useNamed } from "@/parts/Who";
import { Worded } from "@/parts/Worded";
import { hidden, listed, rich } from "@/texts/rich";
import { t } from "@/texts/texts";

type Deed = "pause" | "resume" | "cancel";
/** What can be done to a job in a state. Resuming one that is dead tries it again. */
const DEEDS: Partial<Record<JobState, readonly Deed[]>> = {
  queued: ["pause", "cancel"],
  running: ["pause", "cancel"],
  waiting: ["pause", "cancel"],
  failed: ["pause", "cancel"],
  dead: ["resume", "cancel"],
  paused: ["resume", "cancel"],
};

/** The jobs by the chain that they belong to, the chain in which something happened last first, each in the order of its life. */
export function chains(all: readonly Job[]): Job[][] {
  const runs = new Map<string, Job[]>();
  for (const job of all) runs.set(job.run, [...(runs.get(job.run) ?? []), job]);
  const last = (jobs: readonly Job[]) => Math.max(...jobs.map(({ changed_at }) => changed_at));
  return [...runs.values()]
    .map((jobs) => jobs.toSorted((one, other) => one.created_at - other.created_at))
    .toSorted((one, other) => last(other) - last(one));
}

export const Jobs = () => (
  <Needs permission="jobs:read">
    <Asked />
  </Needs>
);

/** All of them, or those of the one chain that the address names. */
function Asked() {
  const { open }: Placed = useSearch({ strict: false });
  return open === undefined ? <All /> : <OneChain key={open} run={open} />;
}

function OneChain({ run }: { run: string }) {
  const { data, error, isPending, isError, refetch } = useQuery({
    ...chain(run),
    refetchInterval: ({ state }) => (state.data && over(state.data) ? false : 15_000),
  });
  return (
    <List jobs={data} about={t("One of them and what follows it.")}>
      {isPending && <Skeleton label={t("The jobs are on their way")} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {data?.length === 0 && (
        <EmptyState title={t("There are no such jobs")}>{t("They may be over for more than 90 days.")}</EmptyState>
      )}
      <p className="text-sm">
        <Link to="/jobs" className="text-accent-text underline">
          {t("All jobs")}
        </Link>
      </p>
    </List>
  );
}

const states = () => [["", t("any")] as const, ...Object.entries(STATES).map(([state, { words }]) => [state, words] as const)];

function All() {
  const { state }: Placed = useSearch({ strict: false });
  const navigate = useNavigate();
  const { data, error, isPending, isError, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(
    jobsIn(state),
  );
  const all = data?.pages.flatMap(({ items }) => items);
  return (
    <List
      jobs={all}
      earlier={
        hasNextPage && (
          <Button className="self-start" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {isFetchingNextPage ? t("On its way") : t("Earlier ones")}
          </Button>
        )
      }
    >
      <div className="print:hidden">
        <Select
          label={t("State")}
          value={state ?? ""}
          of={states()}
          onChoose={(state) =>
            void navigate({ to: "/jobs", search: (before: Placed) => ({ ...before, state: state || undefined }) })
          }
        />
      </div>
      {isPending && <Skeleton label={t("The jobs are on their way")} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {all?.length === 0 && (
        <EmptyState title={state ? t("None stands there") : t("No jobs")}>
          {state ? t("Another state may have some.") : t("Nothing was asked for in the last 90 days.")}
        </EmptyState>
      )}
    </List>
  );
}

interface Listed {
  jobs: readonly Job[] | undefined;
  about?: string;
  /** What stands below them. */
  earlier?: ReactNode;
  children: ReactNode;
}

function List({ jobs, about, earlier, children }: Listed) {
  const { data: person } = useQuery(me);
  const manages = person?.permissions.includes("jobs:manage") ?? false;
  useTitle(t("Jobs"));
  return (
    <div className="mx-auto flex max-w-[80rem] flex-col gap-4">
      <header>
        <h1 className="text-xl font-semibold">{t("Jobs")}</h1>
        {about && <p className="mt-0.5 text-base text-soft">{about}</p>}
      </header>
      {children}
      <ul className="flex flex-col gap-3">
        {chains(jobs ?? []).map((chain) => (
          <li key={chain[0]?.run} className="card rounded-lg border border-line bg-surface">
            <ol className="divide-y divide-line">
              {chain.map((job) => (
                <Row key={job.id} job={job} manages={manages} />
              ))}
            </ol>
          </li>
        ))}
      </ul>
      {earlier}
    </div>
  );
}

function Row({ job, manages }: { job: Job; manages: boolean }) {
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const deed = useMutation({
    mutationFn: (what: Deed) => ask(`/api/v1/jobs/${encodeURIComponent(job.id)}/${what}`, { method: "POST" }),
    onSettled: () => client.invalidateQueries({ queryKey: jobs.queryKey }),
  });
  const { icon, look, words } = STATES[job.state];
  const work = workWords(job.kind, job.subject);
  const about = { b: hidden, work };
  const verb = {
    pause: rich("Pause<b> {work}</b>", about),
    resume: job.state === "dead" ? rich("Try again<b> {work}</b>", about) : rich("Resume<b> {work}</b>", about),
    cancel: rich("Cancel<b> {work}</b>", about),
  };
  return (
    <li className="grid gap-x-4 gap-y-1 p-3 sm:grid-cols-[13rem_minmax(0,1fr)_auto]">
      <div>
        <p className="font-medium break-words">{work}</p>
        <p className={`flex items-center gap-1.5 text-sm ${look}`}>
          <Icon name={icon} className="size-3.5" />
          {words}
        </p>
      </div>
      <div className="min-w-0 text-sm">
        {job.reason !== words && (
          <p className="break-words">
            <Worded>{job.reason}</Worded>
          </p>
        )}
        <p className="text-soft">
          {listed(
            <Ago at={job.changed_at} every={15} />,
            job.attempt > 1 && t("try {n} of {most}", { n: job.attempt, most: job.most_attempts }),
          )}
        </p>
        {job.state === "running" && job.progress && <Progress of={job.progress} />}
        {deed.isError && <Failure error={deed.error} />}
        {open && <Log of={job} />}
      </div>
      <div className="flex items-start gap-1.5 sm:justify-end">
        {manages &&
          // By its place: what is pressed has the focus still when it is another deed.
          (DEEDS[job.state] ?? []).map((what, place) => (
            <Button key={place} disabled={deed.isPending} onClick={() => deed.mutate(what)}>
              {verb[what]}
            </Button>
          ))}
        <Button look="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
          {rich("Log<b> of {work}</b>", about)}
        </Button>
      </div>
    </li>
  );
}

/** Every step that a job went through: when, which try, who was at it, and why. */
function Log({ of: { id, kind, subject } }: { of: Job }) {
  const { data, error, isPending, isError, refetch } = useQuery(jobSteps(id));
  const named = useNamed();
  return (
    <>
      {isPending && <Skeleton label={t("Its log is on its way")} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {data && (
        <ol
          aria-label={t("Log of {work}", { work: workWords(kind, subject) })}
          className="mt-2 flex flex-col border-t border-line pt-2"
        >
          {data.map(({ at, state, attempt, worker, reason }, number) => (
            <li key={number} className="flex gap-2 py-1">
              <Icon name={STATES[state].icon} className={`mt-1 size-3.5 ${STATES[state].look}`} />
              <p className="min-w-0 break-words">
                <span className="font-medium">{STATES[state].words}</span>{" "}
                <span className="text-soft">
                  {listed(<Time at={at} />, attempt > 1 && t("try {n}", { n: attempt }), worker && t("by {worker}", { worker }))}
                </span>
                <span className="block">
                  <Worded>{named(reason)}</Worded>
                </span>
              </p>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}
