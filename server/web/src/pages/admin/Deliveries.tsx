/** What was handed to people and programs, and how that went (docs/deliveries.md). */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import {
  cancelDelivery,
  deliveries,
  delivery as one,
  DELIVERY_STATES,
  retryDelivery,
  type Attempt,
  type Delivery,
  type DeliveryState,
} from "@/api/deliveries";
import type { Placed } from "@/api/place";
import { Button, fieldLook } from "@/parts/Button";
import { channelWords } from "@/parts/Channels";
import { Icon, type IconName } from "@/parts/Icon";
import { Ago, Time, useFormat } from "@/parts/Locale";
import { Mark, type Tone } from "@/parts/Mark";
import { Modal } from "@/parts/Modal";
import { useMay } from "@/parts/Needs";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { OpenLink } from "@/parts/OpenLink";
import { Facts, Panel } from "@/parts/Page";
import { tell } from "@/parts/Told";
import { useNamed } from "@/parts/Who";
import { listed, rich } from "@/texts/rich";
import { many, t } from "@/texts/texts";
import { AdminPage } from "./Admin";

const STATE: Record<DeliveryState, { tone: Tone; icon: IconName; words: () => string }> = {
  queued: { tone: "plain", icon: "clock", words: () => t("queued") },
  sending: { tone: "accent", icon: "send", words: () => t("being handed over") },
  failed: { tone: "warn", icon: "triangle", words: () => t("failed, to be tried again") },
  delivered: { tone: "good", icon: "check", words: () => t("delivered") },
  dead: { tone: "bad", icon: "diamond", words: () => t("given up") },
  cancelled: { tone: "plain", icon: "close", words: () => t("taken back") },
};

/** What a person may wish of one in a state. */
const RETRIED: readonly DeliveryState[] = ["failed", "dead", "cancelled"];
const CANCELLED: readonly DeliveryState[] = ["queued", "sending", "failed"];

const FIRST = 50;

