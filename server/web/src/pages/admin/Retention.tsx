/** For how long what grows with time alone is kept (docs/operations.md): the days that the schedule of a vacuum is given. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { schedules, type Schedule } from "@/api/work";
import { Fields, Form, TextField } from "@/parts/Form";
import { Time, useFormat } from "@/parts/Locale";
import { Mark } from "@/parts/Mark";
import { useMay } from "@/parts/Needs";
import { Failure, Skeleton } from "@/parts/Notice";
import { Facts, Panel } from "@/parts/Page";
import { tell } from "@/parts/Told";
import { putSchedule, whenWords } from "@/parts/When";
import { useUnsaved } from "@/parts/Unsaved";
import { rich } from "@/texts/rich";
import { many, t } from "@/texts/texts";
import { AdminPage } from "./Admin";

/** What may go, by table, and after how many days at the earliest. */
const FROZEN = [
  ["facts.forecasts", 180],
  ["facts.risks", 180],
  ["core.builds", 740],
  ["core.work_items", 740],
  ["audit.events", 365],
] as const;
const SENT = [
  ["raw.github", 30],
  ["raw.jira", 30],
  ["raw.git", 30],
  ["raw.push", 30],
] as const;
const TABLES = [...FROZEN, ...SENT];
type Table = (typeof TABLES)[number][0];
type Typed = Record<Table, string>;

/** What is in a table, and what to know of that. */
const TITLES: Record<Table, () => readonly [title: string, about?: string]> = {
  "facts.forecasts": () => [
    t("Forecasts"),
    t("As they were made, day by day. Their track record is told of those that are left."),
  ],
  "facts.risks": () => [t("Risks"), t("As they were found, day by day.")],
  "core.builds": () => [t("Builds"), t("With their jobs and the payloads that only they were made of.")],
  "core.work_items": () => [
    t("Work items"),
    t(
      "Once they were done for as long, with their history and payloads, unless something holds on to them that is younger or open.",
    ),
  ],
  "audit.events": () => [t("Audit trail"), t("It loses its beginning alone, and says up to where.")],
  "raw.github": () => ["GitHub"],
  "raw.jira": () => ["Jira"],
  "raw.git": () => ["git"],
  "raw.push": () => [t("Pushed by programs")],
};

/** What a vacuum is given; of the rest this page says nothing, and leaves it as it is. */
interface Given {
  keep?: Record<string, number>;
}

const given = (vacuum: Schedule | undefined) => (vacuum?.input ?? {}) as Given;

/** What is typed, as a vacuum is given it; nothing typed is for ever. What was said before of other tables stays. */
function keepOf(typed: Typed, before: Required<Given>["keep"]): Required<Given>["keep"] {
  const here = TABLES.map(([table]) => table as string);
  return {
    ...Object.fromEntries(Object.entries(before).filter(([table]) => !here.includes(table))),
    ...Object.fromEntries(TABLES.flatMap(([table]) => (typed[table] === "" ? [] : [[table, Number(typed[table])]]))),
  };
}

function wrongOf(days: string, least: number): string | null {
  if (days === "") return null;
  return /^\d+$/.test(days) && Number(days) >= least ? null : t("Whole days, {least} at least.", { least });
}

