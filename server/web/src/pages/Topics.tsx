/** What whoever is signed in wants to be told, of what may come to them (docs/events.md). */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { change } from "@/api/client";
import type { Me } from "@/api/types";
import { muted, notifications, type Topic } from "@/api/work";
import { Check, Fields } from "@/parts/Form";
import { Failure, Skeleton } from "@/parts/Notice";
import { t } from "@/texts/texts";

interface Wish {
  topic: Topic;
  words: string;
  hint?: string;
  needs: string;
  /** Only those who see all teams and projects are told. */
  ofAll?: boolean;
}

const ways = (): readonly (readonly [string, readonly Wish[]])[] => [
  [
    t("In the bell"),
    [
      { topic: "job.dead", words: t("A job that waits for a person"), needs: "jobs:read" },
      { topic: "risk.changed", words: t("A project that stands worse than before"), needs: "metrics:read", ofAll: true },
      { topic: "alert.stopped", words: t("An alert rule that looks at nothing any more"), needs: "alerts:manage", ofAll: true },
      { topic: "report.notification", words: t("A report that was made for you"), needs: "metrics:read" },
    ],
  ],
  [
    t("By e-mail"),
    [
      {
        topic: "report.mail",
        words: t("A report that was made for you"),
        hint: t("Where this server sends e-mail."),
        needs: "metrics:read",
      },
    ],
  ],
];

export function Topics({ of }: { of: Me }) {
  const client = useQueryClient();
  const { data, error, isPending, isError, refetch } = useQuery(muted);
  const choose = useMutation({
    // One after the other: each sends all of it.
    scope: { id: "muted" },
    mutationFn: (topics: Topic[]) => change("PUT", "/api/v1/notifications/muted", { topics }),
    onSettled: () => client.invalidateQueries({ queryKey: notifications.queryKey }),
  });
  if (isPending) return <Skeleton label={t("What you are told is on its way")} />;
  if (isError) return <Failure error={error} again={() => void refetch()} />;
  // What was chosen is seen at once.
  const left = choose.isPending ? choose.variables : data;
  const mayCome = ({ needs, ofAll }: Wish) => of.permissions.includes(needs) && (!ofAll || of.sees === "everything");
  return (
    <div className="flex flex-wrap gap-x-14 gap-y-4">
      {ways().map(([way, wishes]) => {
        const open = wishes.filter(mayCome);
        return (
          open.length > 0 && (
            <Fields key={way} legend={way}>
              {open.map(({ topic, words, hint }) => (
                <Check
                  key={topic}
                  label={words}
                  hint={hint}
                  checked={!left.includes(topic)}
                  onChange={(on) => choose.mutate(on ? left.filter((one) => one !== topic) : [...left, topic])}
                />
              ))}
            </Fields>
          )
        );
      })}
      {choose.isError && <Failure error={choose.error} />}
    </div>
  );
}
