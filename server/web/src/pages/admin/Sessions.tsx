/** Who is signed in. The API tells sessions by person, so they are asked for one by one, those who came last first. */

import { useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { members, sessionsOf } from "@/api/access";
import { change } from "@/api/client";
import { Button } from "@/parts/Button";
import { Check } from "@/parts/Form";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { tell } from "@/parts/Told";
import { hidden, rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import { AdminPage } from "./Admin";
import { SessionList } from "./SessionList";

/** Of how many people sessions are asked for at once. */
const AT_ONCE = 40;

export function Sessions() {
  const client = useQueryClient();
  const { data: people, error, isPending, isError, refetch } = useQuery(members);
  const [past, showPast] = useState(false);
  const [most, setMost] = useState(AT_ONCE);
  const came = people?.filter(({ signed_in_at }) => signed_in_at !== null) ?? [];
  const sorted = came.toSorted((a, b) => (b.signed_in_at ?? 0) - (a.signed_in_at ?? 0));
  const asked = useQueries({ queries: sorted.slice(0, most).map(({ id }) => sessionsOf(id)) });
  const sessions = asked.flatMap(({ data }) => data ?? []).filter(({ ended_at }) => past || ended_at === null);
  const failed = asked.find(({ isError }) => isError);
  const nameOf = (id: string) => {
    const person = people?.find((one) => one.id === id);
    return person ? person.name || person.email : id;
  };
  const end = useMutation({
    mutationFn: (id: string) => change("DELETE", `/api/v1/users/${encodeURIComponent(id)}/sessions`),
    onSuccess: (_, id) => tell(t("The sessions of {name} in this tenant have ended", { name: nameOf(id) })),
    onSettled: () => client.invalidateQueries({ queryKey: ["sessions"] }),
  });
  return (
    <AdminPage
      path="/admin/sessions"
      lead={t(
        "Who is signed in to this tenant. Ended sessions are refused within seconds, on every server; whoever it was may sign in again unless they are suspended.",
      )}
    >
      {isPending && <Skeleton label={t("The sessions are on their way")} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {(failed ?? end.isError) && <Failure error={failed?.error ?? end.error} />}
      {people && (
        <Panel>
          <Check label={t("Show those that have ended, too")} checked={past} onChange={showPast} />
          {sessions.length === 0 && asked.every(({ isPending }) => !isPending) && (
            <EmptyState icon="person" title={t("Nobody is signed in")} />
          )}
          {sessions.length > 0 && (
            <SessionList
              of={sessions}
              who={({ user_id }) => nameOf(user_id)}
              action={({ user_id }) => (
                <Button look="bad" disabled={end.isPending} onClick={() => end.mutate(user_id)}>
                  {rich("End <b>sessions of {name}</b>", { b: hidden, name: nameOf(user_id) })}
                </Button>
              )}
            />
          )}
          {sorted.length > most && (
            <Button onClick={() => setMost(most + AT_ONCE)}>
              {t("Those of {n} more people", { n: Math.min(AT_ONCE, sorted.length - most) })}
            </Button>
          )}
        </Panel>
      )}
    </AdminPage>
  );
}
