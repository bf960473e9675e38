/** What the tenant is called, where its days begin, and when its people work (docs/flow.md). */

import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { house, type House } from "@/api/house";
import { Button, fieldLook } from "@/parts/Button";
import { Chip } from "@/parts/Chip";
import { Check, Fields, Form, TextField } from "@/parts/Form";
import { formatter } from "@/design/format";
import { useFormat } from "@/parts/Locale";
import { Failure, Skeleton } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { useUnsaved } from "@/parts/Unsaved";
import { t } from "@/texts/texts";
import { AdminPage } from "./Admin";
import { useHouseChange } from "./useHouse";

export function Calendar() {
  const { data, error, isPending, isError, refetch } = useQuery(house);
  return (
    <AdminPage
      path="/admin/tenant"
      lead={t("A change holds for the past, too: figures are computed anew with it, and no vendor is asked.")}
    >
      {isPending && <Skeleton label={t("The tenant is on its way")} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {data && (
        <div className="grid items-start gap-5 lg:grid-cols-2">
          <Named house={data} />
          <Working house={data} />
        </div>
      )}
    </AdminPage>
  );
}

const ZONES = Intl.supportedValuesOf("timeZone");
const NOW = Date.now() * 1_000;

function Named({ house }: { house: House }) {
  // Until something is typed here it is what the tenant has, whoever changes that.
  const [draft, setDraft] = useState<Partial<Pick<House, "name" | "time_zone" | "locale">>>({});
  const { name, time_zone: zone, locale } = { ...house, ...draft };
  const same = name === house.name && zone === house.time_zone && locale === house.locale;
  const { question } = useUnsaved(!same);
  const save = useHouseChange(t("The tenant is changed"));
  const zones = useId();
  return (
    <Panel title={t("Name and language")}>
      <Form
        onSubmit={() => save.mutate({ name, time_zone: zone, locale }, { onSuccess: () => setDraft({}) })}
        busy={save.isPending}
        error={save.error}
        submit={t("Keep")}
        idle={same}
      >
        {question}
        <TextField
          label={t("Name")}
          required
          value={name}
          onChange={(name) => setDraft({ ...draft, name })}
          hint={t("Its key in the lake, {id}, stays.", { id: house.id })}
        />
        <TextField
          label={t("Time zone")}
          required
          list={zones}
          value={zone}
          onChange={(time_zone) => setDraft({ ...draft, time_zone })}
          autoComplete="off"
          spellCheck={false}
          hint={t("Where its days, weeks and months begin, by the name in the tz database.")}
        />
        <datalist id={zones}>
          {ZONES.map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
        <TextField
          label={t("Language of numbers and dates")}
          required
          value={locale}
          onChange={(locale) => setDraft({ ...draft, locale })}
          placeholder={t("en-GB")}
          spellCheck={false}
          autoCapitalize="none"
          hint={sample(locale, zone)}
        />
      </Form>
    </Panel>
  );
}

/** How it will look, or why it will not. */
function sample(locale: string, zone: string): string {
  try {
    const format = formatter(locale, zone);
    return t("Now is {now}; a number looks like {number}.", {
      now: format.moment(NOW),
      number: new Intl.NumberFormat(locale).format(1234567.5),
    });
  } catch {
    return t("That is no language or no time zone yet.");
  }
}

const weekdays = () =>
  [
    ["mon", t("Monday")],
    ["tue", t("Tuesday")],
    ["wed", t("Wednesday")],
    ["thu", t("Thursday")],
    ["fri", t("Friday")],
    ["sat", t("Saturday")],
    ["sun", t("Sunday")],
  ] as const;

/** Minutes after midnight as a clock says them, and back. Midnight at the end of a day is 24:00, which clocks write 00:00. */
const clock = (minutes: number) =>
  `${String(Math.floor(minutes / 60) % 24).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
const minutes = (clock: string) => {
  const [hours = 0, rest = 0] = clock.split(":").map(Number);
  return hours * 60 + rest;
};

function Working({ house }: { house: House }) {
  const { hours } = house.rules;
  const week = weekdays();
  const format = useFormat();
  const now = { days: house.working_days, begins: clock(hours.begins), ends: clock(hours.ends), holidays: hours.holidays };
  const [draft, setDraft] = useState<Partial<typeof now>>({});
  const { days, begins, ends, holidays } = { ...now, ...draft };
  const set = (part: typeof draft) => setDraft({ ...draft, ...part });
  const [next, setNext] = useState("");
  const save = useHouseChange(t("The calendar is changed; figures are made anew"));
  const until = minutes(ends) || 24 * 60;
  const wrong = until <= minutes(begins) ? t("It ends before it begins.") : null;
  const same =
    days.join() === house.working_days.join() &&
    minutes(begins) === hours.begins &&
    until === hours.ends &&
    holidays.join() === hours.holidays.join();
  const { question } = useUnsaved(!same || next !== "");
  const add = () => {
    if (/^\d{4}-\d{2}-\d{2}$/.test(next)) set({ holidays: [...new Set([...holidays, next])].sort() });
    setNext("");
  };
  return (
    <Panel
      title={t("When people work")}
      about={t("Waiting and reviewing are counted in these hours; lead and cycle time in calendar time.")}
    >
      <Form
        onSubmit={() =>
          save.mutate(
            { working_days: days, rules: { hours: { begins: minutes(begins), ends: until, holidays } } },
            { onSuccess: () => setDraft({}) },
          )
        }
        busy={save.isPending}
        error={save.error}
        submit={t("Keep")}
        idle={days.length === 0 || wrong !== null || same}
      >
        {question}
        <Fields legend={t("Working days")}>
          <div className="flex flex-wrap gap-x-4 gap-y-1">
            {week.map(([day, words]) => (
              <Check
                key={day}
                label={words}
                checked={days.includes(day)}
                onChange={(on) =>
                  set({ days: week.map(([one]) => one).filter((one) => (one === day ? on : days.includes(one))) })
                }
              />
            ))}
          </div>
        </Fields>
        <div className="grid grid-cols-2 gap-4">
          <TextField label={t("A day begins")} type="time" required value={begins} onChange={(begins) => set({ begins })} />
          <TextField label={t("It ends")} type="time" required value={ends} onChange={(ends) => set({ ends })} wrong={wrong} />
        </div>
        <Fields legend={t("Holidays")} hint={t("Days on which nobody works.")}>
          {holidays.length > 0 && (
            <ul className="flex flex-wrap gap-1.5">
              {holidays.map((day) => (
                <Chip
                  key={day}
                  label={format.day(day)}
                  remove={t("{day} is no holiday", { day: format.day(day) })}
                  onRemove={() => set({ holidays: holidays.filter((one) => one !== day) })}
                />
              ))}
            </ul>
          )}
          <div className="flex gap-2">
            <input
              type="date"
              aria-label={t("Another holiday")}
              value={next}
              onChange={(event) => setNext(event.target.value)}
              className={fieldLook}
            />
            <Button onClick={add} disabled={next === ""}>
              {t("Add")}
            </Button>
          </div>
        </Fields>
      </Form>
    </Panel>
  );
}
