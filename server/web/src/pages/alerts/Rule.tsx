/** An alert rule: how it stands, what it says, what it would have done, and the ways to change it. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { alertRules, draftOf, openAlerts, removeRule, type Rule as Set } from "@/api/alerts";
import type { Placed } from "@/api/place";
import { definitions, me } from "@/api/queries";
import { Button } from "@/parts/Button";
import { channelWords } from "@/parts/Channels";
import { Confirm } from "@/parts/Confirm";
import { lasting } from "@/parts/Duration";
import { useLast } from "@/parts/last";
import { useNames } from "@/parts/names";
import { Icon } from "@/parts/Icon";
import { Ago, Time, useFormat, useNow } from "@/parts/Locale";
import { Needs, useMay } from "@/parts/Needs";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { Deed, Facts, Page, Panel } from "@/parts/Page";
import { tell } from "@/parts/Told";
import { useNamed } from "@/parts/Who";
import { Worded } from "@/parts/Worded";
import { rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import { SeverityMark } from "./Marks";
import { Mute } from "./Mute";
import { Preview } from "./Preview";
import { fresh, limitOf, RuleForm } from "./RuleForm";
import { Stands } from "./Rules";
import { conditionWords, unitOf } from "./words";

export const Rule = () => (
  <Needs permission="metrics:read">
    <One />
  </Needs>
);

export const NewRule = () => (
  <Needs permission="alerts:manage">
    <New />
  </Needs>
);

function New() {
  const { data: person } = useQuery(me);
  const navigate = useNavigate();
  return (
    <Page
      title={t("Set an alert rule")}
      lead={t("What should not stay as it is, for how long that has to be so, and who is told.")}
    >
      {person && (
        <RuleForm
          start={fresh(person.user.id)}
          onKept={(name) => void navigate({ to: "/alerts/rules/$name", params: { name } })}
          onClose={() => void navigate({ to: "/alerts/rules" })}
        />
      )}
    </Page>
  );
}

function One() {
  const params: { name?: string } = useParams({ strict: false });
  const name = params.name ?? "";
  const { open }: Placed = useSearch({ strict: false });
  const navigate = useNavigate();
  const { data, error, isPending, isError, refetch } = useQuery(alertRules);
  const { data: alerts } = useQuery(openAlerts);
  const { data: known } = useQuery(definitions);
  const may = useMay();
  const [removing, remove] = useState(false);
  const found = data?.find((one) => one.name === name);
  const last = useLast(name, found);
  const manages = may("alerts:manage");
  const editing = open === "change" && manages;
  // One that somebody removes meanwhile stays for as long as it is being changed.
  const rule = found ?? (editing ? last : undefined);
  const show = (open: string | undefined) =>
    void navigate({ to: ".", search: (before: Placed) => ({ ...before, open }), resetScroll: false });
  if (data && !rule)
    return (
      <Page title={name}>
        <EmptyState icon="alarm" title={t("There is no rule of that name")}>
          <Link to="/alerts/rules" className="text-accent-text underline">
            {t("To the rules")}
          </Link>
        </EmptyState>
      </Page>
    );
  return (
    <Page
      title={rule?.title ?? name}
      lead={
        rule && (
          <span className="flex flex-wrap gap-1.5">
            <Stands rule={rule} open={alerts ?? []} />
            <SeverityMark of={rule.severity} calm />
          </span>
        )
      }
      actions={
        rule &&
        manages &&
        !editing && (
          <>
            <Mute rule={rule} />
            <Button onClick={() => show("change")}>
              <Icon name="gear" />
              {t("Change")}
            </Button>
          </>
        )
      }
    >
      {isPending && <Skeleton label={t("{name} is on its way", { name })} rows={6} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {rule && editing && (
        <RuleForm
          key={rule.name}
          of={rule}
          gone={data !== undefined && !found}
          start={draftOf(rule)}
          onKept={() => show(undefined)}
          onClose={() => show(undefined)}
        />
      )}
      {rule && !editing && (
        <>
          {rule.fault !== null && <Fault of={rule} manages={manages} />}
          <Fires rule={rule} />
          <div className="grid items-start gap-5 lg:grid-cols-2">
            <Says rule={rule} />
            <Preview name={name} draft={draftOf(rule)} known={known} />
          </div>
          {manages && (
            <Panel title={t("Other things")}>
              <Deed
                title={t("Remove the rule")}
                about={t("It looks no more, and its alerts are over. What they were can still be read.")}
              >
                <Button look="bad" onClick={() => remove(true)}>
                  {t("Remove")}
                </Button>
              </Deed>
            </Panel>
          )}
          {removing && <Remove rule={rule} onClose={() => remove(false)} />}
        </>
      )}
    </Page>
  );
}

function Fault({ of, manages }: { of: Set; manages: boolean }) {
  const named = useNamed();
  return (
    <div role="alert" className="card flex gap-3 rounded-md border border-bad bg-bad-tint p-4">
      <Icon name="diamond" className="mt-0.5 size-5 text-bad" />
      <div className="min-w-0">
        <p className="font-semibold">{t("It looks at nothing")}</p>
        <p className="text-sm break-words">
          <Worded>{named(of.fault ?? "")}</Worded>
        </p>
        <p className="mt-1 text-sm">
          {manages
            ? t("Its alerts stay as they are until you mend that and keep the rule anew: it looks as you then.")
            : t("Its alerts stay as they are until somebody sets it anew.")}
        </p>
      </div>
    </div>
  );
}

/** Its alerts that are open. */
function Fires({ rule }: { rule: Set }) {
  const { data } = useQuery(openAlerts);
  const mine = data?.filter((alert) => alert.rule === rule.name) ?? [];
  if (mine.length === 0) return null;
  return (
    <Panel title={t("Now")}>
      <ul className="divide-y divide-line text-sm">
        {mine.map(({ id, reason, since }) => (
          <li key={id} className="flex flex-wrap justify-between gap-x-4 py-2 first:pt-0 last:pb-0">
            <Link to="/alerts/$id" params={{ id }} className="line-clamp-2 min-w-0 text-accent-text hover:underline">
              {reason}
            </Link>
            <span className="text-soft">{rich("since {time}", { time: <Time at={since} /> })}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Says({ rule }: { rule: Set }) {
  const format = useFormat();
  const nameOf = useNames();
  const named = useNamed();
  const now = useNow(30);
  const { data: known } = useQuery(definitions);
  const { condition, for_seconds: holds, clear, quiet, to, escalation, next, muted_until: muted } = rule;
  const limit = limitOf(condition);
  const whom = (channels: Set["to"]) => channels.map((channel) => channelWords(channel, named)).join(", ");
  const facts: (readonly [string, ReactNode])[] = [
    [t("While"), conditionWords(condition, { format, known, nameOf })],
    [t("Fires"), holds === 0 ? t("at once") : t("when that has held for {duration}", { duration: lasting(holds) })],
    [t("Is over"), overWords(limit && clear.at !== null ? format.text(clear.at, unitOf(condition, known)) : null, clear)],
    [t("Tells"), whom(to) || t("nobody: it is listed here")],
  ];
  if (escalation)
    facts.push([
      t("And then"),
      t("{whom}, when nobody looks after it for {duration}", {
        whom: whom(escalation.to),
        duration: lasting(escalation.after_seconds),
      }),
    ]);
  if (quiet) facts.push([t("Quiet"), quietWords(quiet)]);
  if (muted !== null && muted > now)
    facts.push([t("Muted"), <span key="muted">{rich("until {time}", { time: <Time at={muted} /> })}</span>]);
  if (next) facts.push([t("Next"), next]);
  facts.push(
    [t("Alerts"), rule.together ? t("one, of all that it is about") : t("one for each that it is about")],
    [t("Looks as"), named(rule.owner)],
    [t("Last looked"), rule.looked_at === null ? t("never yet") : <Ago key="looked" at={rule.looked_at} every={30} />],
    [
      t("Set"),
      <span key="set">{rich("by {who}, {ago}", { who: named(rule.set_by), ago: <Ago at={rule.set_at} every={60} /> })}</span>,
    ],
    [
      t("Name"),
      <code key="name" className="font-mono text-xs">
        {rule.name}
      </code>,
    ],
  );
  if ("sql" in condition)
    facts.splice(1, 0, [
      t("Statement"),
      <pre key="sql" className="overflow-x-auto rounded-md bg-sunken p-2 font-mono text-xs">
        {condition.sql.sql}
      </pre>,
    ]);
  return (
    <Panel title={t("What it says")}>
      <Facts of={facts} />
    </Panel>
  );
}

/** When an alert is over, with the value that it has to be back at where there is one. */
function overWords(value: string | null, { for_seconds: well }: Set["clear"]): string {
  const duration = lasting(well);
  if (value === null) return well > 0 ? t("when it holds no more, for {duration}", { duration }) : t("when it holds no more");
  return well > 0 ? t("back at {value}, for {duration}", { value, duration }) : t("back at {value}", { value });
}

function quietWords({ from, until, days_off: daysOff }: NonNullable<Set["quiet"]>): string {
  if (from === until) return daysOff ? t("on days off") : "";
  return daysOff ? t("from {from} to {until}, and on days off", { from, until }) : t("from {from} to {until}", { from, until });
}

function Remove({ rule: { name, title }, onClose }: { rule: Set; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  return (
    <Confirm
      title={t("Remove {title}", { title })}
      action={t("Remove it")}
      word={name}
      onClose={onClose}
      run={async () => {
        await removeRule(name);
        await navigate({ to: "/alerts/rules" });
        tell(t("{title} is removed; what its alerts were can still be read", { title }));
        void client.invalidateQueries({ queryKey: ["alerts"] });
      }}
    >
      <p>{t("It looks no more, its open alerts are over, and nobody is told of that.")}</p>
    </Confirm>
  );
}
