/** Identity providers of the tenant's (docs/single-sign-on.md). */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { providers, roles, type Provider, type Terms } from "@/api/access";
import { change } from "@/api/client";
import { me } from "@/api/queries";
import { Button } from "@/parts/Button";
import { Confirm } from "@/parts/Confirm";
import { Check, Form, ListField, TextArea, TextField } from "@/parts/Form";
import { Icon } from "@/parts/Icon";
import { linesOf, readLines } from "@/parts/lines";
import { Mark } from "@/parts/Mark";
import { useMeanwhile } from "@/parts/Meanwhile";
import { Modal } from "@/parts/Modal";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { Facts, Panel } from "@/parts/Page";
import { tell } from "@/parts/Told";
import { useUnsaved } from "@/parts/Unsaved";
import { hidden, rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import { AdminPage } from "./Admin";
import { RolesField } from "./RolesField";
import { SeesField } from "./SeesField";

/** Where a provider sends people back to. */
const CALLBACK = `${location.origin}/sso/callback`;

export function SignOn() {
  const { data, error, isPending, isError, refetch } = useQuery(providers);
  const client = useQueryClient();
  const [editing, edit] = useState<Provider | "new" | null>(null);
  const [removing, remove] = useState<Provider | null>(null);
  const anew = () => void client.invalidateQueries({ queryKey: providers.queryKey });
  const now = editing === "new" ? undefined : data?.find(({ name }) => name === editing?.name);
  return (
    <AdminPage
      path="/admin/sign-on"
      lead={t(
        "Providers that speak OpenID Connect, such as Okta, Entra ID, Google or Keycloak. Passwords go on beside them. What a provider says counts in this tenant alone.",
      )}
      actions={
        <Button look="main" onClick={() => edit("new")}>
          <Icon name="plus" />
          {t("Set one up")}
        </Button>
      }
    >
      {isPending && <Skeleton label={t("The providers are on their way")} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {data?.length === 0 && (
        <Panel>
          <EmptyState icon="plug" title={t("No identity provider")}>
            {rich(
              "People sign in by password. To set one up, tell the provider of a web application with the address {address} first.",
              { address: <code className="font-mono break-all">{CALLBACK}</code> },
            )}
          </EmptyState>
        </Panel>
      )}
      {data?.map((provider) => (
        <Panel
          key={provider.name}
          title={provider.name}
          about={<span className="break-all">{provider.terms.issuer}</span>}
          actions={
            <>
              <Button onClick={() => edit(provider)}>{rich("Change<b> {name}</b>", { b: hidden, name: provider.name })}</Button>
              <Button look="bad" onClick={() => remove(provider)}>
                {rich("Remove<b> {name}</b>", { b: hidden, name: provider.name })}
              </Button>
            </>
          }
        >
          <Facts
            of={[
              [
                t("State"),
                provider.terms.active ? (
                  <Mark tone="good">{t("people come in by it")}</Mark>
                ) : (
                  <Mark tone="plain">{t("off")}</Mark>
                ),
              ],
              [t("Secret"), provider.has_secret ? t("kept") : t("none")],
              [t("Groups with roles"), Object.keys(provider.terms.group_roles).length],
              [t("People come in at"), <code className="font-mono text-xs">{provider.sign_in_url}</code>],
              [t("It sends them back to"), <code className="font-mono text-xs">{provider.callback_url}</code>],
            ]}
          />
        </Panel>
      ))}
      {editing && (
        <Edit
          key={editing === "new" ? editing : editing.version}
          provider={editing === "new" ? null : editing}
          now={now}
          onAnew={() => now && edit(now)}
          onClose={() => edit(null)}
          anew={anew}
        />
      )}
      {removing && (
        <Confirm
          title={t("Remove {name}", { name: removing.name })}
          action={t("Remove it")}
          word={removing.name}
          onClose={() => remove(null)}
          run={() => change("DELETE", `/api/v1/identity-providers/${encodeURIComponent(removing.name)}`).finally(anew)}
        >
          <p>
            {t(
              "Nobody comes in by it any more. Who has a password signs in with that; who has none stays out until they are invited. Members and their roles stay.",
            )}
          </p>
        </Confirm>
      )}
    </AdminPage>
  );
}

const EMPTY: Terms = {
  issuer: "",
  client_id: "",
  scopes: ["email", "profile"],
  groups_claim: "groups",
  roles: [],
  group_roles: {},
  sees: "everything",
  takes_unverified: false,
  active: true,
};

interface EditProps {
  /** As it was when one began. */
  provider: Provider | null;
  now: Provider | undefined;
  onAnew: () => void;
  onClose: () => void;
  anew: () => void;
}

function Edit({ provider, now, onAnew, onClose, anew }: EditProps) {
  const { data: all } = useQuery(roles);
  const { data: person } = useQuery(me);
  const [name, setName] = useState(provider?.name ?? "");
  const [terms, setTerms] = useState<Terms>(provider?.terms ?? EMPTY);
  const [secret, setSecret] = useState("");
  const [mapped, setMapped] = useState(linesOf(terms.group_roles));
  const typed = JSON.stringify([name, terms, secret, mapped]);
  const [begun] = useState(typed);
  const { leave, question } = useUnsaved(typed !== begun);
  const { map: groups, wrong } = readLines(mapped);
  const set = (part: Partial<Terms>) => setTerms((before) => ({ ...before, ...part }));
  const save = useMutation({
    mutationFn: (version: number | undefined) =>
      change(
        "PUT",
        `/api/v1/identity-providers/${encodeURIComponent(name.trim())}`,
        { ...terms, group_roles: groups, ...(secret && { client_secret: secret }) },
        version,
      ),
    onSuccess: () => {
      tell(t("{name} is kept: the provider was asked, and answered", { name }));
      onClose();
    },
    onSettled: anew,
  });
  const { version, gone, overtaken, notice } = useMeanwhile({ of: provider, now, onAnew }, save.isPending || save.isSuccess);
  return (
    <Modal
      title={provider ? t("Change {name}", { name: provider.name }) : t("Set an identity provider up")}
      shape="drawer"
      onClose={() => leave(onClose)}
    >
      <div className="p-5">
        <Form
          onSubmit={() => save.mutate(version)}
          busy={save.isPending}
          error={save.error}
          submit={provider && !gone ? t("Ask it, and keep") : t("Ask it, and set up")}
          idle={wrong.length > 0 || overtaken}
        >
          {notice}
          {!provider && (
            <TextField
              label={t("Name")}
              required
              value={name}
              onChange={setName}
              placeholder={t("okta")}
              autoCapitalize="none"
              spellCheck={false}
              hint={t("People sign in at {path}", { path: `/sso/${person?.tenant ?? t("TENANT")}/${name || t("NAME")}` })}
            />
          )}
          <TextField
            label={t("Issuer")}
            type="url"
            required
            value={terms.issuer}
            onChange={(issuer) => set({ issuer })}
            placeholder={t("https://example.okta.com")}
            hint={t("Letter by letter as its tokens name it. It is asked before anything is kept.")}
          />
          <TextField
            label={t("Client id")}
            required
            value={terms.client_id}
            onChange={(client_id) => set({ client_id })}
            autoComplete="off"
          />
          <TextField
            label={t("Client secret")}
            type="password"
            autoComplete="new-password"
            value={secret}
            onChange={setSecret}
            hint={
              provider?.has_secret && !gone
                ? t("One is kept, and never shown. Left empty it stays; for another issuer it has to be given anew.")
                : t("It is kept sealed, and told to the provider alone.")
            }
          />
          <ListField
            label={t("Scopes")}
            value={terms.scopes}
            onChange={(scopes) => set({ scopes })}
            hint={t("What it is asked for besides openid, apart by commas.")}
          />
          <TextField
            label={t("Claim with groups")}
            value={terms.groups_claim}
            onChange={(groups_claim) => set({ groups_claim })}
            hint={t("Google names no groups: take hd there, the domain of an account.")}
          />
          <RolesField
            all={all ?? []}
            mine={person?.permissions ?? []}
            chosen={terms.roles}
            onChoose={(roles) => set({ roles })}
          />
          <p className="-mt-2 text-xs text-soft">{t("The roles of everybody who comes in by it. More by group:")}</p>
          <TextArea
            label={t("Roles by group")}
            mono
            value={mapped}
            onChange={setMapped}
            placeholder={t("pulse-analysts: analyst\npulse-owners: owner")}
            wrong={
              wrong.length > 0
                ? t("Not understood: {lines}. A line is a group, a colon, and roles.", { lines: wrong.join("; ") })
                : null
            }
            hint={t("Where any group is named, roles are set anew at each sign-in, and whoever is left with none stays out.")}
          />
          <SeesField value={terms.sees} onChange={(sees) => set({ sees })} />
          <Check
            label={t("Takes addresses that it does not call verified")}
            hint={t("As Entra ID never does. They make new accounts, and are never taken for a member's.")}
            checked={terms.takes_unverified}
            onChange={(takes_unverified) => set({ takes_unverified })}
          />
          <Check label={t("People may come in by it")} checked={terms.active} onChange={(active) => set({ active })} />
        </Form>
      </div>
      {question}
    </Modal>
  );
}
