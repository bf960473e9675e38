/** When something of the tenant's is done by itself: a connection read, a report made. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { change } from "@/api/client";
import { schedules, type Schedule, type When } from "@/api/work";
import { rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import { Button } from "./Button";
import { Form } from "./Form";
import { Time } from "./Locale";
import { Mark } from "./Mark";
import { useMay } from "./Needs";
import { Failure } from "./Notice";
import { Panel } from "./Page";
import { tell } from "./Told";
import { putSchedule, schedulePath, WhenField, whenWords } from "./When";

interface Props {
  title: string;
  /** The kind of job, and what it is about. */
  kind: string;
  subject: string;
  /** What is said where there is none. */
  none: string;
  /** What is told when it was removed. */
  removed: string;
  /** What is proposed. */
  first: When;
}

export function SchedulePanel({ title, kind, subject, none, removed, first }: Props) {
  const client = useQueryClient();
  const { data, error, isError } = useQuery(schedules);
  const may = useMay();
  const [editing, edit] = useState(false);
  const schedule = data?.find((one) => one.kind === kind && one.subject === subject);
  const anew = () => Promise.all([["jobs"], ["connections"]].map((queryKey) => client.invalidateQueries({ queryKey })));
  const set = useMutation({
    mutationFn: (next: Pick<Schedule, "when" | "paused">) =>
      putSchedule(kind, subject, { input: schedule?.input ?? null, ...next }, schedule?.version),
    onSuccess: () => edit(false),
    onSettled: anew,
  });
  const remove = useMutation({
    mutationFn: () => change("DELETE", schedulePath(kind, subject)),
    onSuccess: () => {
      if (schedule) tell(removed, () => putSchedule(kind, subject, schedule).finally(() => void anew()));
    },
    onSettled: anew,
  });
  const failed = error ?? set.error ?? remove.error;
  return (
    <Panel
      title={title}
      actions={
        may("jobs:manage") &&
        !editing && (
          <>
            {schedule && (
              <Button disabled={set.isPending} onClick={() => set.mutate({ when: schedule.when, paused: !schedule.paused })}>
                {schedule.paused ? t("Resume") : t("Pause")}
              </Button>
            )}
            <Button onClick={() => edit(true)}>{schedule ? t("Change") : t("Set a schedule")}</Button>
            {schedule && (
              <Button look="bad" disabled={remove.isPending} onClick={() => remove.mutate()}>
                {t("Remove")}
              </Button>
            )}
          </>
        )
      }
    >
      {(isError || failed) && !editing && <Failure error={failed} />}
      {editing ? (
        <Edit
          when={schedule?.when ?? first}
          busy={set.isPending}
          error={set.error}
          // What is on hold stays so, whenever it would be.
          onKeep={(when) => set.mutate({ when, paused: schedule?.paused ?? false })}
          onClose={() => edit(false)}
        />
      ) : schedule ? (
        <p className="flex flex-wrap items-center gap-2 text-sm">
          <span className="font-medium first-letter:uppercase">{whenWords(schedule.when)}</span>
          {schedule.paused ? (
            <Mark tone="warn">{t("on hold")}</Mark>
          ) : (
            <span className="text-soft">{rich("next {time}", { time: <Time at={schedule.next_at} /> })}</span>
          )}
        </p>
      ) : (
        data && <p className="text-sm text-soft">{none}</p>
      )}
    </Panel>
  );
}

function Edit({
  when: first,
  busy,
  error,
  onKeep,
  onClose,
}: {
  when: When;
  busy: boolean;
  error: unknown;
  onKeep: (when: When) => void;
  onClose: () => void;
}) {
  const [when, setWhen] = useState(first);
  return (
    <Form
      onSubmit={() => onKeep(when)}
      busy={busy}
      error={error}
      submit={t("Keep")}
      beside={
        <Button look="quiet" onClick={onClose}>
          {t("Leave it")}
        </Button>
      }
    >
      <div className="max-w-md">
        <WhenField value={when} onChange={setWhen} />
      </div>
    </Form>
  );
}
