/** One tenant, as platform operators see it: whether its people may come in, how much it may have, and the end of it. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { change } from "@/api/client";
import type { House, Quotas } from "@/api/house";
import { receipt, tenants } from "@/api/platform";
import { Button } from "@/parts/Button";
import { Confirm } from "@/parts/Confirm";
import { Form, TextField } from "@/parts/Form";
import { Time, useFormat } from "@/parts/Locale";
import { Mark } from "@/parts/Mark";
import { Modal } from "@/parts/Modal";
import { Failure, Skeleton } from "@/parts/Notice";
import { Facts } from "@/parts/Page";
import { tell } from "@/parts/Told";
import { bytesWords } from "./bytes";
import { STATES } from "./Tenants";

const path = (id: string, rest = "") => `/api/v1/tenants/${encodeURIComponent(id)}${rest}`;

export function Tenant({ house, onClose }: { house: House; onClose: () => void }) {
  const client = useQueryClient();
  const anew = () => client.invalidateQueries({ queryKey: ["platform"] });
  const [erasing, erase] = useState(false);
  const gone = house.state === "erasing" || house.state === "erased";
  const set = useMutation({
    mutationFn: ({ deed }: { deed: "suspend" | "resume"; back?: boolean }) => change("POST", path(house.id, `/${deed}`)),
    onSuccess: (_, { deed, back }) => {
      // What is told stands outside, where nothing can be pressed while this is open.
      if (!back) onClose();
      const suspended = deed === "suspend";
      tell(suspended ? `${house.name} is suspended: nobody of it comes in` : `${house.name} is open again`, () =>
        set.mutate({ deed: suspended ? "resume" : "suspend", back: true }),
      );
    },
    onSettled: anew,
  });
  return (
    <Modal title={house.name} shape="drawer" onClose={onClose}>
      <div className="flex flex-col gap-6 p-5">
        <Facts
          of={[
            [
              "Key",
              <code key="id" className="font-mono">
                {house.id}
              </code>,
            ],
            [
              "State",
              <Mark key="state" tone={STATES[house.state]}>
                {house.state}
              </Mark>,
            ],
            ["Time zone", house.time_zone],
            ["Made", <Time key="made" at={house.created_at} />],
          ]}
        />
        {set.isError && <Failure error={set.error} />}
        {!gone && <Limits house={house} />}
        {!gone && (
          <section className="flex flex-col gap-2 border-t border-line pt-4">
            <h3 className="font-semibold">{house.state === "active" ? "Suspend" : "Resume"}</h3>
            <p className="text-sm text-soft">
              {house.state === "active"
                ? "Nobody of it comes in, its jobs stop and wait. Nothing of it is touched."
                : "Its people come in again, and its jobs go on."}
            </p>
            <Button
              look={house.state === "active" ? "bad" : "main"}
              className="self-start"
              disabled={set.isPending}
              onClick={() => set.mutate({ deed: house.state === "active" ? "suspend" : "resume" })}
            >
              {house.state === "active" ? "Suspend it" : "Let it in again"}
            </Button>
          </section>
        )}
        {house.state === "suspended" && (
          <section className="flex flex-col gap-2 border-t border-line pt-4">
            <h3 className="font-semibold">Erase</h3>
            <p className="text-sm text-soft">
              Its part of the lake, its people who belong nowhere else, and every row about it. It cannot be undone; what is left
              is its key and a receipt. Have it exported before.
            </p>
            <Button look="bad" className="self-start" onClick={() => erase(true)}>
              Erase it
            </Button>
          </section>
        )}
        {house.state === "active" && <p className="text-sm text-soft">It can be erased once it is suspended.</p>}
        {gone && <Proof id={house.id} />}
      </div>
      {erasing && (
        <Confirm
          title={`Erase ${house.name}`}
          action="Erase it for good"
          word={house.id}
          onClose={() => erase(false)}
          run={() => change("POST", path(house.id, "/erase"), { confirm: house.id }).finally(() => void anew())}
        >
          <p>
            Everything of this tenant is deleted, at once and for good: its data, its settings, its trail, and people who are in
            no other tenant.
          </p>
          <p className="text-soft">A job does it. The receipt tells when it is done, and how much was deleted.</p>
        </Confirm>
      )}
    </Modal>
  );
}

const LIMITS = [
  ["members", "People who may come in"],
  ["tokens", "API tokens that are good"],
  ["connections", "Connections"],
  ["metrics", "Own metrics"],
  ["bytes", "Data in the lake (GiB)"],
] as const satisfies readonly (readonly [keyof Quotas, string])[];

const GIB = 2 ** 30;
const each = (name: keyof Quotas) => (name === "bytes" ? GIB : 1);

function Limits({ house }: { house: House }) {
  const client = useQueryClient();
  const [typed, setTyped] = useState(
    () =>
      Object.fromEntries(
        LIMITS.map(([name]) => {
          const value = house.quotas[name];
          return [name, value === null ? "" : String(value / each(name))];
        }),
      ) as Record<keyof Quotas, string>,
  );
  const save = useMutation({
    mutationFn: () => {
      const quotas = LIMITS.map(
        ([name]) => [name, typed[name] === "" ? null : Math.round(Number(typed[name]) * each(name))] as const,
      );
      return change("PUT", path(house.id, "/quotas"), Object.fromEntries(quotas), house.version);
    },
    onSuccess: () => tell(`The limits of ${house.name} are kept`),
    onSettled: () => client.invalidateQueries({ queryKey: tenants.queryKey }),
  });
  return (
    <section className="border-t border-line pt-4">
      <h3 className="font-semibold">Limits</h3>
      <p className="mb-3 text-sm text-soft">Empty is no limit. Who has more keeps it, and gets no further.</p>
      <Form onSubmit={() => save.mutate()} busy={save.isPending} error={save.error} submit="Keep the limits">
        <div className="grid grid-cols-2 gap-4">
          {LIMITS.map(([name, label]) => (
            <TextField
              key={name}
              label={label}
              type="number"
              min={0}
              step={name === "bytes" ? "any" : 1}
              placeholder="no limit"
              value={typed[name]}
              onChange={(text) => setTyped((before) => ({ ...before, [name]: text }))}
            />
          ))}
        </div>
      </Form>
    </section>
  );
}

/** That a tenant was erased: what was deleted, when, and who asked. */
function Proof({ id }: { id: string }) {
  const { data, error, isPending, isError, refetch } = useQuery(receipt(id));
  const format = useFormat();
  if (isPending) return <Skeleton label="The receipt is on its way" />;
  if (isError) return <Failure error={error} again={() => void refetch()} />;
  return (
    <section className="flex flex-col gap-3 border-t border-line pt-4">
      <h3 className="font-semibold">Receipt</h3>
      <Facts
        of={[
          ["Asked for", <Time key="asked" at={data.asked_at} />],
          ["By", data.asked_by],
          ["Done", data.done_at === null ? <Mark tone="accent">under way</Mark> : <Time key="done" at={data.done_at} />],
          ["Objects of the lake", `${format.count(data.objects)} with ${bytesWords(data.bytes)}`],
          ...Object.entries(data.rows)
            .filter(([, n]) => n > 0)
            .map(([table, n]) => [`Rows of ${table.replaceAll("_", " ")}`, format.count(n)] as const),
        ]}
      />
    </section>
  );
}
