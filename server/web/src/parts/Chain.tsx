/** A reading and what follows it, step by step as it happens, up to the figures. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { chain, over } from "@/api/work";
import type { Job } from "@/api/types";
import { rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import { Icon } from "./Icon";
import { Progress, STATES } from "./JobState";
import { Ago } from "./Locale";
import { EmptyState, Failure, Skeleton } from "./Notice";
import { Worded } from "./Worded";

/** What a chain comes to, in order, in a person's words. */
const comesTo = () =>
  [
    ["land", t("Reading"), t("what is there at the vendor, newest first")],
    ["map", t("Mapping"), t("what was read into work items, changes, deployments, incidents")],
    ["model", t("Figures"), t("the facts that metrics are computed from")],
    ["forecast", t("Forecasts"), t("frozen for today")],
    ["risk", t("Risks"), t("found for today")],
  ] as const;

/** Whether the figures have what was read. */
export const arrived = (jobs: readonly Job[]) => jobs.some(({ kind, state }) => kind === "model" && state === "succeeded");

export function Chain({ run }: { run: string }) {
  const { data, error, isPending, isError, refetch } = useQuery({
    ...chain(run),
    // It is told live, too; this is for whom events do not reach.
    refetchInterval: ({ state }) => (state.data && over(state.data) ? false : 5_000),
  });
  if (isPending) return <Skeleton label={t("How far it is, is on its way")} />;
  if (isError) return <Failure error={error} again={() => void refetch()} />;
  if (data.length === 0)
    return <EmptyState title={t("There are no such jobs")}>{t("They may be over for more than 90 days.")}</EmptyState>;
  // A step that was asked for anew while it ran is there twice: the newest says how it stands.
  const newest = (kind: string) => data.filter((job) => job.kind === kind).toSorted((a, b) => b.created_at - a.created_at)[0];
  const steps = comesTo().map(([kind, title, about]) => ({ kind, title, about, job: newest(kind) }));
  return (
    <div className="flex flex-col gap-3">
      <ol className="flex flex-col">
        {steps.map(({ kind, title, about, job }) => (
          <li key={kind} className="flex gap-3 border-b border-line py-2.5 last:border-b-0">
            <Icon
              name={job ? STATES[job.state].icon : "empty"}
              className={`mt-0.5 ${job ? STATES[job.state].look : "text-soft"}`}
            />
            <div className="min-w-0 flex-1 text-sm">
              <p>
                <span className="font-medium">{title}</span>{" "}
                <span className="text-soft">
                  {job
                    ? rich("{state}, {since}", {
                        state: STATES[job.state].words,
                        since: <Ago at={job.changed_at} every={5} />,
                      })
                    : over(data)
                      ? t("not reached")
                      : t("to come")}
                </span>
              </p>
              {job?.state === "running" && job.progress ? (
                <Progress of={job.progress} />
              ) : job && (job.state === "dead" || job.state === "failed" || job.state === "waiting") ? (
                <p className="break-words">
                  <Worded>{job.reason}</Worded>
                </p>
              ) : (
                <p className="text-soft">{about}</p>
              )}
            </div>
          </li>
        ))}
      </ol>
      {steps.some(({ job }) => job?.state === "dead") ? (
        <p className="text-sm">
          {rich("It waits for a person: mend the cause, and try it again under <a>Jobs</a>.", {
            a: (inner) => (
              <Link to="/jobs" search={{ open: run }} className="text-accent-text underline">
                {inner}
              </Link>
            ),
          })}
        </p>
      ) : (
        arrived(data) && (
          <p className="text-sm">
            {rich("The figures have it. <a>See the overview</a>", {
              a: (inner) => (
                <Link to="/" className="font-medium text-accent-text underline">
                  {inner}
                </Link>
              ),
            })}
          </p>
        )
      )}
    </div>
  );
}
