/** All tenants, for platform operators (docs/access.md). Of what is in them nothing is shown. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { change } from "@/api/client";
import type { House } from "@/api/house";
import type { Placed } from "@/api/place";
import { tenants } from "@/api/platform";
import { Button } from "@/parts/Button";
import { DataTable } from "@/parts/DataTable";
import { Form, TextField } from "@/parts/Form";
import { Icon } from "@/parts/Icon";
import { Time } from "@/parts/Locale";
import { Mark, type Tone } from "@/parts/Mark";
import { Modal } from "@/parts/Modal";
import { Needs } from "@/parts/Needs";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { OpenLink } from "@/parts/OpenLink";
import { Page, Panel } from "@/parts/Page";
import { Secret } from "@/parts/Secret";
import { t } from "@/texts/texts";
import { useUnsaved } from "@/parts/Unsaved";
import { rich } from "@/texts/rich";
import { Tenant } from "./Tenant";

export const Tenants = () => (
  <Needs permission="operator">
    <All />
  </Needs>
);

export const STATES: Record<House["state"], Tone> = { active: "good", suspended: "warn", erasing: "bad", erased: "plain" };
export const STATE_WORDS: Record<House["state"], string> = {
  active: t("active"),
  suspended: t("suspended"),
  erasing: t("erasing"),
  erased: t("erased"),
};

function All() {
  const { data, error, isPending, isError, refetch } = useQuery(tenants);
  const { open }: Placed = useSearch({ strict: false });
  const navigate = useNavigate();
  const [making, make] = useState(false);
  const close = () =>
    void navigate({ to: "/platform", search: (before: Placed) => ({ ...before, open: undefined }), resetScroll: false });
  const shown = data?.find(({ id }) => id === open);
  return (
    <Page
      title={t("Tenants")}
      lead={t(
        "Each is apart from the others: its part of the lake, its people, its settings. You see that they are there, and nothing of what is in them.",
      )}
      actions={
        <Button look="main" onClick={() => make(true)}>
          <Icon name="plus" />
          {t("Make a tenant")}
        </Button>
      }
    >
      {isPending && <Skeleton label={t("The tenants are on their way")} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {data?.length === 0 && (
        <EmptyState icon="projects" title={t("No tenant")}>
          {t("Make the first.")}
        </EmptyState>
      )}
      {data && data.length > 0 && (
        <Panel>
          <DataTable
            grid={{
              name: "tenants",
              title: t("Tenants"),
              columns: [
                { name: "name", title: t("Name"), unit: null },
                { name: "id", title: t("Key"), unit: null },
                { name: "state", title: t("State"), unit: null },
                { name: "zone", title: t("Time zone"), unit: null },
                { name: "limits", title: t("Limits"), unit: null },
                { name: "made", title: t("Made"), unit: null },
              ],
              rows: data.map(({ id, name, state, time_zone, quotas, created_at }) => ({
                key: id,
                cells: [
                  {
                    value: name,
                    show: <OpenLink id={id}>{name}</OpenLink>,
                  },
                  { value: id, show: <code className="font-mono text-xs">{id}</code> },
                  { value: STATE_WORDS[state], show: <Mark tone={STATES[state]}>{STATE_WORDS[state]}</Mark> },
                  { value: time_zone },
                  { value: limits(quotas) },
                  { value: new Date(created_at / 1_000).toISOString(), show: <Time at={created_at} /> },
                ],
              })),
            }}
          />
        </Panel>
      )}
      {making && <Make onClose={() => make(false)} />}
      {open !== undefined && data && !shown && (
        <Modal title={t("No tenant of that key")} onClose={close}>
          <EmptyState icon="projects" title={t("There is no tenant {key}", { key: open })}>
            {t("The link may be mistyped, or of another server.")}
          </EmptyState>
        </Modal>
      )}
      {shown && <Tenant key={shown.id} house={shown} onClose={close} />}
    </Page>
  );
}

const limits = (quotas: House["quotas"]) => {
  const set = Object.values(quotas).filter((value) => value !== null).length;
  return set === 0 ? t("none") : t("{count} set", { count: set });
};

function Make({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [id, setId] = useState("");
  const [name, setName] = useState("");
  const [zone, setZone] = useState("UTC");
  const make = useMutation({
    mutationFn: () =>
      change<{ tenant: House; url: string }>("POST", "/api/v1/tenants", { id, name: name.trim(), time_zone: zone }),
    onSettled: () => client.invalidateQueries({ queryKey: tenants.queryKey }),
  });
  const wrong = id !== "" && !/^[a-z0-9-]{1,63}$/.test(id) ? t("It takes a to z, 0 to 9 and -, 63 at most.") : null;
  const { leave, question } = useUnsaved(id !== "" || name !== "" || zone !== "UTC", make.isSuccess);
  return (
    <Modal title={t("Make a tenant")} onClose={() => leave(onClose)}>
      <div className="p-5">
        {make.isSuccess ? (
          <div className="flex flex-col gap-4">
            <p>
              {rich("<b>{name}</b> is there, and waits for its first owner.", {
                b: (inner) => <span className="font-medium">{inner}</span>,
                name: make.data.tenant.name,
              })}
            </p>
            <Secret label={t("Link for its first owner")} value={make.data.url}>
              {t("It works once, for an hour.")}
            </Secret>
            <Button look="main" className="self-end" onClick={onClose}>
              {t("Done")}
            </Button>
          </div>
        ) : (
          <Form
            onSubmit={() => make.mutate()}
            busy={make.isPending}
            error={make.error}
            submit={t("Make it")}
            idle={id === "" || name.trim() === "" || wrong !== null}
          >
            <TextField label={t("Name")} required value={name} onChange={setName} placeholder={t("Acme")} />
            <TextField
              label={t("Key")}
              required
              value={id}
              onChange={setId}
              wrong={wrong}
              placeholder={t("acme")}
              autoCapitalize="none"
              spellCheck={false}
              hint={t("It stays for ever, and is never given to another.")}
            />
            <TextField
              label={t("Time zone")}
              required
              value={zone}
              onChange={setZone}
              spellCheck={false}
              hint={t("Where its days begin, such as Europe/Berlin.")}
            />
          </Form>
        )}
      </div>
      {question}
    </Modal>
  );
}
