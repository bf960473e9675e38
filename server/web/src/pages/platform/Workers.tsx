/** The processes that do jobs, and what is on hold (docs/jobs-orchestration.md). */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { change } from "@/api/client";
import { platformHolds, tenants, workers, type Hold } from "@/api/platform";
import { KINDS } from "@/api/work";
import { Button } from "@/parts/Button";
import { Form, SelectField } from "@/parts/Form";
import { Ago, Time } from "@/parts/Locale";
import { Mark } from "@/parts/Mark";
import { Modal } from "@/parts/Modal";
import { Needs } from "@/parts/Needs";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { Page, Panel } from "@/parts/Page";
import { tell } from "@/parts/Told";
import { hidden, rich } from "@/texts/rich";
import { many, t } from "@/texts/texts";

export const Workers = () => (
  <Needs permission="operator">
    <Page
      title={t("Workers and holds")}
      lead={t(
        "Processes that do jobs take turns over all tenants. One that drains comes to the end of what it is at, and begins nothing more.",
      )}
    >
      <Processes />
      <Holds />
    </Page>
  </Needs>
);

function Processes() {
  const client = useQueryClient();
  const { data, error, isPending, isError, refetch } = useQuery(workers);
  const set = useMutation({
    mutationFn: ({ name, deed }: { name: string; deed: "drain" | "resume" }) =>
      change("POST", `/api/v1/platform/workers/${encodeURIComponent(name)}/${deed}`),
    onSuccess: (_, { name, deed }) =>
      tell(deed === "drain" ? t("{name} begins nothing more", { name }) : t("{name} begins jobs again", { name })),
    onSettled: () => client.invalidateQueries({ queryKey: workers.queryKey }),
  });
  return (
    <Panel title={t("Workers")}>
      {isPending && <Skeleton label={t("The workers are on their way")} />}
      {(isError || set.isError) && <Failure error={error ?? set.error} again={() => void refetch()} />}
      {data?.length === 0 && (
        <EmptyState icon="gear" title={t("No process does jobs")}>
          {t("Start one: pulse serve does, unless its roles say otherwise.")}
        </EmptyState>
      )}
      <ul className="divide-y divide-line">
        {data?.map(({ name, places, busy, seen_at, drains }) => (
          <li key={name} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-2.5 text-sm">
            <div className="min-w-0">
              <p className="font-mono break-all">{name}</p>
              <p className="text-soft">
                {rich("{busy} taken, seen {ago}", {
                  busy: many(places, { one: "{busy} of {count} place", other: "{busy} of {count} places" }, { busy }),
                  ago: <Ago at={seen_at} every={5} />,
                })}
              </p>
            </div>
            <div className="flex items-center gap-2">
              {drains ? (
                <Mark tone="warn">{t("drains")}</Mark>
              ) : (
                <Mark tone={busy > 0 ? "accent" : "good"}>{busy > 0 ? t("at work") : t("ready")}</Mark>
              )}
              <Button disabled={set.isPending} onClick={() => set.mutate({ name, deed: drains ? "resume" : "drain" })}>
                {drains ? rich("Resume<b> {name}</b>", { b: hidden, name }) : rich("Drain<b> {name}</b>", { b: hidden, name })}
              </Button>
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

const holdWords = ({ tenant, kind }: Pick<Hold, "tenant" | "kind">) => {
  const what = kind === null ? t("All jobs") : (KINDS[kind] ?? kind);
  return tenant === null ? t("{what} of every tenant", { what }) : t("{what} of {tenant}", { what, tenant });
};

function Holds() {
  const client = useQueryClient();
  const { data, error, isPending, isError, refetch } = useQuery(platformHolds);
  const [adding, add] = useState(false);
  const anew = () => client.invalidateQueries({ queryKey: platformHolds.queryKey });
  const scope = ({ tenant, kind }: Hold) => ({ ...(tenant !== null && { tenant }), ...(kind !== null && { kind }) });
  const release = useMutation({
    mutationFn: (hold: Hold) => change("POST", "/api/v1/platform/jobs/release", scope(hold)),
    onSuccess: (_, hold) =>
      tell(t("{hold}: begun again", { hold: holdWords(hold) }), () =>
        change("POST", "/api/v1/platform/jobs/hold", scope(hold)).finally(() => void anew()),
      ),
    onSettled: anew,
  });
  return (
    <Panel
      title={t("On hold")}
      about={t("No more jobs of these are begun. What the platform holds its tenants see, and do not release.")}
      actions={<Button onClick={() => add(true)}>{t("Hold jobs")}</Button>}
    >
      {isPending && <Skeleton label={t("What is on hold is on its way")} />}
      {(isError || release.isError) && <Failure error={error ?? release.error} again={() => void refetch()} />}
      {data?.length === 0 && (
        <EmptyState icon="check" title={t("Nothing is on hold")}>
          {t("Jobs are begun as they are due.")}
        </EmptyState>
      )}
      <ul className="divide-y divide-line">
        {data?.map((hold) => (
          <li
            key={`${hold.tenant ?? ""} ${hold.kind ?? ""} ${hold.by_platform}`}
            className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-2.5 text-sm"
          >
            <div className="min-w-0">
              <p className="font-medium">{holdWords(hold)}</p>
              <p className="text-soft">
                {hold.by_platform
                  ? rich("by the platform, since {time}", { time: <Time at={hold.held_at} /> })
                  : rich("by the tenant, since {time}", { time: <Time at={hold.held_at} /> })}
              </p>
            </div>
            {hold.by_platform && (
              <Button disabled={release.isPending} onClick={() => release.mutate(hold)}>
                {rich("Release<b> {hold}</b>", { b: hidden, hold: holdWords(hold) })}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {adding && <Add onClose={() => add(false)} />}
    </Panel>
  );
}

function Add({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const { data: all } = useQuery(tenants);
  const [kind, setKind] = useState("");
  const [tenant, setTenant] = useState("");
  const hold = useMutation({
    mutationFn: () => change("POST", "/api/v1/platform/jobs/hold", { ...(kind && { kind }), ...(tenant && { tenant }) }),
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: platformHolds.queryKey }),
  });
  return (
    <Modal title={t("Hold jobs")} onClose={onClose}>
      <div className="p-5">
        <Form
          onSubmit={() => hold.mutate()}
          busy={hold.isPending}
          error={hold.error}
          submit={t("Hold them")}
          idle={kind === "" && tenant === ""}
        >
          <SelectField
            label={t("Of what kind")}
            value={kind}
            of={[["", t("every kind")] as const, ...Object.entries(KINDS)]}
            onChange={setKind}
          />
          <SelectField
            label={t("Of which tenant")}
            value={tenant}
            of={[["", t("every tenant")] as const, ...(all ?? []).map(({ id, name }) => [id, name] as const)]}
            onChange={setTenant}
            hint={t("To stop everything of everybody, drain the workers.")}
          />
        </Form>
      </div>
    </Modal>
  );
}
