/** API tokens: a list of them, making one, revoking one. One's own and everybody's look alike. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { permissions as known, tokens, type ApiToken } from "@/api/access";
import { change } from "@/api/client";
import { me } from "@/api/queries";
import { hidden, rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import { Button } from "./Button";
import { Confirm } from "./Confirm";
import { DataTable } from "./DataTable";
import { Check, Fields, Form, SelectField, TextField } from "./Form";
import { Ago, Time, useNow } from "./Locale";
import { Mark } from "./Mark";
import { Modal } from "./Modal";
import { EmptyState } from "./Notice";
import { Secret } from "./Secret";
import { useUnsaved } from "./Unsaved";
import { Worded } from "./Worded";

export function TokenTable({ of, whose }: { of: readonly ApiToken[]; whose?: (token: ApiToken) => string }) {
  const client = useQueryClient();
  const [revoking, revoke] = useState<ApiToken | null>(null);
  const now = useNow(60);
  if (of.length === 0)
    return (
      <EmptyState icon="key" title={t("No token")}>
        {t("Programs come in with one; people sign in.")}
      </EmptyState>
    );
  const state = ({ revoked_at, expires_at }: ApiToken) => (revoked_at !== null ? "revoked" : expires_at < now ? "over" : "good");
  const rank = { good: 0, over: 1, revoked: 2 };
  const words = { good: t("good"), over: t("over"), revoked: t("revoked") };
  const sorted = of.toSorted((a, b) => rank[state(a)] - rank[state(b)] || b.created_at - a.created_at);
  return (
    <>
      <DataTable
        grid={{
          name: "tokens",
          title: t("API tokens"),
          columns: [
            { name: "name", title: t("What it is for"), unit: null },
            ...(whose ? [{ name: "whose", title: t("Whose"), unit: null }] : []),
            { name: "may", title: t("May"), unit: null },
            { name: "state", title: t("State"), unit: null },
            { name: "used", title: t("Last used"), unit: null },
            { name: "expires", title: t("Good until"), unit: null },
            { name: "revoke", title: t("Revoke"), unit: null },
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
                value: words[state(token)],
                show: <Mark tone={state(token) === "good" ? "good" : "plain"}>{words[state(token)]}</Mark>,
              },
              {
                value: token.used_at === null ? null : new Date(token.used_at / 1_000).toISOString(),
                show:
                  token.used_at === null ? (
                    <span className="text-soft">{t("never")}</span>
                  ) : (
                    <Ago at={token.used_at} every={60} />
                  ),
              },
              { value: new Date(token.expires_at / 1_000).toISOString(), show: <Time at={token.expires_at} /> },
              {
                value: null,
                show:
                  state(token) === "good" ? (
                    <Button look="bad" onClick={() => revoke(token)}>
                      {rich("Revoke<b> {name}</b>", { b: hidden, name: token.name })}
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
          title={t("Revoke {name}", { name: revoking.name })}
          action={t("Revoke it")}
          word={revoking.name}
          onClose={() => revoke(null)}
          run={() =>
            change("DELETE", `/api/v1/tokens/${encodeURIComponent(revoking.id)}`).finally(
              () => void client.invalidateQueries({ queryKey: tokens.queryKey }),
            )
          }
        >
          <p>
            {t("Whatever program comes in with it is refused from now on. It cannot be made good again; another can be made.")}
          </p>
        </Confirm>
      )}
    </>
  );
}

const daysOffered = () =>
  [
    ["7", t("A week")],
    ["30", t("30 days")],
    ["90", t("90 days")],
    ["180", t("180 days")],
    ["366", t("A year")],
  ] as const;

/** What a program sends. */
const HEADER = "Authorization: Bearer …";

export function MakeToken({ service, onClose }: { service: boolean; onClose: () => void }) {
  const client = useQueryClient();
  const { data: person } = useQuery(me);
  const { data: all } = useQuery({ ...known, enabled: person?.permissions.includes("users:read") ?? false });
  const [name, setName] = useState("");
  const [days, setDays] = useState<ReturnType<typeof daysOffered>[number][0]>("90");
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
  const { leave, question } = useUnsaved(
    name !== "" || days !== "90" || chosen.join() !== "metrics:read" || ofService,
    make.isSuccess,
  );
  return (
    <Modal title={t("Make an API token")} onClose={() => leave(onClose)}>
      <div className="p-5">
        {make.isSuccess ? (
          <div className="flex flex-col gap-4">
            <Secret label={t("The secret of {name}", { name: make.data.token.name })} value={make.data.secret}>
              {t("Keep it where the program finds it; Pulse knows its sum alone.")}
            </Secret>
            <p className="text-sm text-soft">
              {rich("Sent as {header} it is good until {time}.", {
                header: <code className="font-mono">{HEADER}</code>,
                time: <Time at={make.data.token.expires_at} />,
              })}
            </p>
            <Button look="main" className="self-end" onClick={onClose}>
              {t("I have kept it")}
            </Button>
          </div>
        ) : (
          <Form
            onSubmit={() => make.mutate()}
            busy={make.isPending}
            error={make.error}
            submit={t("Make it")}
            idle={chosen.length === 0}
          >
            <TextField label={t("What it is for")} required value={name} onChange={setName} placeholder={t("nightly export")} />
            <SelectField label={t("Good for")} value={days} of={daysOffered()} onChange={setDays} />
            <Fields legend={t("What it may do")} hint={t("Nothing that you may not, and less when you may less.")}>
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
                label={t("It is a service's")}
                hint={t("Nobody's: it goes on when you leave the tenant.")}
                checked={ofService}
                onChange={setService}
              />
            )}
          </Form>
        )}
      </div>
      {question}
    </Modal>
  );
}
