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
import { useUnsaved } from "@/parts/Unsaved";
import { t } from "@/texts/texts";
import { bytesWords } from "./bytes";
import { STATE_WORDS, STATES } from "./Tenants";

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
      tell(
        suspended
          ? t("{name} is suspended: nobody of it comes in", { name: house.name })
          : t("{name} is open again", { name: house.name }),
        () => set.mutateAsync({ deed: suspended ? "resume" : "suspend", back: true }),
      );
    },
    onSettled: anew,
  });
  // Whatever else becomes of the tenant meanwhile, what is typed stays.
  const [typed, type] = useState<TypedLimits>({});
  const { leave, question } = useUnsaved(Object.keys(typed).length > 0);
  return (
    <Modal title={house.name} shape="drawer" onClose={() => leave(onClose)}>
      <div className="flex flex-col gap-6 p-5">
        <Facts
          of={[
            [
              t("Key"),
              <code key="id" className="font-mono">
                {house.id}
              </code>,
            ],
            [
              t("State"),
              <Mark key="state" tone={STATES[house.state]}>
                {STATE_WORDS[house.state]}
              </Mark>,
            ],
            [t("Time zone"), house.time_zone],
            [t("Made"), <Time key="made" at={house.created_at} />],
          ]}
        />
        {set.isError && <Failure error={set.error} />}
        {!gone && <Limits house={house} typed={typed} onType={type} />}
        {!gone && (
          <section className="flex flex-col gap-2 border-t border-line pt-4">
            <h3 className="font-semibold">{house.state === "active" ? t("Suspend") : t("Resume")}</h3>
            <p className="text-sm text-soft">
              {house.state === "active"
                ? t("Nobody of it comes in, its jobs stop and wait. Nothing of it is touched.")
                : t("Its people come in again, and its jobs go on.")}
            </p>
            <Button
              look={house.state === "active" ? "bad" : "main"}
              className="self-start"
              disabled={set.isPending}
              onClick={() => set.mutate({ deed: house.state === "active" ? "suspend" : "resume" })}
            >
              {house.state === "active" ? t("Suspend it") : t("Let it in again")}
            </Button>
          </section>
        )}
        {house.state === "suspended" && (
          <section className="flex flex-col gap-2 border-t border-line pt-4">
            <h3 className="font-semibold">{t("Erase")}</h3>
            <p className="text-sm text-soft">
              {t(
                "Its part of the lake, its people who belong nowhere else, and every row about it. It cannot be undone; what is left is its key and a receipt. Have it exported before.",
              )}
            </p>
            <Button look="bad" className="self-start" onClick={() => erase(true)}>
              {t("Erase it")}
            </Button>
          </section>
        )}
        {house.state === "active" && <p className="text-sm text-soft">{t("It can be erased once it is suspended.")}</p>}
        {gone && <Proof id={house.id} />}
      </div>
      {erasing && (
        <Confirm
          title={t("Erase {name}", { name: house.name })}
          action={t("Erase it for good")}
          word={house.id}
          onClose={() => erase(false)}
          run={() => change("POST", path(house.id, "/erase"), { confirm: house.id }).finally(() => void anew())}
        >
          <p>
            {t(
              "Everything of this tenant is deleted, at once and for good: its data, its settings, its trail, and people who are in no other tenant.",
            )}
          </p>
          <p className="text-soft">{t("A job does it. The receipt tells when it is done, and how much was deleted.")}</p>
        </Confirm>
      )}
      {question}
    </Modal>
  );
}

const LIMITS = [
  ["members", t("People who may come in")],
  ["tokens", t("API tokens that are good")],
  ["connections", t("Connections")],
  ["metrics", t("Own metrics")],
  ["bytes", t("Data in the lake (GiB)")],
] as const satisfies readonly (readonly [keyof Quotas, string])[];

const GIB = 2 ** 30;
const each = (name: keyof Quotas) => (name === "bytes" ? GIB : 1);

/** What was typed over limits, each with what it was then. */
type TypedLimits = Partial<Record<keyof Quotas, { text: string; was: number | null }>>;

interface LimitsProps {
  house: House;
  typed: TypedLimits;
  onType: (typed: TypedLimits) => void;
}

function Limits({ house, typed, onType }: LimitsProps) {
  const client = useQueryClient();
  const anew = () => client.invalidateQueries({ queryKey: tenants.queryKey });
  const shown = (name: keyof Quotas, value: number | null) => (value === null ? "" : String(value / each(name)));
  const textOf = (name: keyof Quotas) => typed[name]?.text ?? shown(name, house.quotas[name]);
  const save = useMutation({
    mutationFn: () => {
      const quotas = LIMITS.map(([name]) => {
        const text = textOf(name);
        return [name, text === "" ? null : Math.round(Number(text) * each(name))] as const;
      });
      return change("PUT", path(house.id, "/quotas"), Object.fromEntries(quotas), house.version);
    },
    onSuccess: async () => {
      tell(t("The limits of {name} are kept", { name: house.name }));
      await anew();
      onType({});
    },
    onError: anew,
  });
  /** That somebody else set another meanwhile, which is written over only by whoever sees that. */
  const meanwhile = (name: keyof Quotas): string | undefined => {
    const [one, now] = [typed[name], house.quotas[name]];
    if (!one || one.was === now || save.isPending) return undefined;
    return now === null
      ? t("Somebody took it away meanwhile.")
      : t("Somebody set {limit} meanwhile.", { limit: shown(name, now) });
  };
  return (
    <section className="border-t border-line pt-4">
      <h3 className="font-semibold">{t("Limits")}</h3>
      <p className="mb-3 text-sm text-soft">{t("Empty is no limit. Who has more keeps it, and gets no further.")}</p>
      <Form onSubmit={() => save.mutate()} busy={save.isPending} error={save.error} submit={t("Keep the limits")}>
        <div className="grid grid-cols-2 gap-4">
          {LIMITS.map(([name, label]) => (
            <TextField
              key={name}
              label={label}
              type="number"
              min={0}
              step={name === "bytes" ? "any" : 1}
              placeholder={t("no limit")}
              value={textOf(name)}
              hint={meanwhile(name)}
              onChange={(text) => onType({ ...typed, [name]: { text, was: (typed[name] ?? { was: house.quotas[name] }).was } })}
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
  if (isPending) return <Skeleton label={t("The receipt is on its way")} />;
  if (isError) return <Failure error={error} again={() => void refetch()} />;
  return (
    <section className="flex flex-col gap-3 border-t border-line pt-4">
      <h3 className="font-semibold">{t("Receipt")}</h3>
      <Facts
        of={[
          [t("Asked for"), <Time key="asked" at={data.asked_at} />],
          [t("By"), data.asked_by],
          [
            t("Done"),
            data.done_at === null ? <Mark tone="accent">{t("under way")}</Mark> : <Time key="done" at={data.done_at} />,
          ],
          [
            t("Objects of the lake"),
            t("{objects} with {bytes}", { objects: format.count(data.objects), bytes: bytesWords(data.bytes) }),
          ],
          ...Object.entries(data.rows)
            .filter(([, n]) => n > 0)
            .map(([table, n]) => [t("Rows of {table}", { table: table.replaceAll("_", " ") }), format.count(n)] as const),
        ]}
      />
    </section>
  );
}