export function Deliveries() {
  const { open, state }: Placed = useSearch({ strict: false });
  const navigate = useNavigate();
  const { data, error, isPending, isError, refetch } = useQuery(deliveries(state));
  const named = useNamed();
  const [most, setMost] = useState(FIRST);
  const set = (part: Partial<Placed>) =>
    void navigate({ to: "/admin/deliveries", search: (before: Placed) => ({ ...before, ...part }), resetScroll: false });
  return (
    <AdminPage
      path="/admin/deliveries"
      lead={t(
        "What was handed to whom, by which way, and how each try went. What it said is not shown. Kept for 90 days after it is over.",
      )}
    >
      <section aria-label={t("Which deliveries")} className="flex flex-wrap items-center gap-2">
        <label className="inline-flex items-center gap-1.5 text-sm text-soft">
          {t("State")}
          <select
            value={state ?? ""}
            onChange={(event) => set({ state: event.target.value || undefined })}
            className={`${fieldLook} pr-1 font-medium`}
          >
            <option value="">{t("any")}</option>
            {DELIVERY_STATES.map((one) => (
              <option key={one} value={one}>
                {STATE[one].words()}
              </option>
            ))}
          </select>
        </label>
      </section>
      {isPending && <Skeleton label={t("The deliveries are on their way")} rows={6} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {data && (
        <Panel>
          {data.length === 0 && (
            <EmptyState icon="send" title={state ? t("None stands there") : t("Nothing was handed over yet")}>
              {state
                ? t("Another state may have some.")
                : t("What alerts tell people is listed here, one line for each recipient.")}
            </EmptyState>
          )}
          <ul className="divide-y divide-line">
            {data.slice(0, most).map((delivery) => {
              const { tone, icon, words } = STATE[delivery.state];
              return (
                <li
                  key={delivery.id}
                  className="grid gap-x-4 gap-y-1 py-2.5 text-sm first:pt-0 last:pb-0 sm:grid-cols-[minmax(0,1fr)_auto]"
                >
                  <div className="min-w-0">
                    <p>
                      <OpenLink id={delivery.id} className="font-medium">
                        {delivery.subject}
                      </OpenLink>
                    </p>
                    <p className="break-words text-soft">
                      {listed(
                        t("to {channel}", { channel: channelWords(delivery.channel, named) }),
                        <Ago at={delivery.created_at} every={30} />,
                        delivery.tries > 1 && many(delivery.tries, { one: "{count} try", other: "{count} tries" }),
                        delivery.next_at !== null &&
                          delivery.state === "failed" &&
                          rich("next {time}", { time: <Time at={delivery.next_at} /> }),
                      )}
                    </p>
                    {(delivery.state === "failed" || delivery.state === "dead") && (
                      <p className="break-words">{named(delivery.reason)}</p>
                    )}
                  </div>
                  <div>
                    <Mark tone={tone} icon={icon}>
                      {words()}
                    </Mark>
                  </div>
                </li>
              );
            })}
          </ul>
          {data.length > most && (
            <Button className="mt-3" onClick={() => setMost(most + 200)}>
              {t("Show {n} more", { n: Math.min(200, data.length - most) })}
            </Button>
          )}
        </Panel>
      )}
      {open && <Opened id={open} onClose={() => set({ open: undefined })} />}
    </AdminPage>
  );
}

function Opened({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, error, isPending, isError, refetch } = useQuery(one(id));
  return (
    <Modal title={data?.delivery.subject ?? t("A delivery")} shape="drawer" onClose={onClose}>
      <div className="flex flex-col gap-5 p-5">
        {isPending && <Skeleton label={t("The delivery is on its way")} />}
        {isError && <Failure error={error} again={() => void refetch()} />}
        {data && (
          <>
            <About of={data.delivery} />
            <Deeds of={data.delivery} />
            <Tries of={data.attempts} />
          </>
        )}
      </div>
    </Modal>
  );
}

function About({
  of: { state, reason, channel, created_by: by, created_at: at, tries_left: left, next_at: next, id },
}: {
  of: Delivery;
}) {
  const named = useNamed();
  const { tone, icon, words } = STATE[state];
  return (
    <Facts
      of={[
        [
          t("State"),
          <Mark key="state" tone={tone} icon={icon}>
            {words()}
          </Mark>,
        ],
        [t("Why"), named(reason)],
        [t("To"), channelWords(channel, named)],
        [t("Asked for"), <span key="by">{rich("by {by}, {time}", { by: named(by), time: <Time at={at} /> })}</span>],
        ...(state === "failed"
          ? ([
              [
                t("Tries left"),
                next === null ? (
                  String(left)
                ) : (
                  <span key="next">{rich("{left}, the next {time}", { left, time: <Time at={next} /> })}</span>
                ),
              ],
            ] as const)
          : []),
        [
          t("Key"),
          <code key="key" className="font-mono text-xs break-all">
            {id}
          </code>,
        ],
      ]}
    />
  );
}

function Deeds({ of }: { of: Delivery }) {
  const client = useQueryClient();
  const may = useMay();
  const deed = useMutation({
    mutationFn: (what: "retry" | "cancel") => (what === "retry" ? retryDelivery(of.id) : cancelDelivery(of.id)),
    onSuccess: (_, what) =>
      what === "retry"
        ? tell(t("It is handed over again"))
        : tell(t("It is taken back"), () =>
            retryDelivery(of.id).finally(() => void client.invalidateQueries({ queryKey: ["deliveries"] })),
          ),
    onSettled: () => client.invalidateQueries({ queryKey: ["deliveries"] }),
  });
  const [retried, cancelled] = [RETRIED.includes(of.state), CANCELLED.includes(of.state)];
  if (!may("jobs:manage") || !(retried || cancelled)) return null;
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap gap-2">
        {retried && (
          <Button disabled={deed.isPending} onClick={() => deed.mutate("retry")}>
            {t("Hand it over again")}
          </Button>
        )}
        {cancelled && (
          <Button look="bad" disabled={deed.isPending} onClick={() => deed.mutate("cancel")}>
            {t("Take it back")}
          </Button>
        )}
      </div>
      <p className="text-xs text-soft">
        {retried &&
          t(
            "Again is at once, with all its tries before it; one of which nobody knows whether it arrived may arrive twice.",
          )}{" "}
        {cancelled && t("What is under way just then may arrive all the same.")}
      </p>
      {deed.isError && <Failure error={deed.error} />}
    </div>
  );
}

const CAME: Record<string, { icon: IconName; look: string; words: () => string }> = {
  delivered: { icon: "check", look: "text-good", words: () => t("delivered") },
  again: { icon: "triangle", look: "text-warn", words: () => t("failed") },
  unknown: { icon: "triangle", look: "text-warn", words: () => t("nobody knows whether it arrived") },
  never: { icon: "diamond", look: "text-bad", words: () => t("refused") },
  interrupted: { icon: "close", look: "text-soft", words: () => t("broken off") },
  "": { icon: "send", look: "text-accent-text", words: () => t("under way") },
};

function Tries({ of }: { of: readonly Attempt[] }) {
  const format = useFormat();
  return (
    <section aria-label={t("Tries")}>
      <h3 className="mb-1 font-semibold">{t("Tries")}</h3>
      {of.length === 0 && <p className="text-sm text-soft">{t("None yet.")}</p>}
      <ol className="flex flex-col">
        {of.map(({ number, began_at: at, milliseconds, outcome, said }) => {
          const { icon, look, words } = CAME[outcome] ?? { icon: "same" as const, look: "text-soft", words: () => outcome };
          return (
            <li key={number} className="flex gap-3 border-b border-line py-2 text-sm last:border-b-0">
              <Icon name={icon} className={`mt-0.5 ${look}`} />
              <div className="min-w-0 flex-1">
                <p>
                  <span className="font-medium">{words()}</span>{" "}
                  <span className="text-soft">
                    {listed(
                      <Time at={at} />,
                      milliseconds !== null && t("after {duration}", { duration: format.seconds(milliseconds) }),
                    )}
                  </span>
                </p>
                {said && said !== words() && <p className="break-words text-soft">{said}</p>}
              </div>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
