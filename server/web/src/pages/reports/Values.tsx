/** Values for the parameters of a saved query that a report shows. */

import { useId, useState } from "react";
import type { GivenValues } from "@/api/reports";
import type { Saved } from "@/api/saved";
import type { GivenValue, ParameterValue } from "@/api/sql";
import { Parameters } from "@/explore/Parameters";
import { parametersOf, typedOf, values, wrongWith, untyped, withType, type TypedBy } from "@/explore/parameters";
import { useFormat } from "@/parts/Locale";

interface Props {
  of: Saved;
  value: GivenValues | undefined;
  /** With the name of the one that was typed. */
  onChange: (value: GivenValues, name: string) => void;
}

/** The values of its parameters; until something is typed, its defaults are taken. */
export function Values({ of, value, onChange }: Props) {
  const { timeZone } = useFormat();
  const place = useId();
  const names = of.parameters.length > 0 ? of.parameters.map(({ name }) => name) : parametersOf(of.sql);
  const [typed, type] = useState<TypedBy>(() => {
    const given = Object.entries<GivenValue>(value ?? {}).map(([place, one]) => {
      // Those without names stand in their order.
      const name = Array.isArray(value) ? (names[Number(place)] ?? place) : place;
      const { type, value: told } = withType(one, of.parameters.find((parameter) => parameter.name === name)?.type);
      return { name, type, default: told };
    });
    return { ...typedOf(of.parameters, timeZone), ...typedOf(given, timeZone) };
  });
  return (
    <Parameters
      names={names}
      typed={typed}
      strict
      place={place}
      onType={(name, one) => {
        const next = { ...typed, [name]: one };
        type(next);
        onChange(given(names, next, timeZone), name);
      }}
    />
  );
}

/** The values as a request takes them; one that is none yet stays as it was typed, which keeps the section from being whole. */
function given(names: readonly string[], typed: TypedBy, timeZone: string): GivenValues {
  const typedFor = (name: string) => typed[name] ?? untyped;
  const wrong = names.filter((name) => wrongWith(typedFor(name)) !== null);
  const good = Object.fromEntries(names.map((name) => [name, wrong.includes(name) ? untyped : typedFor(name)]));
  const all = values(names, good, timeZone) ?? {};
  const raw = (name: string): ParameterValue => ({ type: typedFor(name).type, value: typedFor(name).text });
  if (Array.isArray(all)) return all.map((one, at) => (wrong.includes(names[at] ?? "") ? raw(names[at] ?? "") : one));
  return Object.fromEntries(Object.entries(all).map(([name, one]) => [name, wrong.includes(name) ? raw(name) : one]));
}
