/** A report that can be made: what is in it, when it is made by itself, for whom, and what was made by it. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { definitions } from "@/api/queries";
import { removeDefinition, reportDefinitions, reports, type Listed } from "@/api/reports";
import { Button } from "@/parts/Button";
import { channelWords } from "@/parts/Channels";
import { Confirm } from "@/parts/Confirm";
import { filterWords } from "@/parts/FilterField";
import { useLast } from "@/parts/last";
import { useNames } from "@/parts/names";
import { Icon } from "@/parts/Icon";
import { Ago, useFormat } from "@/parts/Locale";
import { Needs, useMay } from "@/parts/Needs";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { Deed, Facts, Page, Panel } from "@/parts/Page";
import { SchedulePanel } from "@/parts/SchedulePanel";
import { tell } from "@/parts/Told";
import { useNamed } from "@/parts/Who";
import { rich } from "@/texts/rich";
import { many, t } from "@/texts/texts";
import { Define } from "./Define";
import { MadeList } from "./Made";
import { Make } from "./Make";
import { formatName, languageName, periodWords, PROPOSED, rhythm, showsWords, trendWords } from "./words";

export const Definition = () => (
  <Needs permission="metrics:read">
    <One />
  </Needs>
);

function One() {
  const params: { name?: string } = useParams({ strict: false });
  const name = params.name ?? "";
  const { data, error, isPending, isError, refetch } = useQuery(reportDefinitions);
  const made = useQuery(reports);
  const may = useMay();
  const format = useFormat();
  const [doing, setDoing] = useState<"make" | "define" | "remove" | null>(null);
  const found = data?.find((one) => one.name === name);
  const last = useLast(name, found);
  // One that somebody removes meanwhile stays for as long as it is being changed.
  const of = found ?? (doing === "define" ? last : undefined);
  if (data && !of)
    return (
      <Page title={name}>
        <EmptyState icon="page" title={t("There is no report of that name")}>
          <Link to="/reports" className="text-accent-text underline">
            {t("To the reports")}
          </Link>
        </EmptyState>
      </Page>
    );
  const manages = may("reports:manage");
  const mine = made.data?.filter((report) => report.name === name) ?? [];
  return (
    <Page
      title={of?.definition.title ?? name}
      lead={of?.definition.description}
      actions={
        of && (
          <>
            {manages && (
              <Button onClick={() => setDoing("define")}>
                {of.built_in ? (
                  t("Define one like it")
                ) : (
                  <>
                    <Icon name="gear" />
                    {t("Change")}
                  </>
                )}
              </Button>
            )}
            <Button look="main" onClick={() => setDoing("make")}>
              {t("Make it")}
            </Button>
          </>
        )
      }
    >
      {isPending && <Skeleton label={t("{name} is on its way", { name })} rows={6} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {of && (
        <>
          <About of={of} />
          {of.built_in ? (
            <p className="text-sm text-soft">
              {t(
                "Every tenant has it, and nobody changes it. One of your own can be like it, for some teams, for others to get, and made by itself.",
              )}
            </p>
          ) : (
            may("jobs:read") && (
              <SchedulePanel
                title={t("When it is made")}
                kind="report"
                subject={name}
                none={
                  of.own?.plan.after_data
                    ? t("Whenever new data has gone all the way through, and when somebody asks.")
                    : t("Only when somebody asks.")
                }
                removed={t("{title} is made by itself no more", { title: of.definition.title })}
                first={{ cron: { pattern: PROPOSED[rhythm(of.definition.period)], time_zone: format.timeZone } }}
              />
            )
          )}
          <Panel title={t("Made by it")}>
            {made.isPending && <Skeleton label={t("What was made is on its way")} />}
            {made.isError && <Failure error={made.error} again={() => void made.refetch()} />}
            {made.data && mine.length === 0 && <p className="text-sm text-soft">{t("Nothing that you may see, so far.")}</p>}
            {mine.length > 0 && <MadeList of={mine} />}
          </Panel>
          {of.own && manages && (
            <Panel title={t("Other things")}>
              <Deed
                title={t("Remove the definition")}
                about={t("It is made no more, and its schedule goes. What was made by it stays for its time.")}
              >
                <Button look="bad" onClick={() => setDoing("remove")}>
                  {t("Remove")}
                </Button>
              </Deed>
            </Panel>
          )}
          {doing === "make" && <Make known={data ?? []} name={name} onClose={() => setDoing(null)} />}
          {doing === "define" && (
            <Define
              known={data ?? []}
              {...(of.built_in ? { like: name } : { of, gone: data !== undefined && !found })}
              onClose={() => setDoing(null)}
            />
          )}
          {doing === "remove" && <Remove of={of} onClose={() => setDoing(null)} />}
        </>
      )}
    </Page>
  );
}

function About({ of: { name, definition, own } }: { of: Listed }) {
  const format = useFormat();
  const nameOf = useNames();
  const named = useNamed();
  const { data: metrics } = useQuery(definitions);
  const titleOf = (metric: string) => metrics?.find((one) => one.name === metric)?.title ?? metric;
  const scope = filterWords(definition.scope, nameOf);
  const facts: (readonly [string, ReactNode])[] = [
    [t("Days"), periodWords(definition.period, format)],
    [t("Charts"), trendWords(definition)],
    [t("On"), scope || t("everything that whoever it is for may see")],
    [t("Language"), languageName(definition.language)],
    [t("Clocks"), definition.time_zone ?? t("{timeZone}, the tenant's", { timeZone: format.timeZone })],
  ];
  if (own) {
    const { plan, set_by: by, set_at: at } = own;
    facts.push(
      [t("Like"), plan.like ? <LikeLink key="like" name={plan.like} /> : t("itself: it has sections of its own")],
      [t("Files"), plan.formats.map(formatName).join(", ")],
      [t("For"), [...plan.recipients, ...plan.places.map((place) => channelWords(place, named))].join(", ") || named(by)],
      [t("Kept for"), many(plan.keep_days, { one: "{count} day", other: "{count} days" })],
      [
        t("Set"),
        <span key="set">
          {rich("by {who}, {ago}. It is made under that authority.", { who: named(by), ago: <Ago at={at} every={60} /> })}
        </span>,
      ],
    );
  }
  facts.push([
    t("Name"),
    <code key="name" className="font-mono text-xs">
      {name}
    </code>,
  ]);
  return (
    <div className="grid items-start gap-5 lg:grid-cols-2">
      <Panel title={t("What it is")}>
        <Facts of={facts} />
      </Panel>
      <Panel title={t("What is in it")} about={t("After its cover, in this order.")}>
        <ol className="flex flex-col gap-2 text-sm">
          {definition.sections.map(({ title, shows }, at) => (
            <li key={at}>
              <p className="font-medium">{title}</p>
              <p className="text-soft">{showsWords(shows, titleOf)}</p>
            </li>
          ))}
        </ol>
      </Panel>
    </div>
  );
}

function LikeLink({ name }: { name: string }) {
  const { data } = useQuery(reportDefinitions);
  return (
    <Link to="/reports/$name" params={{ name }} className="text-accent-text underline">
      {data?.find((one) => one.name === name)?.definition.title ?? name}
    </Link>
  );
}

function Remove({ of: { name, definition }, onClose }: { of: Listed; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  return (
    <Confirm
      title={t("Remove {title}", { title: definition.title })}
      action={t("Remove it")}
      word={name}
      onClose={onClose}
      run={async () => {
        await removeDefinition(name);
        await navigate({ to: "/reports" });
        tell(t("{title} is removed; what was made by it stays", { title: definition.title }));
        void client.invalidateQueries({ queryKey: reportDefinitions.queryKey });
        void client.invalidateQueries({ queryKey: ["jobs"] });
      }}
    >
      <p>{t("It is made no more; its schedule and the hooks that ask for it go with it.")}</p>
      <p className="text-soft">{t("What was made by it stays until its time is over.")}</p>
    </Confirm>
  );
}
