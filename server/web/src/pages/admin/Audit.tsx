/** Who did what, and what came of it (docs/access.md). */

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { members, trail, trailed, type Trailed } from "@/api/access";
import type { Placed } from "@/api/place";
import { Button, fieldLook } from "@/parts/Button";
import { DataTable, type Grid } from "@/parts/DataTable";
import { Time, useFormat } from "@/parts/Locale";
import { Mark, type Tone } from "@/parts/Mark";
import { Modal } from "@/parts/Modal";
import { Needs, useMay } from "@/parts/Needs";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { OpenLink } from "@/parts/OpenLink";
import { Facts, Page, Panel } from "@/parts/Page";
import { rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import { AdminPage } from "./Admin";

export const Audit = () => (
  <AdminPage
    path="/admin/audit"
    lead={t(
      "Every sign-in, refusal, change and question, newest first. What happened within the last seconds may still be on its way.",
    )}
  >
    <Trail />
  </AdminPage>
);

export const PlatformAudit = () => (
  <Needs permission="operator">
    <Page title={t("Audit trail")} lead={t("What belongs to no tenant: what operators did, and who tried to come in.")}>
      <Trail />
    </Page>
  </Needs>
);

const OUTCOMES = ["done", "refused", "failed", "timed-out", "stopped", "left", "unfinished"] as const;
const outcomeWords = (outcome: string): string =>
  ({
    done: t("done"),
    refused: t("refused"),
    failed: t("failed"),
    "timed-out": t("timed out"),
    stopped: t("stopped"),
    left: t("left"),
    unfinished: t("unfinished"),
  })[outcome] ?? outcome;
const TONES: Record<string, Tone> = { done: "good", refused: "warn", failed: "bad" };

function Trail() {
  const { actor, outcome, find, open }: Placed = useSearch({ strict: false });
  const navigate = useNavigate();
  const may = useMay();
  const { data: people } = useQuery({ ...members, enabled: may("users:read") });
  const { data, error, isPending, isError, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    trail({ actor, outcome, find }),
  );
  const events = data?.pages.flatMap(({ items }) => items) ?? [];
  const set = (part: Partial<Placed>) =>
    void navigate({ to: ".", search: (before: Placed) => ({ ...before, ...part }), resetScroll: false });
  const nameOf = (id: string | undefined) => {
    const person = people?.find((one) => one.id === id);
    return person ? person.name || person.email : (id ?? "");
  };
  const limits = [
    actor && t("by {who}", { who: nameOf(actor) }),
    outcome && t("outcome {outcome}", { outcome: outcomeWords(outcome) }),
    find && t("with {text} in it", { text: find }),
  ].filter(Boolean);
  // A link may be to one that is further back, or is not of what is asked for.
  const listed = events.find(({ sequence }) => String(sequence) === open);
  const isOne = open !== undefined && SEQUENCE.test(open);
  const further = useQuery({ ...trailed(open ?? ""), enabled: isOne && data !== undefined && !listed });
  const shown = listed ?? further.data;
  const close = () => set({ open: undefined });
  return (
    <>
      <section aria-label={t("Which events")} className="flex flex-wrap items-center gap-2 print:hidden">
        <Find value={find ?? ""} onFind={(find) => set({ find: find || undefined, open: undefined })} />
        <label className="inline-flex items-center gap-1.5 text-sm text-soft">
          {t("By")}
          <select
            value={actor ?? ""}
            onChange={(event) => set({ actor: event.target.value || undefined, open: undefined })}
            className={`${fieldLook} max-w-60 pr-1 font-medium`}
          >
            <option value="">{t("anybody")}</option>
            {actor && !people?.some(({ id }) => id === actor) && <option value={actor}>{actor}</option>}
            {people?.map(({ id, name, email }) => (
              <option key={id} value={id}>
                {name || email}
              </option>
            ))}
          </select>
        </label>
        <label className="inline-flex items-center gap-1.5 text-sm text-soft">
          {t("Outcome")}
          <select
            value={outcome ?? ""}
            onChange={(event) => set({ outcome: event.target.value || undefined, open: undefined })}
            className={`${fieldLook} pr-1 font-medium`}
          >
            <option value="">{t("any")}</option>
            {OUTCOMES.map((one) => (
              <option key={one} value={one}>
                {outcomeWords(one)}
              </option>
            ))}
          </select>
        </label>
        <Button look="quiet" onClick={() => void refetch()}>
          {t("Look again")}
        </Button>
      </section>
      {limits.length > 0 && (
        <p className="hidden text-xs text-soft print:block">{t("Only of {told}", { told: limits.join("; ") })}</p>
      )}
      {isPending && <Skeleton label={t("The trail is on its way")} rows={6} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {data && events.length === 0 && (
        <Panel>
          <EmptyState icon="reliability" title={t("Nothing of the kind")}>
            {(actor ?? outcome ?? find) ? t("Nothing in the trail is all that was asked for.") : t("Nothing has happened yet.")}
          </EmptyState>
        </Panel>
      )}
      {events.length > 0 && (
        <Panel>
          <DataTable grid={grid(events, nameOf)} first={500} />
          <div className="mt-3 flex items-center gap-3 text-sm text-soft">
            {hasNextPage ? (
              <Button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                {isFetchingNextPage ? t("On its way") : t("Earlier ones")}
              </Button>
            ) : (
              t("This is all of it.")
            )}
            <span>{t("The filter looks through those that are shown, the field at the top through all of it.")}</span>
          </div>
        </Panel>
      )}
      {shown && <Detail event={shown} nameOf={nameOf} onClose={close} set={set} />}
      {open !== undefined && data && !shown && !(isOne && further.isPending) && (
        <Modal title={t("No event of that number")} onClose={close}>
          {further.isError ? (
            <Failure error={further.error} again={() => void further.refetch()} />
          ) : (
            <EmptyState title={t("It is not in this trail")}>{t("The link may be of another tenant.")}</EmptyState>
          )}
        </Modal>
      )}
    </>
  );
}

/** Sixteen digits are more than any trail has, and are no other number in a browser. */
const SEQUENCE = /^[1-9]\d{0,14}$/;

/** A text that is looked for in all of the trail, once it is typed. */
function Find({ value, onFind }: { value: string; onFind: (text: string) => void }) {
  const [text, type] = useState(value);
  const [asked, setAsked] = useState(value);
  // Back and forward change what was asked for, too.
  if (asked !== value) {
    setAsked(value);
    type(value);
  }
  return (
    <form
      role="search"
      className="w-full sm:w-auto"
      onSubmit={(event) => {
        event.preventDefault();
        onFind(text.trim());
      }}
    >
      <input
        type="search"
        value={text}
        onChange={(event) => {
          type(event.target.value);
          if (event.target.value === "") onFind("");
        }}
        placeholder={t("Find, then Enter")}
        aria-label={t("Find in the trail: what, to what, from where, by which program, or in the detail")}
        className={`${fieldLook} w-full sm:w-56`}
      />
    </form>
  );
}

/** Whether it is an address that a machine calls itself by: there the server runs. */
const isHere = (address: string | undefined) => address === "::1" || (address?.startsWith("127.") ?? false);

const micros = (at: string) => Date.parse(at) * 1_000;

function grid(events: readonly Trailed[], nameOf: (id: string | undefined) => string): Grid {
  return {
    name: "audit",
    title: t("Audit trail"),
    columns: [
      { name: "at", title: t("When"), unit: null },
      { name: "actor", title: t("Who"), unit: null },
      { name: "action", title: t("What"), unit: null },
      { name: "target", title: t("To what"), unit: null },
      { name: "outcome", title: t("Outcome"), unit: null },
      { name: "address", title: t("From"), unit: null },
    ],
    rows: events.map(({ sequence, at, actor, action, target, outcome, address }) => ({
      key: String(sequence),
      cells: [
        {
          value: at,
          show: (
            <OpenLink id={String(sequence)} className="whitespace-nowrap">
              <Time at={micros(at)} />
            </OpenLink>
          ),
        },
        { value: nameOf(actor) || null },
        { value: action, show: <code className="font-mono text-xs break-words">{action}</code> },
        { value: target ?? null, ...(target !== undefined && { show: <span className="break-words">{target}</span> }) },
        { value: outcomeWords(outcome), show: <Mark tone={TONES[outcome] ?? "plain"}>{outcomeWords(outcome)}</Mark> },
        { value: address ?? null, ...(isHere(address) && { show: t("this machine"), words: t("this machine") }) },
      ],
    })),
  };
}

function Detail({
  event,
  nameOf,
  onClose,
  set,
}: {
  event: Trailed;
  nameOf: (id: string | undefined) => string;
  onClose: () => void;
  set: (part: Partial<Placed>) => void;
}) {
  const format = useFormat();
  const facts: (readonly [string, ReactNode])[] = [
    [t("When"), format.exact(micros(event.at))],
    [t("Who"), event.actor ? `${nameOf(event.actor)} (${event.actor})` : t("nobody who is known")],
    [
      t("Outcome"),
      <Mark key="outcome" tone={TONES[event.outcome] ?? "plain"}>
        {outcomeWords(event.outcome)}
      </Mark>,
    ],
  ];
  const more: (readonly [string, string | undefined])[] = [
    [t("To what"), event.target],
    [t("From"), isHere(event.address) ? t("this machine ({address})", { address: event.address ?? "" }) : event.address],
    [t("Program"), event.agent],
    [t("Session"), event.session],
    [t("Query"), event.query],
    [t("Rows given"), event.rows?.toLocaleString(format.locale)],
    [t("Bytes given"), event.bytes?.toLocaleString(format.locale)],
    [t("Took"), event.milliseconds === undefined ? undefined : t("{n} ms", { n: format.count(event.milliseconds) })],
    [t("Memory"), event.memory_bytes === undefined ? undefined : t("{n} bytes", { n: format.count(event.memory_bytes) })],
    [t("From the cache"), event.cached === undefined ? undefined : event.cached ? t("yes") : t("no")],
    [t("Plan"), event.plan],
  ];
  return (
    <Modal title={event.action} shape="drawer" onClose={onClose}>
      <div className="flex flex-col gap-5 p-5">
        <Facts of={[...facts, ...more.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))]} />
        {event.detail && (
          <section>
            <h3 className="mb-1 text-sm font-semibold">{t("Detail")}</h3>
            <pre className="rounded-md border border-line bg-sunken p-3 font-mono text-xs break-words whitespace-pre-wrap">
              {pretty(event.detail)}
            </pre>
          </section>
        )}
        {event.actor && (
          <Button className="self-start" onClick={() => set({ actor: event.actor, open: undefined })}>
            {t("All that {name} did", { name: nameOf(event.actor) })}
          </Button>
        )}
        <p className="text-xs text-soft">
          {rich(
            "Event {sequence} of the trail. Each carries the sum of the one before it; <code>pulse audit verify</code> recomputes them.",
            { sequence: event.sequence, code: (inner) => <code className="font-mono">{inner}</code> },
          )}
        </p>
      </div>
    </Modal>
  );
}

function pretty(detail: string): string {
  try {
    return JSON.stringify(JSON.parse(detail), null, 2);
  } catch {
    return detail;
  }
}
