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
import { Page, Panel } from "@/parts/Page";
import { Secret } from "@/parts/Secret";
import { Tenant } from "./Tenant";

export const Tenants = () => (
  <Needs permission="operator">
    <All />
  </Needs>
);

export const STATES: Record<House["state"], Tone> = { active: "good", suspended: "warn", erasing: "bad", erased: "plain" };

function All() {
  const { data, error, isPending, isError, refetch } = useQuery(tenants);
  const { open }: Placed = useSearch({ strict: false });
  const navigate = useNavigate();
  const [making, make] = useState(false);
  const show = (id: string | undefined) => void navigate({ to: "/platform", search: { open: id }, resetScroll: false });
  const shown = data?.find(({ id }) => id === open);
  return (
    <Page
      title="Tenants"
      lead="Each is apart from the others: its part of the lake, its people, its settings. You see that they are there, and nothing of what is in them."
      actions={
        <Button look="main" onClick={() => make(true)}>
          <Icon name="plus" />
          Make a tenant
        </Button>
      }
    >
      {isPending && <Skeleton label="The tenants are on their way" />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {data?.length === 0 && (
        <EmptyState icon="projects" title="No tenant">
          Make the first.
        </EmptyState>
      )}
      {data && data.length > 0 && (
        <Panel>
          <DataTable
            grid={{
              name: "tenants",
              title: "Tenants",
              columns: [
                { name: "name", title: "Name", unit: null },
                { name: "id", title: "Key", unit: null },
                { name: "state", title: "State", unit: null },
                { name: "zone", title: "Time zone", unit: null },
                { name: "limits", title: "Limits", unit: null },
                { name: "made", title: "Made", unit: null },
              ],
              rows: data.map(({ id, name, state, time_zone, quotas, created_at }) => ({
                key: id,
                cells: [
                  {
                    value: name,
                    show: (
                      <button onClick={() => show(id)} className="min-h-6 text-left text-accent-text hover:underline">
                        {name}
                      </button>
                    ),
                  },
                  { value: id, show: <code className="font-mono text-xs">{id}</code> },
                  { value: state, show: <Mark tone={STATES[state]}>{state}</Mark> },
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
      {shown && <Tenant key={`${shown.id}${shown.version}`} house={shown} onClose={() => show(undefined)} />}
    </Page>
  );
}

const limits = (quotas: House["quotas"]) => {
  const set = Object.values(quotas).filter((value) => value !== null).length;
  return set === 0 ? "none" : `${set} set`;
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
  const wrong = id !== "" && !/^[a-z0-9-]{1,63}$/.test(id) ? "It takes a to z, 0 to 9 and -, 63 at most." : null;
  return (
    <Modal title="Make a tenant" onClose={onClose}>
      <div className="p-5">
        {make.isSuccess ? (
          <div className="flex flex-col gap-4">
            <p>
              <span className="font-medium">{make.data.tenant.name}</span> is there, and waits for its first owner.
            </p>
            <Secret label="Link for its first owner" value={make.data.url}>
              It works once, for an hour.
            </Secret>
            <Button look="main" className="self-end" onClick={onClose}>
              Done
            </Button>
          </div>
        ) : (
          <Form
            onSubmit={() => make.mutate()}
            busy={make.isPending}
            error={make.error}
            submit="Make it"
            idle={id === "" || name.trim() === "" || wrong !== null}
          >
            <TextField label="Name" required value={name} onChange={setName} placeholder="Acme" />
            <TextField
              label="Key"
              required
              value={id}
              onChange={setId}
              wrong={wrong}
              placeholder="acme"
              autoCapitalize="none"
              spellCheck={false}
              hint="It stays for ever, and is never given to another."
            />
            <TextField
              label="Time zone"
              required
              value={zone}
              onChange={setZone}
              spellCheck={false}
              hint="Where its days begin, such as Europe/Berlin."
            />
          </Form>
        )}
      </div>
    </Modal>
  );
}
