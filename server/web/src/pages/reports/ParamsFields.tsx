/** The values with which a report's saved queries run, where it is asked for. */

import { useQuery } from "@tanstack/react-query";
import type { Content, GivenValues } from "@/api/reports";
import { savedQueries } from "@/api/saved";
import { parametersOf } from "@/explore/parameters";
import { Fields } from "@/parts/Form";
import { Failure } from "@/parts/Notice";
import { t } from "@/texts/texts";
import { queriesOf } from "./sections";
import { Values } from "./Values";

interface Props {
  of: Content;
  /** What is otherwise than in the report, by the keys of the queries. */
  value: Record<string, GivenValues>;
  onChange: (value: Record<string, GivenValues>) => void;
}

export function ParamsFields({ of, value, onChange }: Props) {
  const { data, error, isError } = useQuery(savedQueries);
  if (isError) return <Failure error={error} />;
  const own = queriesOf(of);
  // One that whoever asks does not see, or that takes nothing, has no fields.
  const shown = (data ?? []).filter(({ id, parameters, sql }) => own.has(id) && parameters.length + parametersOf(sql).length > 0);
  return shown.map((one) => (
    <Fields
      key={one.id}
      legend={t("Values for {title}", { title: one.title })}
      hint={t("Those that are not changed here stay as the report has them.")}
    >
      <Values
        of={one}
        value={own.get(one.id)}
        onChange={(all, name) => onChange({ ...value, [one.id]: changedOf(all, name, value[one.id]) })}
      />
    </Fields>
  ));
}

/** Those that were changed so far, and that one; those without names go together. */
const changedOf = (all: GivenValues, name: string, before: GivenValues = {}): GivenValues =>
  Array.isArray(all) ? all : Object.fromEntries(Object.entries(all).filter(([one]) => one === name || one in before));
