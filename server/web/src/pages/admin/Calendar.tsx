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
import { AdminPage } from "./Admin";
import { useHouseChange } from "./useHouse";

export function Calendar() {
  const { data, error, isPending, isError, refetch } = useQuery(house);
  return (
    <AdminPage
      path="/admin/tenant"
      lead="A change holds for the past, too: figures are computed anew with it, and no vendor is asked."
    >
      {isPending && <Skeleton label="The tenant is on its way" />}
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
  const [name, setName] = useState(house.name);
  const [zone, setZone] = useState(house.time_zone);
  const [locale, setLocale] = useState(house.locale);
  const save = useHouseChange("The tenant is changed");
  const zones = useId();
  return (
    <Panel title="Name and language">
      <Form
        onSubmit={() => save.mutate({ name, time_zone: zone, locale })}
        busy={save.isPending}
        error={save.error}
        submit="Keep"
        idle={name === house.name && zone === house.time_zone && locale === house.locale}
      >
        <TextField label="Name" required value={name} onChange={setName} hint={`Its key in the lake, ${house.id}, stays.`} />
        <TextField
          label="Time zone"
          required
          list={zones}
          value={zone}
          onChange={setZone}
          autoComplete="off"
          spellCheck={false}
          hint="Where its days, weeks and months begin, by the name in the tz database."
        />
        <datalist id={zones}>
          {ZONES.map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
        <TextField
          label="Language of numbers and dates"
          required
          value={locale}
          onChange={setLocale}
          placeholder="en-GB"
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
    return `Now is ${format.moment(NOW)}; a number looks like ${new Intl.NumberFormat(locale).format(1234567.5)}.`;
  } catch {
    return "That is no language or no time zone yet.";
  }
}

const DAYS = [
  ["mon", "Monday"],
  ["tue", "Tuesday"],
  ["wed", "Wednesday"],
  ["thu", "Thursday"],
  ["fri", "Friday"],
  ["sat", "Saturday"],
  ["sun", "Sunday"],
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
  const format = useFormat();
  const [days, setDays] = useState(house.working_days);
  const [begins, setBegins] = useState(clock(hours.begins));
  const [ends, setEnds] = useState(clock(hours.ends));
  const [holidays, setHolidays] = useState(hours.holidays);
  const [next, setNext] = useState("");
  const save = useHouseChange("The calendar is changed; figures are made anew");
  const until = minutes(ends) || 24 * 60;
  const wrong = until <= minutes(begins) ? "It ends before it begins." : null;
  const add = () => {
    if (/^\d{4}-\d{2}-\d{2}$/.test(next)) setHolidays([...new Set([...holidays, next])].sort());
    setNext("");
  };
  return (
    <Panel
      title="When people work"
      about="Waiting and reviewing are counted in these hours; lead and cycle time in calendar time."
    >
      <Form
        onSubmit={() => save.mutate({ working_days: days, rules: { hours: { begins: minutes(begins), ends: until, holidays } } })}
        busy={save.isPending}
        error={save.error}
        submit="Keep"
        idle={days.length === 0 || wrong !== null}
      >
        <Fields legend="Working days">
          <div className="flex flex-wrap gap-x-4 gap-y-1">
            {DAYS.map(([day, words]) => (
              <Check
                key={day}
                label={words}
                checked={days.includes(day)}
                onChange={(on) => setDays(DAYS.map(([one]) => one).filter((one) => (one === day ? on : days.includes(one))))}
              />
            ))}
          </div>
        </Fields>
        <div className="grid grid-cols-2 gap-4">
          <TextField label="A day begins" type="time" required value={begins} onChange={setBegins} />
          <TextField label="It ends" type="time" required value={ends} onChange={setEnds} wrong={wrong} />
        </div>
        <Fields legend="Holidays" hint="Days on which nobody works.">
          {holidays.length > 0 && (
            <ul className="flex flex-wrap gap-1.5">
              {holidays.map((day) => (
                <Chip
                  key={day}
                  label={format.day(day)}
                  remove={`${format.day(day)} is no holiday`}
                  onRemove={() => setHolidays(holidays.filter((one) => one !== day))}
                />
              ))}
            </ul>
          )}
          <div className="flex gap-2">
            <input
              type="date"
              aria-label="Another holiday"
              value={next}
              onChange={(event) => setNext(event.target.value)}
              className={fieldLook}
            />
            <Button onClick={add} disabled={next === ""}>
              Add
            </Button>
          </div>
        </Fields>
      </Form>
    </Panel>
  );
}
