/** Webhooks and chats that the tenant has things delivered to (docs/deliveries.md). */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import {
  destinations,
  removeDestination,
  setDestination,
  tryDestination,
  type Destination,
  type DestinationKind,
} from "@/api/deliveries";
import { Button } from "@/parts/Button";
import { destinationWords } from "@/parts/Channels";
import { Confirm } from "@/parts/Confirm";
import { Form, SelectField, TextField } from "@/parts/Form";
import { Icon } from "@/parts/Icon";
import { Ago } from "@/parts/Locale";
import { useMeanwhile } from "@/parts/Meanwhile";
import { Modal } from "@/parts/Modal";
import { useMay } from "@/parts/Needs";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { tell } from "@/parts/Told";
import { useUnsaved } from "@/parts/Unsaved";
import { useNamed } from "@/parts/Who";
import { hidden, rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import { AdminPage } from "./Admin";

const ABOUT: Record<DestinationKind, () => string> = {
  webhook: () => t("a program of yours, which is posted JSON that is signed"),
  slack: () => t("an incoming webhook, which others than Slack take, too"),
  teams: () => t("an incoming webhook, which is posted an adaptive card"),
};
const NAMES = Object.keys(ABOUT) as DestinationKind[];

export function Destinations() {
  const { data, error, isPending, isError, refetch } = useQuery(destinations);
  const client = useQueryClient();
  const navigate = useNavigate();
  const may = useMay();
  const named = useNamed();
  const [editing, edit] = useState<Destination | "new" | null>(null);
  const [removing, remove] = useState<Destination | null>(null);
  const sees = may("jobs:read");
  const now = editing === "new" ? undefined : data?.find(({ name }) => name === editing?.name);
  const setBy = ({ set_by: by, set_at: at }: Destination) => ({ who: named(by), ago: <Ago at={at} every={60} /> });
  const attempt = useMutation({
    mutationFn: ({ name }: Destination) => tryDestination(name),
    onSuccess: ({ id }, { name }) => {
      if (sees) void navigate({ to: "/admin/deliveries", search: { open: id } });
      else tell(t("A message to try {name} is on its way", { name }));
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["deliveries"] }),
  });
  return (
    <AdminPage
      path="/admin/destinations"
      lead={t("Alert rules name them. Their addresses and secrets are kept sealed, and shown to nobody, you included.")}
      actions={
        <Button look="main" onClick={() => edit("new")}>
          <Icon name="plus" />
          {t("Add a destination")}
        </Button>
      }
    >
      {isPending && <Skeleton label={t("The destinations are on their way")} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {attempt.isError && <Failure error={attempt.error} />}
      {data && (
        <Panel>
          {data.length === 0 && (
            <EmptyState icon="send" title={t("No destination yet")}>
              {t("People are told in Pulse and by e-mail without one. A webhook or a chat needs its address here.")}
            </EmptyState>
          )}
          <ul className="divide-y divide-line">
            {data.map((one) => (
              <li
                key={one.name}
                className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-2.5 text-sm first:pt-0 last:pb-0"
              >
                <div className="min-w-0">
                  <p className="font-medium">
                    {rich("{name}<b>, {kind} at {host}</b>", {
                      name: one.name,
                      b: (inner) => <span className="font-normal text-soft">{inner}</span>,
                      kind: destinationWords(one.kind),
                      host: <span className="break-all">{one.host}</span>,
                    })}
                  </p>
                  <p className="text-soft">
                    {one.has_secret
                      ? rich("calls are signed, set by {who} {ago}", setBy(one))
                      : rich("its address is its secret, set by {who} {ago}", setBy(one))}
                  </p>
                </div>
                <div className="flex flex-wrap gap-1.5">
                  <Button disabled={attempt.isPending} onClick={() => attempt.mutate(one)}>
                    {rich("Try it<b>, {name}</b>", { b: hidden, name: one.name })}
                  </Button>
                  <Button onClick={() => edit(one)}>{rich("Change<b> {name}</b>", { b: hidden, name: one.name })}</Button>
                  <Button look="bad" onClick={() => remove(one)}>
                    {rich("Remove<b> {name}</b>", { b: hidden, name: one.name })}
                  </Button>
                </div>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      {sees && (
        <p className="text-sm text-soft">
          {rich("How it went is under <a>Deliveries</a>.", {
            a: (inner) => (
              <Link to="/admin/deliveries" className="text-accent-text underline">
                {inner}
              </Link>
            ),
          })}
        </p>
      )}
      {editing && (
        <Edit
          key={editing === "new" ? editing : editing.version}
          of={editing === "new" ? null : editing}
          now={now}
          onAnew={() => now && edit(now)}
          known={data ?? []}
          onClose={() => edit(null)}
        />
      )}
      {removing && (
        <Confirm
          title={t("Remove {name}", { name: removing.name })}
          action={t("Remove it")}
          word={removing.name}
          onClose={() => remove(null)}
          run={() =>
            removeDestination(removing.name).finally(() => void client.invalidateQueries({ queryKey: destinations.queryKey }))
          }
        >
          <p>
            {t(
              "Its address and its secret are gone. What is still to be delivered there is given up, and rules that name it tell it no more.",
            )}
          </p>
        </Confirm>
      )}
    </AdminPage>
  );
}

/** Why nothing can have that name. */
function nameWrong(name: string, known: readonly Destination[]): string | null {
  if (!/^[a-z0-9_-]{1,63}$/.test(name)) return t("Lower-case letters, digits, - and _ alone.");
  return known.some((one) => one.name === name) ? t("There is a destination of that name: choose another.") : null;
}

interface EditProps {
  /** As it was when one began. */
  of: Destination | null;
  now: Destination | undefined;
  onAnew: () => void;
  known: readonly Destination[];
  onClose: () => void;
}

function Edit({ of, now, onAnew, known, onClose }: EditProps) {
  const client = useQueryClient();
  const [name, setName] = useState(of?.name ?? "");
  const [kind, choose] = useState<DestinationKind>(of?.kind ?? "webhook");
  const [url, setUrl] = useState("");
  const [secret, setSecret] = useState("");
  const wrong = of || name === "" ? null : nameWrong(name, known);
  const { leave, question } = useUnsaved(
    name !== (of?.name ?? "") || kind !== (of?.kind ?? "webhook") || url !== "" || secret !== "",
  );
  const keep = useMutation({
    mutationFn: (version: number | undefined) =>
      setDestination(
        name,
        { kind, ...(url.trim() && { url: url.trim() }), ...(kind === "webhook" && secret && { secret }) },
        version,
      ),
    onSuccess: () => {
      tell(of ? t("{name} is changed: try it", { name: of.name }) : t("{name} is there: try it", { name }));
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: destinations.queryKey }),
  });
  const { version, gone, overtaken, notice } = useMeanwhile({ of, now, onAnew }, keep.isPending || keep.isSuccess);
  // What there is of it to be left as it is.
  const there = gone ? null : (now ?? of);
  // The secret was given for the address, and goes with it.
  const needsSecret = kind === "webhook" && (!there?.has_secret || url.trim() !== "");
  return (
    <Modal title={of ? t("Change {name}", { name: of.name }) : t("Add a destination")} onClose={() => leave(onClose)}>
      <div className="p-5">
        <Form
          onSubmit={() => keep.mutate(version)}
          busy={keep.isPending}
          error={keep.error}
          submit={there ? t("Keep") : t("Add it")}
          idle={wrong !== null || overtaken}
        >
          {notice}
          {!of && (
            <TextField
              label={t("Name")}
              required
              value={name}
              onChange={setName}
              wrong={wrong}
              spellCheck={false}
              autoCapitalize="none"
              hint={t("What alert rules call it: lower-case letters, digits, - and _. It stays.")}
            />
          )}
          <SelectField
            label={t("What it is")}
            value={kind}
            of={NAMES.map((one) => [one, `${destinationWords(one)}: ${ABOUT[one]()}`] as const)}
            onChange={choose}
          />
          <TextField
            label={t("Address")}
            type="url"
            required={!there}
            value={url}
            onChange={setUrl}
            autoComplete="off"
            spellCheck={false}
            placeholder={
              there ? t("at {host}; leave empty to keep it", { host: there.host }) : t("https://hooks.example.com/pulse")
            }
            hint={t("Over https, and reachable from the server.")}
          />
          {kind === "webhook" && (
            <TextField
              label={t("Secret")}
              type="password"
              required={needsSecret}
              minLength={16}
              value={secret}
              onChange={setSecret}
              autoComplete="new-password"
              hint={
                needsSecret
                  ? t("16 characters or more, which your program knows, too: calls are signed with it.")
                  : t("Leave it empty to keep the one that is there.")
              }
            />
          )}
        </Form>
      </div>
      {question}
    </Modal>
  );
}
