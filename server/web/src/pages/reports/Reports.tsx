/** Reports (docs/reports.md): what was made, and what can be. */

import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { Placed } from "@/api/place";
import { reportDefinitions, reports, type Listed, type Plan, type Report } from "@/api/reports";
import { schedules, type Schedule } from "@/api/work";
import { Button, fieldLook } from "@/parts/Button";
import { Icon } from "@/parts/Icon";
import { useFormat } from "@/parts/Locale";
import { Needs, useMay } from "@/parts/Needs";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { Page, Panel } from "@/parts/Page";
import { whenWords } from "@/parts/When";
import { rich } from "@/texts/rich";
import { many, t } from "@/texts/texts";
import { Define } from "./Define";
import { MadeList } from "./Made";
import { Make } from "./Make";
import { formatName, periodWords } from "./words";

export const Reports = () => (
  <Needs permission="metrics:read">
    <All />
  </Needs>
);

function All() {
  const [made, known] = [useQuery(reports), useQuery(reportDefinitions)];
  const may = useMay();
  const [doing, setDoing] = useState<{ make?: string } | "define" | null>(null);
  const { find = "" }: Placed = useSearch({ strict: false });
  const navigate = useNavigate();
  const look = (find: string) =>
    void navigate({
      to: "/reports",
      search: (before: Placed) => ({ ...before, find: find || undefined }),
      replace: true,
      resetScroll: false,
    });
  const shown = sought(made.data ?? [], find);
  const own = known.data?.filter(({ built_in }) => !built_in) ?? [];
  const builtIn = known.data?.filter(({ built_in }) => built_in) ?? [];
  return (
    <Page
      title={t("Reports")}
      lead={t("What the pages tell, as documents. Each figure in one is that of its page, for the same days.")}
      actions={
        <>
          {may("reports:manage") && (
            <Button disabled={!known.data} onClick={() => setDoing("define")}>
              {t("Define one")}
            </Button>
          )}
          <Button look="main" disabled={!known.data} onClick={() => setDoing({})}>
            <Icon name="plus" />
            {t("Make a report")}
          </Button>
        </>
      }
    >
      <Panel title={t("Made")} about={t("Those whose rows you may see all of, the newest first.")}>
        {made.isPending && <Skeleton label={t("The reports are on their way")} />}
        {made.isError && <Failure error={made.error} again={() => void made.refetch()} />}
        {made.data?.length === 0 && (
          <EmptyState icon="page" title={t("None was made yet")}>
            {t("Make one below: it is there in a moment, and kept for as long as its definition says.")}
          </EmptyState>
        )}
        {made.data && (made.data.length > FEW || find !== "") && (
          <input
            type="search"
            value={find}
            onChange={(event) => look(event.target.value)}
            placeholder={t("Filter")}
            aria-label={t("Filter what was made")}
            className={`${fieldLook} mb-3 w-full sm:w-60`}
          />
        )}
        {made.data && made.data.length > 0 && shown.length === 0 && (
          <p className="text-sm text-soft">
            {t("Nothing that was made has that in its title, its format, its state or its recipients.")}
          </p>
        )}
        {shown.length > 0 && <MadeList of={shown} />}
      </Panel>
      {known.isPending && <Skeleton label={t("What there is to make is on its way")} />}
      {known.isError && <Failure error={known.error} again={() => void known.refetch()} />}
      {own.length > 0 && <Definitions title={t("Your own")} of={own} onMake={(make) => setDoing({ make })} />}
      {builtIn.length > 0 && <Definitions title={t("Built in")} of={builtIn} onMake={(make) => setDoing({ make })} />}
      {doing === "define" && <Define known={known.data ?? []} onClose={() => setDoing(null)} />}
      {doing && doing !== "define" && <Make known={known.data ?? []} name={doing.make} onClose={() => setDoing(null)} />}
    </Page>
  );
}

/** How many are looked through by eye. */
const FEW = 8;

/** Those that have all of the words somewhere in what is said of them. */
export function sought(all: readonly Report[], asked: string): Report[] {
  const words = asked.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter(({ title, name, format, state, recipients }) => {
    const said = [title, name, formatName(format), format, state, ...recipients].join(" ").toLowerCase();
    return words.every((word) => said.includes(word));
  });
}

/** `PDF and Excel`. */
const joined = (all: readonly string[]): string =>
  all.reduce((before, one) => (before ? t("{before} and {one}", { before, one }) : one), "");

/** When a report is made, and for how many. */
function madeWords({ after_data: afterData, recipients }: Plan, schedule: Schedule | undefined): string {
  const by = schedule && whenWords(schedule.when);
  const otherwise = afterData ? t("Whenever new data is there") : t("Made when somebody asks");
  const when = by === undefined ? otherwise : schedule?.paused ? t("On hold: {when}", { when: by }) : by;
  return recipients.length === 0
    ? when
    : many(recipients.length, { one: "{when}, for {count} recipient", other: "{when}, for {count} recipients" }, { when });
}

function Definitions({ title, of, onMake }: { title: string; of: readonly Listed[]; onMake: (name: string) => void }) {
  const format = useFormat();
  const may = useMay();
  const { data: timed } = useQuery({ ...schedules, enabled: may("jobs:read") });
  const whenOf = (name: string) => timed?.find(({ kind, subject }) => kind === "report" && subject === name);
  return (
    <section>
      <h2 className="mb-2 text-sm font-semibold text-soft">{title}</h2>
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,20rem),1fr))] gap-3">
        {of.map(({ name, definition, own }) => {
          const period = periodWords(definition.period, format);
          return (
            <li key={name} className="card flex flex-col gap-1 rounded-lg border border-line bg-surface p-4">
              <h3 className="font-semibold">
                <Link to="/reports/$name" params={{ name }} className="text-accent-text hover:underline">
                  {definition.title}
                </Link>
              </h3>
              <p className="text-sm text-pretty text-soft">{definition.description}</p>
              <p className="text-sm">
                {own
                  ? t("On {period}, as {formats}", { period, formats: joined(own.plan.formats.map(formatName)) })
                  : t("On {period}", { period })}
              </p>
              {own && <p className="text-sm text-soft">{madeWords(own.plan, whenOf(name))}</p>}
              <div className="mt-auto pt-2">
                <Button onClick={() => onMake(name)}>
                  {rich("Make it<b>, {title}</b>", {
                    b: (inner) => <span className="sr-only">{inner}</span>,
                    title: definition.title,
                  })}
                </Button>
              </div>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
