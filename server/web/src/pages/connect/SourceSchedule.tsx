/** When a connection is read by itself. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { change } from "@/api/client";
import { schedules, type Schedule, type When } from "@/api/work";
import { Button } from "@/parts/Button";
import { Form } from "@/parts/Form";
import { Time } from "@/parts/Locale";
import { Mark } from "@/parts/Mark";
import { useMay } from "@/parts/Needs";
import { Failure } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { tell } from "@/parts/Told";
import { putSchedule, schedulePath, WhenField, whenWords } from "@/parts/When";

export function SourceSchedule({ name }: { name: string }) {
  const client = useQueryClient();
  const { data, error, isError } = useQuery(schedules);
  const may = useMay();
  const [editing, edit] = useState(false);
  const schedule = data?.find(({ kind, subject }) => kind === "land" && subject === name);
  const anew = () => Promise.all([["jobs"], ["connections"]].map((queryKey) => client.invalidateQueries({ queryKey })));
  const set = useMutation({
    mutationFn: (next: Pick<Schedule, "when" | "paused">) =>
      putSchedule("land", name, { input: schedule?.input ?? null, ...next }, schedule?.version),
    onSuccess: () => edit(false),
    onSettled: anew,
  });
  const remove = useMutation({
    mutationFn: () => change("DELETE", schedulePath("land", name)),
    onSuccess: () => {
      if (schedule)
        tell(`${name} is read by itself no more`, () => void putSchedule("land", name, schedule).finally(() => void anew()));
    },
    onSettled: anew,
  });
  const failed = error ?? set.error ?? remove.error;
  return (
    <Panel
      title="When it is read"
      actions={
        may("jobs:manage") &&
        !editing && (
          <>
            {schedule && (
              <Button disabled={set.isPending} onClick={() => set.mutate({ when: schedule.when, paused: !schedule.paused })}>
                {schedule.paused ? "Resume" : "Pause"}
              </Button>
            )}
            <Button onClick={() => edit(true)}>{schedule ? "Change" : "Set a schedule"}</Button>
            {schedule && (
              <Button look="bad" disabled={remove.isPending} onClick={() => remove.mutate()}>
                Remove
              </Button>
            )}
          </>
        )
      }
    >
      {(isError || failed) && !editing && <Failure error={failed} />}
      {editing ? (
        <Edit
          schedule={schedule}
          busy={set.isPending}
          error={set.error}
          onKeep={(when) => set.mutate({ when, paused: false })}
          onClose={() => edit(false)}
        />
      ) : schedule ? (
        <p className="flex flex-wrap items-center gap-2 text-sm">
          <span className="font-medium first-letter:uppercase">{whenWords(schedule.when)}</span>
          {schedule.paused ? (
            <Mark tone="warn">on hold</Mark>
          ) : (
            <span className="text-soft">
              next <Time at={schedule.next_at} />
            </span>
          )}
        </p>
      ) : (
        data && <p className="text-sm text-soft">Only when somebody asks, or a hook is called. Its figures grow old meanwhile.</p>
      )}
    </Panel>
  );
}

function Edit({
  schedule,
  busy,
  error,
  onKeep,
  onClose,
}: {
  schedule: Schedule | undefined;
  busy: boolean;
  error: unknown;
  onKeep: (when: When) => void;
  onClose: () => void;
}) {
  const [when, setWhen] = useState<When>(schedule?.when ?? { every: 900 });
  return (
    <Form
      onSubmit={() => onKeep(when)}
      busy={busy}
      error={error}
      submit="Keep"
      beside={
        <Button look="quiet" onClick={onClose}>
          Leave it
        </Button>
      }
    >
      <div className="max-w-md">
        <WhenField value={when} onChange={setWhen} />
      </div>
    </Form>
  );
}
