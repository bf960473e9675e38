/** One of the tenant's people: roles, single permissions, rows, sessions, and whether they may come in. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { members, permissions, roles, sessionsOf, type Member, type Permission, type Sees } from "@/api/access";
import { change } from "@/api/client";
import { me } from "@/api/queries";
import type { Sent } from "@/api/told";
import { Button } from "@/parts/Button";
import { Form } from "@/parts/Form";
import { Time } from "@/parts/Locale";
import { Mark } from "@/parts/Mark";
import { Modal } from "@/parts/Modal";
import { useMay } from "@/parts/Needs";
import { Failure } from "@/parts/Notice";
import { Facts } from "@/parts/Page";
import { tell } from "@/parts/Told";
import { useUnsaved } from "@/parts/Unsaved";
import { t } from "@/texts/texts";
import { RolesField } from "./RolesField";
import { SeesField, seesWords } from "./SeesField";
import { SessionList } from "./SessionList";

type Part = Sent<"MemberChange">;

/** Changes what somebody may do; the list is asked for anew, and with it what is shown here: so what is to be said of it comes along. */
function useChange() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ member, part }: { member: Member; part: Part; done: (now: Member) => void }) =>
      change<Member>("PATCH", `/api/v1/users/${encodeURIComponent(member.id)}`, part, member.version),
    onSuccess: (now, { done }) => done(now),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: members.queryKey }),
        client.invalidateQueries({ queryKey: me.queryKey }),
      ]),
  });
}

/** What of somebody is chosen anew; the rest is as it is, whoever changes that. */
type Draft = Partial<Pick<Member, "roles" | "granted" | "denied">> & { sees?: Sees };

/** What of it is other than it is. */
function changed(draft: Draft, member: Member): Draft {
  const now: Draft = member;
  const names = Object.keys(draft) as (keyof Draft)[];
  return Object.fromEntries(
    names.flatMap((name) => (JSON.stringify(draft[name]) === JSON.stringify(now[name]) ? [] : [[name, draft[name]]])),
  );
}

export function Person({ member, onClose }: { member: Member; onClose: () => void }) {
  const [draft, setDraft] = useState<Draft>({});
  const { leave, question } = useUnsaved(Object.keys(changed(draft, member)).length > 0);
  const may = useMay();
  const { data: person } = useQuery(me);
  const self = person?.user.id === member.id;
  const manages = may("users:manage");
  return (
    <Modal title={member.name || member.email} shape="drawer" onClose={() => leave(onClose)}>
      <div className="flex flex-col gap-6 p-5">
        <Facts
          of={[
            [t("E-mail"), member.email],
            [
              t("May come in"),
              member.active ? <Mark tone="good">{t("active")}</Mark> : <Mark tone="warn">{t("suspended")}</Mark>,
            ],
            [t("Joined"), <Time key="joined" at={member.created_at} />],
            [t("Signed in"), member.signed_in_at === null ? t("never") : <Time key="in" at={member.signed_in_at} />],
            [t("Sees"), seesWords(member.sees)],
            [t("May"), member.permissions.join(", ") || t("nothing")],
          ]}
        />
        {manages && <Change member={member} self={self} draft={draft} onDraft={setDraft} />}
        {manages && <Sessions member={member} />}
        {manages && !self && <Suspend member={member} onClose={() => leave(onClose)} />}
      </div>
      {question}
    </Modal>
  );
}

interface ChangeProps {
  member: Member;
  self: boolean;
  draft: Draft;
  onDraft: (draft: Draft) => void;
}

