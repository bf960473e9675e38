/** What there is to ask of: schemas, their tables and views, and their columns, each with what it means. */

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { catalog, catalogTable, type CatalogTable } from "@/api/sql";
import { Button, fieldLook } from "@/parts/Button";
import { useFormat } from "@/parts/Locale";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { Worded } from "@/parts/Worded";
import { t } from "@/texts/texts";
import { found, type FoundSchema } from "./search";
import { quoted } from "./statement";
import { shortType } from "./types";

interface Props {
  /** Puts a name into the statement. */
  onInsert: (name: string) => void;
  onSample: (schema: string, table: string) => void;
}

export function SchemaBrowser({ onInsert, onSample }: Props) {
  const { data, error, isPending, isError, refetch } = useQuery(catalog);
  const [find, setFind] = useState("");
  const schemas = found(data, find);
  return (
    <section aria-label={t("Tables")} className="flex h-full min-h-0 flex-col">
      <div className="p-2">
        <input
          type="search"
          value={find}
          onChange={(event) => setFind(event.target.value)}
          placeholder={t("Find a table or column")}
          aria-label={t("Find a table or column")}
          className={`${fieldLook} w-full`}
        />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-2 pb-3">
        {isPending && <Skeleton label={t("The tables are on their way")} rows={6} />}
        {isError && <Failure error={error} again={() => void refetch()} />}
        {data && schemas.length === 0 && <EmptyState title={t("Nothing has that name")} />}
        {schemas.map((schema) => (
          <Schema key={schema.name} schema={schema} open={find.trim() !== ""} onInsert={onInsert} onSample={onSample} />
        ))}
      </div>
    </section>
  );
}

const summary = "flex min-h-7 items-baseline gap-2 rounded-sm px-1.5 hover:bg-hover";

function Schema({ schema, open, ...does }: Props & { schema: FoundSchema; open: boolean }) {
  return (
    <details open={open || schema.name === "facts"} key={String(open)} className="text-sm">
      <summary className={summary} title={schema.about}>
        <span className="font-semibold">{schema.name}</span>
        <span className="ml-auto text-xs text-soft">{schema.tables.length}</span>
      </summary>
      <p className="px-1.5 pb-1 text-xs text-soft">
        <Worded>{schema.about}</Worded>
      </p>
      <ul className="ml-1.5 border-l border-line pl-1.5">
        {schema.tables.map((table) => (
          <li key={table.name}>
            <Table schema={schema.name} table={table} open={table.byColumn} {...does} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function Table({ schema, table, open, onInsert, onSample }: Props & { schema: string; table: CatalogTable; open: boolean }) {
  const format = useFormat();
  const [shown, show] = useState(open);
  const path = `${quoted(schema)}.${quoted(table.name)}`;
  // They are there to help: without them nothing is amiss.
  const known = useQuery({ ...catalogTable(schema, table.name), enabled: shown }).data?.columns;
  const samples = new Map(known?.map((column) => [column.name, column.samples ?? []]));
  return (
    <details open={open} onToggle={(event) => show(event.currentTarget.open)}>
      <summary className={summary} title={table.about}>
        <span className="min-w-0 truncate">{table.name}</span>
        <span className="figures ml-auto shrink-0 text-xs text-soft">
          {table.rows === null ? table.kind : format.count(table.rows)}
        </span>
      </summary>
      {shown && (
        <div className="px-1.5 pb-2">
          <p className="text-xs text-soft">
            <Worded>{table.about}</Worded>
          </p>
          <p className="my-1.5 flex gap-1.5">
            <Button onClick={() => onSample(schema, table.name)}>{t("Sample")}</Button>
            <Button look="quiet" onClick={() => onInsert(path)} aria-label={t("Insert {path}", { path })}>
              {t("Insert name")}
            </Button>
          </p>
          <ul>
            {table.columns.map((column) => (
              <li key={column.name}>
                <button
                  onClick={() => onInsert(quoted(column.name))}
                  title={column.nullable ? column.about : t("{about}; never NULL", { about: column.about })}
                  className="flex min-h-6 w-full items-baseline gap-2 rounded-sm px-1 text-left hover:bg-hover"
                >
                  <span className="min-w-0 truncate">{column.name}</span>
                  <span className="ml-auto shrink-0 text-xs text-soft">{shortType(column.type)}</span>
                </button>
                <p className="px-1 pb-1 text-xs text-soft">
                  <Worded>{column.about}</Worded>
                  <Samples values={samples.get(column.name) ?? []} />
                </p>
              </li>
            ))}
          </ul>
        </div>
      )}
    </details>
  );
}

function Samples({ values }: { values: string[] }) {
  if (values.length === 0) return null;
  return (
    <span className="block truncate text-ink" title={values.join("\n")}>
      {t("such as {values}", { values: values.join(", ") })}
    </span>
  );
}