export function Retention() {
  const { data, error, isPending, isError, refetch } = useQuery(schedules);
  return (
    <AdminPage
      path="/admin/retention"
      lead={t(
        "What your tools sent, and what is made of it, stays as long as the tenant: figures rest on it. What grows with time alone may go once it is old.",
      )}
    >
      {isPending && <Skeleton label={t("For how long things are kept is on its way")} rows={6} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {data && <Kept vacuum={data.find(({ kind }) => kind === "vacuum")} />}
      <Panel title={t("What goes by itself")}>
        <Facts
          of={[
            [t("Alerts that are over"), t("after 400 days")],
            [
              t("Jobs, deliveries and notifications that are over"),
              t("after 90 days, but for jobs that died and were not done since, and the last reading of each connection"),
            ],
            [t("Reports that were made"), t("as each definition says")],
          ]}
        />
      </Panel>
    </AdminPage>
  );
}

function Kept({ vacuum }: { vacuum: Schedule | undefined }) {
  const client = useQueryClient();
  const { timeZone } = useFormat();
  const manages = useMay()("jobs:manage");
  const before = given(vacuum).keep ?? {};
  // Until something is typed here it is what the schedule has, whoever changes that.
  const [draft, setDraft] = useState<Partial<Typed>>({});
  const typed = Object.fromEntries(TABLES.map(([table]) => [table, draft[table] ?? before[table]?.toString() ?? ""])) as Typed;
  const keep = keepOf(typed, before);
  const anew = () => client.invalidateQueries({ queryKey: schedules.queryKey });
  const save = useMutation({
    mutationFn: () => {
      const input = { ...given(vacuum) };
      delete input.keep;
      if (Object.keys(keep).length > 0) input.keep = keep;
      return putSchedule(
        "vacuum",
        "",
        {
          when: vacuum?.when ?? { cron: { pattern: "30 4 * * *", time_zone: timeZone } },
          input: Object.keys(input).length > 0 ? input : null,
          paused: vacuum?.paused ?? false,
        },
        vacuum?.version,
      );
    },
    onSuccess: async () => {
      tell(t("What is kept is changed; rows go with the next vacuum"));
      await anew();
      setDraft({});
    },
    // Who was overtaken sees what there is now; what was typed stays, and is kept with the next try.
    onError: anew,
  });
  const wrong = TABLES.some(([table, least]) => wrongOf(typed[table], least) !== null);
  const same = TABLES.every(([table]) => keep[table] === before[table]);
  const { question } = useUnsaved(!same);
  const field = ([table, least]: (typeof TABLES)[number]) => {
    const [title, about] = TITLES[table]();
    const atLeast = many(least, { one: "{count} day at least.", other: "{count} days at least." });
    return (
      <TextField
        key={table}
        label={t("{title} (days)", { title })}
        inputMode="numeric"
        placeholder={t("for ever")}
        disabled={!manages}
        value={typed[table]}
        onChange={(days) => setDraft((all) => ({ ...all, [table]: days.trim() }))}
        wrong={wrongOf(typed[table], least)}
        hint={about ? `${about} ${atLeast}` : atLeast}
      />
    );
  };
  const when = {
    when: vacuum && whenWords(vacuum.when),
    a: (inner: ReactNode) => (
      <Link to="/admin/work" className="text-accent-text underline">
        {inner}
      </Link>
    ),
  };
  return (
    <Panel
      title={t("What may go")}
      about={
        !vacuum
          ? t("Nothing goes yet. Once days are kept here, each morning looks for what is older.")
          : vacuum.paused
            ? rich("Looked through {when}: <hold>on hold</hold>. When is changed under <a>Schedules</a>.", {
                ...when,
                hold: (inner) => <Mark tone="warn">{inner}</Mark>,
              })
            : rich("Looked through {when}, next {time}. When is changed under <a>Schedules</a>.", {
                ...when,
                time: <Time at={vacuum.next_at} />,
              })
      }
    >
      <Form
        onSubmit={() => save.mutate()}
        busy={save.isPending}
        error={save.error}
        submit={t("Keep")}
        idle={!manages || wrong || same}
      >
        {question}
        <div className="grid items-start gap-4 sm:grid-cols-2 lg:grid-cols-4">{FROZEN.map(field)}</div>
        <Fields
          legend={t("What sources sent")}
          hint={t("Of what newer payloads took the place of, and on which no row rests. What counts now stays.")}
        >
          <div className="grid items-start gap-4 sm:grid-cols-2 lg:grid-cols-4">{SENT.map(field)}</div>
        </Fields>
      </Form>
    </Panel>
  );
}