function Change({ member, self, draft, onDraft }: ChangeProps) {
  const { data: all } = useQuery(roles);
  const { data: known } = useQuery(permissions);
  const { data: person } = useQuery(me);
  const { roles: chosen, sees, ...single } = { ...member, ...draft };
  const put = useChange();
  const part = changed(draft, member);
  const save = () =>
    put.mutate(
      { member, part, done: () => tell(t("What {name} may do is changed", { name: member.name || member.email })) },
      { onSuccess: () => onDraft({}) },
    );
  const how = (permission: Permission) =>
    single.denied.includes(permission) ? "denied" : single.granted.includes(permission) ? "granted" : "roles";
  const set = (permission: Permission, to: string) => {
    const without = (list: Permission[]) => list.filter((one) => one !== permission);
    onDraft({
      ...draft,
      granted: to === "granted" ? [...without(single.granted), permission] : without(single.granted),
      denied: to === "denied" ? [...without(single.denied), permission] : without(single.denied),
    });
  };
  return (
    <Form onSubmit={save} busy={put.isPending} error={put.error} submit={t("Keep")} idle={Object.keys(part).length === 0}>
      {self && (
        <p className="rounded-md bg-warn-tint p-2 text-sm">
          {t("This is you: what you take from yourself, another has to give back.")}
        </p>
      )}
      <RolesField
        all={all ?? []}
        mine={person?.permissions ?? []}
        chosen={chosen}
        onChoose={(roles) => onDraft({ ...draft, roles })}
      />
      <details>
        <summary className="min-h-6 text-sm text-accent-text hover:underline">
          {single.granted.length + single.denied.length > 0
            ? t("Single permissions ({granted} granted, {denied} denied)", {
                granted: single.granted.length,
                denied: single.denied.length,
              })
            : t("Single permissions")}
        </summary>
        <p className="mt-1 text-xs text-soft">{t("A denial goes before everything that roles say.")}</p>
        <ul className="mt-2 divide-y divide-line border-y border-line">
          {known?.map(({ permission, description }) => (
            <li key={permission} className="flex flex-wrap items-center justify-between gap-2 py-1.5 text-sm">
              <span className="min-w-0">
                <code className="font-mono">{permission}</code> <span className="block text-xs text-soft">{description}</span>
              </span>
              <select
                aria-label={permission}
                value={how(permission)}
                disabled={!person?.permissions.includes(permission)}
                onChange={(event) => set(permission, event.target.value)}
                className="min-h-8 rounded-md border border-edge bg-surface px-2 text-sm disabled:opacity-60"
              >
                <option value="roles">{t("As the roles say")}</option>
                <option value="granted">{t("Granted")}</option>
                <option value="denied">{t("Denied")}</option>
              </select>
            </li>
          ))}
        </ul>
      </details>
      <SeesField value={sees} onChange={(sees) => onDraft({ ...draft, sees })} />
    </Form>
  );
}

function Sessions({ member }: { member: Member }) {
  const client = useQueryClient();
  const { data, error, isError } = useQuery(sessionsOf(member.id));
  const open = data?.filter(({ ended_at }) => ended_at === null) ?? [];
  const end = useMutation({
    mutationFn: () => change("DELETE", `/api/v1/users/${encodeURIComponent(member.id)}/sessions`),
    onSuccess: () => tell(t("The sessions of {name} in this tenant have ended", { name: member.name || member.email })),
    onSettled: () => client.invalidateQueries({ queryKey: ["sessions"] }),
  });
  return (
    <section className="flex flex-col gap-2 border-t border-line pt-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3 className="font-semibold">{t("Sessions")}</h3>
        <Button look="bad" disabled={open.length === 0 || end.isPending} onClick={() => end.mutate()}>
          {t("End all sessions")}
        </Button>
      </div>
      {(isError || end.isError) && <Failure error={error ?? end.error} />}
      {data && <SessionList of={data} />}
    </section>
  );
}

function Suspend({ member, onClose }: { member: Member; onClose: () => void }) {
  const put = useChange();
  const name = member.name || member.email;
  const set = (active: boolean, from: Member, back = false): Promise<unknown> =>
    put.mutateAsync({
      member: from,
      part: { active },
      done: (now) => {
        // What is told stands outside, where nothing can be pressed while this is open.
        if (!back) onClose();
        tell(active ? t("{name} may come in again", { name }) : t("{name} is suspended, and signed out", { name }), () =>
          set(!active, now, true),
        );
      },
    });
  return (
    <section className="flex flex-col gap-2 border-t border-line pt-4">
      <h3 className="font-semibold">{member.active ? t("Suspend") : t("Let in again")}</h3>
      <p className="text-sm text-soft">
        {member.active
          ? t(
              "They are signed out, and may not come in until somebody lets them. Their roles stay, their tokens do nothing meanwhile.",
            )
          : t("They come in with the roles that they had.")}
      </p>
      {put.isError && <Failure error={put.error} />}
      <Button
        look={member.active ? "bad" : "main"}
        className="self-start"
        disabled={put.isPending}
        // That it failed is told above.
        onClick={() => void set(!member.active, member).catch(() => undefined)}
      >
        {member.active ? t("Suspend {name}", { name }) : t("Let {name} in", { name })}
      </Button>
    </section>
  );
}
