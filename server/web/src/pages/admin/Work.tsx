/** When work is done by itself, and who may ask for it from outside (docs/jobs-orchestration.md). */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { change } from "@/api/client";
import { connections } from "@/api/queries";
import { reportDefinitions } from "@/api/reports";
import { hooks, KINDS, schedules, workWords, type Hook, type Schedule, type When } from "@/api/work";
import { Button } from "@/parts/Button";
import { Confirm } from "@/parts/Confirm";
import { Form, SelectField, TextField } from "@/parts/Form";
import { Icon } from "@/parts/Icon";
import { Ago, Time } from "@/parts/Locale";
import { Mark } from "@/parts/Mark";
import { Modal } from "@/parts/Modal";
import { useMay } from "@/parts/Needs";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { putSchedule, schedulePath, WhenField, whenWords } from "@/parts/When";
import { Secret } from "@/parts/Secret";
import { useMeanwhile } from "@/parts/Meanwhile";
import { tell } from "@/parts/Told";
import { useUnsaved } from "@/parts/Unsaved";
import { hidden, listed, rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import { AdminPage } from "./Admin";

export const Work = () => (
  <AdminPage path="/admin/work">
    <Schedules />
    <Hooks />
  </AdminPage>
);

function Schedules() {
  const client = useQueryClient();
  const { data, error, isPending, isError, refetch } = useQuery(schedules);
  const may = useMay();
  const [editing, edit] = useState<Schedule | "new" | null>(null);
  const anew = () => client.invalidateQueries({ queryKey: ["jobs"] });
  const pause = useMutation({
    mutationFn: ({ kind, subject, when, input, paused, version }: Schedule) =>
      putSchedule(kind, subject, { when, input, paused: !paused }, version),
    onSuccess: (_, { kind, subject, paused }) =>
      tell(
        paused
          ? t("{work}: goes on by its schedule", { work: workWords(kind, subject) })
          : t("{work}: is on hold", { work: workWords(kind, subject) }),
      ),
    onSettled: anew,
  });
  const remove = useMutation({
    mutationFn: ({ kind, subject }: Schedule) => change("DELETE", schedulePath(kind, subject)),
    onSuccess: (_, { kind, subject, when, input, paused }) =>
      tell(t("The schedule is removed"), () => putSchedule(kind, subject, { when, input, paused }).finally(() => void anew())),
    onSettled: anew,
  });
  const manages = may("jobs:manage");
  const now = editing === "new" ? undefined : data?.find((one) => one.kind === editing?.kind && one.subject === editing.subject);
  return (
    <Panel
      title={t("Schedules")}
      about={t("What was due while nobody looked is asked for once.")}
      actions={
        manages && (
          <Button onClick={() => edit("new")}>
            <Icon name="plus" />
            {t("Add a schedule")}
          </Button>
        )
      }
    >
      {isPending && <Skeleton label={t("The schedules are on their way")} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {(pause.isError || remove.isError) && <Failure error={pause.error ?? remove.error} />}
      {data?.length === 0 && (
        <EmptyState icon="clock" title={t("Nothing is done by itself yet")}>
          {t("Add a schedule for each connection.")}
        </EmptyState>
      )}
      <ul className="divide-y divide-line">
        {data?.map((schedule) => {
          const { kind, subject, when, paused, next_at: next } = schedule;
          return (
            <li key={`${kind} ${subject}`} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-2.5 text-sm">
              <div className="min-w-0">
                <p className="font-medium">{workWords(kind, subject)}</p>
                <p className="text-soft">
                  {paused
                    ? rich("{when}; if resumed now, next {time}", { when: whenWords(when), time: <Time at={next} /> })
                    : rich("{when}, next {time}", { when: whenWords(when), time: <Time at={next} /> })}
                </p>
              </div>
              <div className="flex flex-wrap items-center gap-1.5">
                {paused && <Mark tone="warn">{t("on hold")}</Mark>}
                {manages && (
                  <>
                    <Button disabled={pause.isPending} onClick={() => pause.mutate(schedule)}>
                      {paused
                        ? rich("Resume<b> {work}</b>", { b: hidden, work: workWords(kind, subject) })
                        : rich("Pause<b> {work}</b>", { b: hidden, work: workWords(kind, subject) })}
                    </Button>
                    <Button onClick={() => edit(schedule)}>
                      {rich("Change<b> {work}</b>", { b: hidden, work: workWords(kind, subject) })}
                    </Button>
                    <Button look="bad" disabled={remove.isPending} onClick={() => remove.mutate(schedule)}>
                      {rich("Remove<b> {work}</b>", { b: hidden, work: workWords(kind, subject) })}
                    </Button>
                  </>
                )}
              </div>
            </li>
          );
        })}
      </ul>
      {editing === "new" && <EditSchedule schedule={null} now={undefined} onAnew={() => undefined} onClose={() => edit(null)} />}
      {editing && editing !== "new" && (
        <EditSchedule
          key={editing.version}
          schedule={editing}
          now={now}
          onAnew={() => now && edit(now)}
          onClose={() => edit(null)}
        />
      )}
    </Panel>
  );
}

/** Kinds that a person asks for; erasures are the platform's, and a delivery has its own. */
const asked = () => Object.entries(KINDS).filter(([kind]) => kind !== "erase" && kind !== "deliver");
/** Kinds that are about one thing, which is chosen. */
const ABOUT_ONE = new Set(["land", "report"]);

interface EditScheduleProps {
  /** As it was when one began. */
  schedule: Schedule | null;
  now: Schedule | undefined;
  onAnew: () => void;
  onClose: () => void;
}

function EditSchedule({ schedule, now, onAnew, onClose }: EditScheduleProps) {
  const client = useQueryClient();
  const [kind, choose] = useState(schedule?.kind ?? "land");
  const [subject, setSubject] = useState(schedule?.subject ?? "");
  const began: When = schedule?.when ?? { every: 900 };
  const [when, setWhen] = useState(began);
  const typed = kind !== (schedule?.kind ?? "land") || subject !== (schedule?.subject ?? "");
  const { leave, question } = useUnsaved(typed || JSON.stringify(when) !== JSON.stringify(began));
  const save = useMutation({
    mutationFn: (version: number | undefined) =>
      putSchedule(
        kind,
        ABOUT_ONE.has(kind) ? subject : "",
        // What is not changed here is as it is now.
        { when, input: (now ?? schedule)?.input ?? null, paused: (now ?? schedule)?.paused ?? false },
        version,
      ),
    onSuccess: () => {
      tell(t("The schedule is kept"));
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["jobs"] }),
  });
  const { version, overtaken, notice } = useMeanwhile({ of: schedule, now, onAnew }, save.isPending || save.isSuccess);
  return (
    <Modal
      title={schedule ? t("{work}: when", { work: workWords(schedule.kind, schedule.subject) }) : t("Add a schedule")}
      onClose={() => leave(onClose)}
    >
      <div className="p-5">
        <Form
          onSubmit={() => save.mutate(version)}
          busy={save.isPending}
          error={save.error}
          submit={t("Keep")}
          idle={(ABOUT_ONE.has(kind) && !subject) || overtaken}
        >
          {notice}
          {!schedule && <About kind={kind} subject={subject} onKind={choose} onSubject={setSubject} />}
          <WhenField value={when} onChange={setWhen} />
        </Form>
      </div>
      {question}
    </Modal>
  );
}

function About({
  kind,
  subject,
  onKind,
  onSubject,
}: {
  kind: string;
  subject: string;
  onKind: (kind: string) => void;
  onSubject: (subject: string) => void;
}) {
  const { data } = useQuery(connections);
  const { data: known } = useQuery(reportDefinitions);
  const choose = (kind: string) => {
    onSubject("");
    onKind(kind);
  };
  return (
    <>
      <SelectField label={t("What is done")} value={kind} of={asked()} onChange={choose} />
      {kind === "report" && (
        <SelectField
          label={t("Which report")}
          value={subject}
          of={[
            ["", t("choose one")] as const,
            ...(known ?? []).flatMap(({ name, built_in, definition }) => (built_in ? [] : [[name, definition.title] as const])),
          ]}
          onChange={onSubject}
          hint={t("One of your own: a built-in one is made by itself when you define one like it.")}
        />
      )}
      {kind === "land" && (
        <SelectField
          label={t("Which connection")}
          value={subject}
          of={[["", t("choose one")] as const, ...(data?.items ?? []).map(({ name }) => [name, name] as const)]}
          onChange={onSubject}
        />
      )}
    </>
  );
}

const pathOf = ({ id }: Hook) => `/hooks/${id}`;

function Hooks() {
  const client = useQueryClient();
  const { data, error, isPending, isError, refetch } = useQuery(hooks);
  const may = useMay();
  const [making, make] = useState(false);
  const [removing, remove] = useState<Hook | null>(null);
  const manages = may("jobs:manage");
  return (
    <Panel
      title={t("Hooks")}
      about={t(
        "An address and a secret, for a vendor's webhook or a pipeline: whoever calls it with the secret asks for the job, and for nothing else.",
      )}
      actions={
        manages && (
          <Button onClick={() => make(true)}>
            <Icon name="plus" />
            {t("Make a hook")}
          </Button>
        )
      }
    >
      {isPending && <Skeleton label={t("The hooks are on their way")} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {data?.length === 0 && (
        <EmptyState icon="plug" title={t("No hook")}>
          {t("With one for a connection, what happens at the vendor is read seconds later.")}
        </EmptyState>
      )}
      <ul className="divide-y divide-line">
        {data?.map((hook) => (
          <li key={hook.id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-2.5 text-sm">
            <div className="min-w-0">
              <p className="font-medium">
                {hook.name}: <span className="font-normal">{workWords(hook.kind, hook.subject)}</span>
              </p>
              <p className="text-soft">
                {listed(
                  <code className="font-mono text-xs break-all">{pathOf(hook)}</code>,
                  hook.called_at === null
                    ? t("never called")
                    : rich("called {ago}", { ago: <Ago at={hook.called_at} every={30} /> }),
                )}
              </p>
            </div>
            {manages && (
              <Button look="bad" onClick={() => remove(hook)}>
                {rich("Remove<b> {name}</b>", { b: hidden, name: hook.name })}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {making && <MakeHook onClose={() => make(false)} />}
      {removing && (
        <Confirm
          title={t("Remove the hook {name}", { name: removing.name })}
          action={t("Remove it")}
          word={removing.name}
          onClose={() => remove(null)}
          run={() =>
            change("DELETE", `/api/v1/hooks/${encodeURIComponent(removing.id)}`).finally(
              () => void client.invalidateQueries({ queryKey: hooks.queryKey }),
            )
          }
        >
          <p>{t("Its secret is worth nothing from now on, and whoever calls it is refused.")}</p>
        </Confirm>
      )}
    </Panel>
  );
}

function MakeHook({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [kind, choose] = useState("land");
  const [subject, setSubject] = useState("");
  const make = useMutation({
    mutationFn: () =>
      change<{ path: string; secret: string }>("POST", "/api/v1/hooks", {
        name: name.trim(),
        kind,
        ...(ABOUT_ONE.has(kind) && { subject }),
      }),
    onSettled: () => client.invalidateQueries({ queryKey: hooks.queryKey }),
  });
  const { leave, question } = useUnsaved(name !== "" || kind !== "land" || subject !== "", make.isSuccess);
  return (
    <Modal title={t("Make a hook")} onClose={() => leave(onClose)}>
      <div className="p-5">
        {make.isSuccess ? (
          <div className="flex flex-col gap-4">
            <Secret label={t("Secret")} value={make.data.secret}>
              {t("Give it to whoever calls the hook.")}
            </Secret>
            <Secret label={t("Address")} value={`${location.origin}${make.data.path}`}>
              {t("The address is in the list, too.")}
            </Secret>
            <p className="text-sm text-soft">
              {t(
                "At GitHub and Jira both go into a webhook's settings, as JSON, for all events. Others send the secret as bearer token.",
              )}
            </p>
            <Button look="main" className="self-end" onClick={onClose}>
              {t("I have kept them")}
            </Button>
          </div>
        ) : (
          <Form
            onSubmit={() => make.mutate()}
            busy={make.isPending}
            error={make.error}
            submit={t("Make it")}
            idle={ABOUT_ONE.has(kind) && !subject}
          >
            <TextField label={t("Name")} required value={name} onChange={setName} placeholder={t("push")} />
            <About kind={kind} subject={subject} onKind={choose} onSubject={setSubject} />
          </Form>
        )}
      </div>
      {question}
    </Modal>
  );
}
