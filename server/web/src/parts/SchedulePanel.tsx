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
import { useMeanwhile } from "./Meanwhile";
import { useMay } from "./Needs";
import { Failure } from "./Notice";
import { Panel } from "./Page";
import { tell } from "./Told";
import { useUnsaved } from "./Unsaved";
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
  const [editing, edit] = useState<Schedule | "new" | null>(null);
  const schedule = data?.find((one) => one.kind === kind && one.subject === subject);
  const anew = () => Promise.all([["jobs"], ["connections"]].map((queryKey) => client.invalidateQueries({ queryKey })));
  const set = useMutation({
    mutationFn: ({ version, ...next }: Pick<Schedule, "when" | "paused"> & { version: number | undefined }) =>
      putSchedule(kind, subject, { input: schedule?.input ?? null, ...next }, version),
    onSuccess: () => edit(null),
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
              <Button disabled={set.isPending} onClick={() => set.mutate({ ...schedule, paused: !schedule.paused })}>
                {schedule.paused ? t("Resume") : t("Pause")}
              </Button>
            )}
            <Button onClick={() => edit(schedule ?? "new")}>{schedule ? t("Change") : t("Set a schedule")}</Button>
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
          key={editing === "new" ? editing : editing.version}
          of={editing === "new" ? null : editing}
          now={schedule}
          first={first}
          onAnew={() => schedule && edit(schedule)}
          busy={set.isPending}
          error={set.error}
          // What is on hold stays so, whenever it would be.
          onKeep={(when, version) => set.mutate({ when, paused: schedule?.paused ?? false, version })}
          onClose={() => edit(null)}
        />
      ) : schedule ? (
        <p className="flex flex-wrap items-center gap-2 text-sm">
          <span className="font-medium first-letter:uppercase">{whenWords(schedule.when)}</span>
          {schedule.paused ? (
            <>
              <Mark tone="warn">{t("on hold")}</Mark>
              <span className="text-soft">{rich("if resumed now, next {time}", { time: <Time at={schedule.next_at} /> })}</span>
            </>
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

interface EditProps {
  /** As it was when one began. */
  of: Schedule | null;
  now: Schedule | undefined;
  first: When;
  onAnew: () => void;
  busy: boolean;
  error: unknown;
  onKeep: (when: When, version: number | undefined) => void;
  onClose: () => void;
}

function Edit({ of, now, first, onAnew, busy, error, onKeep, onClose }: EditProps) {
  const began = of?.when ?? first;
  const [when, setWhen] = useState(began);
  const { leave, question } = useUnsaved(JSON.stringify(when) !== JSON.stringify(began));
  const { version, overtaken, notice } = useMeanwhile({ of, now, onAnew }, busy);
  return (
    <Form
      onSubmit={() => onKeep(when, version)}
      busy={busy}
      error={error}
      submit={t("Keep")}
      idle={overtaken}
      beside={
        <Button look="quiet" onClick={() => leave(onClose)}>
          {t("Leave it")}
        </Button>
      }
    >
      {notice}
      <div className="max-w-md">
        <WhenField value={when} onChange={setWhen} />
      </div>
      {question}
    </Form>
  );
}
