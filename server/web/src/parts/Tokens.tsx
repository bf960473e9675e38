/** API tokens: a list of them, making one, revoking one. One's own and everybody's look alike. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { permissions as known, tokens, type ApiToken } from "@/api/access";
import { change } from "@/api/client";
import { me } from "@/api/queries";
import { Button } from "./Button";
import { Confirm } from "./Confirm";
import { DataTable } from "./DataTable";
import { Check, Fields, Form, SelectField, TextField } from "./Form";
import { Ago, Time, useNow } from "./Locale";
import { Mark } from "./Mark";
import { Modal } from "./Modal";
import { EmptyState } from "./Notice";
import { Secret } from "./Secret";
import { Worded } from "./Worded";

export function TokenTable({ of, whose }: { of: readonly ApiToken[]; whose?: (token: ApiToken) => string }) {
  const client = useQueryClient();
  const [revoking, revoke] = useState<ApiToken | null>(null);
  const now = useNow(60);
  if (of.length === 0)
    return (
      <EmptyState icon="key" title="No token">
        Programs come in with one; people sign in.
      </EmptyState>
    );
  const state = ({ revoked_at, expires_at }: ApiToken) => (revoked_at !== null ? "revoked" : expires_at < now ? "over" : "good");
  const rank = { good: 0, over: 1, revoked: 2 };
  const sorted = of.toSorted((a, b) => rank[state(a)] - rank[state(b)] || b.created_at - a.created_at);
  return (
    <>
      <DataTable
        grid={{
          name: "tokens",
          title: "API tokens",
          columns: [
            { name: "name", title: "What it is for", unit: null },
            ...(whose ? [{ name: "whose", title: "Whose", unit: null }] : []),
            { name: "may", title: "May", unit: null },
            { name: "state", title: "State", unit: null },
            { name: "used", title: "Last used", unit: null },
            { name: "expires", title: "Good until", unit: null },
            { name: "revoke", title: "Revoke", unit: null },
          ],
          rows: sorted.map((token) => ({
            key: token.id,
            cells: [
              { value: token.name },
              ...(whose ? [{ value: whose(token) }] : []),
              {
                value: token.permissions.join(", "),
                show: <code className="font-mono text-xs">{token.permissions.join(", ")}</code>,
              },
              {
                value: state(token),
                show: <Mark tone={state(token) === "good" ? "good" : "plain"}>{state(token)}</Mark>,
              },
              {
                value: token.used_at === null ? null : new Date(token.used_at / 1_000).toISOString(),
                show: token.used_at === null ? <span className="text-soft">never</span> : <Ago at={token.used_at} every={60} />,
              },
              { value: new Date(token.expires_at / 1_000).toISOString(), show: <Time at={token.expires_at} /> },
              {
                value: null,
                show:
                  state(token) === "good" ? (
                    <Button look="bad" onClick={() => revoke(token)}>
                      Revoke<span className="sr-only"> {token.name}</span>
                    </Button>
                  ) : (
                    <span />
                  ),
              },
            ],
          })),
        }}
      />
      {revoking && (
        <Confirm
          title={`Revoke ${revoking.name}`}
          action="Revoke it"
          word={revoking.name}
          onClose={() => revoke(null)}
          run={() =>
            change("DELETE", `/api/v1/tokens/${encodeURIComponent(revoking.id)}`).finally(
              () => void client.invalidateQueries({ queryKey: tokens.queryKey }),
            )
          }
        >
          <p>Whatever program comes in with it is refused from now on. It cannot be made good again; another can be made.</p>
        </Confirm>
      )}
    </>
  );
}

const DAYS = [
  ["7", "A week"],
  ["30", "30 days"],
  ["90", "90 days"],
  ["180", "180 days"],
  ["366", "A year"],
] as const;

export function MakeToken({ service, onClose }: { service: boolean; onClose: () => void }) {
  const client = useQueryClient();
  const { data: person } = useQuery(me);
  const { data: all } = useQuery({ ...known, enabled: person?.permissions.includes("users:read") ?? false });
  const [name, setName] = useState("");
  const [days, setDays] = useState<(typeof DAYS)[number][0]>("90");
  const [chosen, choose] = useState<string[]>(["metrics:read"]);
  const [ofService, setService] = useState(false);
  const make = useMutation({
    mutationFn: () =>
      change<{ secret: string; token: ApiToken }>("POST", "/api/v1/tokens", {
        name: name.trim(),
        permissions: chosen,
        days: Number(days),
        ...(ofService && { service: true }),
      }),
    onSettled: () => client.invalidateQueries({ queryKey: tokens.queryKey }),
  });
  return (
    <Modal title="Make an API token" onClose={onClose}>
      <div className="p-5">
        {make.isSuccess ? (
          <div className="flex flex-col gap-4">
            <Secret label={`The secret of ${make.data.token.name}`} value={make.data.secret}>
              Keep it where the program finds it; Pulse knows its sum alone.
            </Secret>
            <p className="text-sm text-soft">
              Sent as <code className="font-mono">Authorization: Bearer …</code> it is good until{" "}
              <Time at={make.data.token.expires_at} />.
            </p>
            <Button look="main" className="self-end" onClick={onClose}>
              I have kept it
            </Button>
          </div>
        ) : (
          <Form
            onSubmit={() => make.mutate()}
            busy={make.isPending}
            error={make.error}
            submit="Make it"
            idle={chosen.length === 0}
          >
            <TextField label="What it is for" required value={name} onChange={setName} placeholder="nightly export" />
            <SelectField label="Good for" value={days} of={DAYS} onChange={setDays} />
            <Fields legend="What it may do" hint="Nothing that you may not, and less when you may less.">
              <div className="grid gap-2 sm:grid-cols-2">
                {person?.permissions.map((permission) => (
                  <Check
                    key={permission}
                    label={<code className="font-mono">{permission}</code>}
                    hint={<Worded>{all?.find((one) => one.permission === permission)?.description ?? ""}</Worded>}
                    checked={chosen.includes(permission)}
                    onChange={(on) => choose(on ? [...chosen, permission] : chosen.filter((one) => one !== permission))}
                  />
                ))}
              </div>
            </Fields>
            {service && (
              <Check
                label="It is a service's"
                hint="Nobody's: it goes on when you leave the tenant."
                checked={ofService}
                onChange={setService}
              />
            )}
          </Form>
        )}
      </div>
    </Modal>
  );
}
