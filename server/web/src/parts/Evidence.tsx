/** The rows behind a number, and what made it: beside the page, at an address of their own. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { definitions, evidence, me } from "@/api/queries";
import { dayFrom, DIMENSIONS, dimensionWords, EVIDENCE } from "@/api/scope";
import type { Definition, Dimension, EvidenceRow, Scalar } from "@/api/types";
import { rich } from "@/texts/rich";
import { many, t } from "@/texts/texts";
import { Button, buttonLook } from "./Button";
import { DataTable } from "./DataTable";
import { External, isWeb } from "./External";
import type { Grid, GridCell } from "./grid";
import { Icon } from "./Icon";
import { Worded } from "./Worded";
import { Time, useFormat } from "./Locale";
import { Modal } from "./Modal";
import { useNames } from "./names";
import { EmptyState, Failure, Skeleton } from "./Notice";
import { columnTitle, reasonWords, valueWords } from "./things";

const KINDS = ["counted", "open", "excluded"] as const;
type Kind = (typeof KINDS)[number];
const kindWords = (kind: Kind): string => ({ counted: t("Counted"), open: t("Not finished"), excluded: t("Left out") })[kind];

/** What became of an observation. */
export const kindOf = ({ excluded, open }: EvidenceRow): Kind => (excluded !== null ? "excluded" : open ? "open" : "counted");

export function Evidence({ href, onClose }: { href: string; onClose: () => void }) {
  const metric = EVIDENCE.exec(href)?.[1] ?? "";
  const known = useQuery(definitions);
  const rows = useQuery(evidence(href));
  const definition = known.data?.find(({ name }) => name === metric);
  return (
    <Modal shape="drawer" title={definition?.title ?? t("Rows")} onClose={onClose}>
      <div className="flex flex-col gap-5 p-5">
        {definition && <About definition={definition} />}
        <Span href={href} />
        {rows.isPending && <Skeleton label={t("The rows are on their way")} rows={6} />}
        {rows.isError && <Failure error={rows.error} again={() => void rows.refetch()} />}
        {rows.data && <Rows rows={rows.data} href={href} metric={metric} unit={definition?.unit ?? null} />}
        {definition && <Made definition={definition} />}
      </div>
    </Modal>
  );
}

function About({ definition: { description, formula } }: { definition: Definition }) {
  return (
    <div className="max-w-prose">
      <p>
        <Worded>{description}</Worded>
      </p>
      <p className="mt-2 text-sm">
        {rich("<name>Formula: </name>{formula}", {
          name: (inner) => <span className="text-soft">{inner}</span>,
          formula: <Worded>{formula}</Worded>,
        })}
      </p>
    </div>
  );
}

/** Of what the rows are: the part of the address that limits them. */
function Span({ href }: { href: string }) {
  const format = useFormat();
  const nameOf = useNames();
  const asked = new URLSearchParams(href.split("?")[1]);
  const [from, until] = [asked.get("from"), asked.get("until")];
  const rest = [...asked].filter(([name]) => !["from", "until", "grain", "compare"].includes(name));
  return (
    <p className="text-sm text-soft">
      {from && until
        ? t("From {from} to {until}", { from: format.day(from), until: format.day(dayFrom(until, -1)) })
        : t("The usual span")}
      {rest.map(([name, value]) => {
        const known = nameOf(value);
        // Of what has no name that is known the end of its id says most.
        const shown = known === value ? value.split(":").at(-1) : known;
        return (
          <span key={name + value}>{t(", {dimension} {name}", { dimension: dimensionWords(name), name: shown ?? value })}</span>
        );
      })}
    </p>
  );
}

function Made({ definition: { name, schema, version, source, unit, minimum_n, sql } }: { definition: Definition }) {
  const asks = useQuery(me).data?.permissions.includes("sql:run") ?? false;
  return (
    <section aria-label={t("Definition")} className="border-t border-line pt-4 text-sm">
      <dl className="grid grid-cols-[max-content_1fr] gap-x-6 gap-y-1">
        <dt className="text-soft">{t("Name")}</dt>
        <dd>{rich("{name}, version {version}", { name: <code>{`${schema}.${name}`}</code>, version })}</dd>
        <dt className="text-soft">{t("Unit")}</dt>
        <dd>{unit}</dd>
        <dt className="text-soft">{t("Compared from")}</dt>
        <dd>{many(minimum_n, { one: "{count} observation", other: "{count} observations" })}</dd>
        <dt className="text-soft">{t("Source")}</dt>
        <dd>{isWeb(source) ? <External href={source}>{source.replace(/^https?:\/\//, "")}</External> : source}</dd>
      </dl>
      <details className="mt-3">
        <summary className="min-h-6 font-medium text-accent-text hover:underline">{t("SQL")}</summary>
        {/* Long lines are scrolled, by keys, too. */}
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <pre tabIndex={0} className="mt-2 overflow-x-auto rounded-md bg-sunken p-3 font-mono text-xs leading-relaxed">
          {sql}
        </pre>
        {asks && (
          <Link to="/explore" search={{ sql }} className={`${buttonLook()} mt-2`}>
            <Icon name="explore" />
            {t("Open in Explore")}
          </Link>
        )}
      </details>
    </section>
  );
}

function Rows({ rows, href, metric, unit }: { rows: EvidenceRow[]; href: string; metric: string; unit: string | null }) {
  const format = useFormat();
  const counts = Object.fromEntries(KINDS.map((kind) => [kind, rows.filter((row) => kindOf(row) === kind).length])) as Record<
    Kind,
    number
  >;
  const [kind, setKind] = useState<Kind>(KINDS.find((kind) => counts[kind] > 0) ?? "counted");
  const nameOf = useNames();
  const shown = rows.filter((row) => kindOf(row) === kind);
  if (rows.length === 0) return <EmptyState title={t("No rows")}>{t("Nothing was observed in this span.")}</EmptyState>;
  return (
    <section aria-label={t("Rows")} className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <div role="group" aria-label={t("Which rows")} className="inline-flex flex-wrap gap-1">
          {KINDS.map((one) => (
            <Button
              key={one}
              look={one === kind ? "main" : "plain"}
              aria-pressed={one === kind}
              onClick={() => setKind(one)}
              disabled={counts[one] === 0}
            >
              {kindWords(one)} {format.count(counts[one])}
            </Button>
          ))}
        </div>
        <a href={`${href}${href.includes("?") ? "&" : "?"}format=csv`} className={`${buttonLook("quiet")} ml-auto`}>
          <Icon name="download" />
          {t("All rows")}
        </a>
      </div>
      {kind !== "open" && <Reasons key={`reasons ${kind}`} rows={shown} by={kind === "excluded" ? "excluded" : "lacks"} />}
      <DataTable key={kind} grid={rowGrid(metric, shown, kind, unit, nameOf, placeOf(rows))} first={100} />
    </section>
  );
}

/** More reasons than these are told once somebody asks for them: what an incident lacks is told in a sentence of its own. */
const MOST_REASONS = 8;

/** Why rows are left out, or what those lack that count and are not linked, mapped or attributed: the most frequent first. */
function Reasons({ rows, by }: { rows: readonly EvidenceRow[]; by: "excluded" | "lacks" }) {
  const format = useFormat();
  const counts = new Map<string, number>();
  for (const { [by]: reason } of rows) if (typeof reason === "string") counts.set(reason, (counts.get(reason) ?? 0) + 1);
  if (counts.size === 0) return null;
  const all = [...counts].sort(([, one], [, other]) => other - one);
  // One more than these would take no more room than the line that hides it.
  const most = all.length > MOST_REASONS + 1 ? MOST_REASONS : all.length;
  const list = (some: typeof all) => (
    <ul className="flex flex-wrap gap-x-4">
      {some.map(([reason, n]) => (
        <li key={reason}>
          <span className="text-soft">{reasonWords(reason)}:</span> {format.count(n)}
        </li>
      ))}
    </ul>
  );
  return (
    <div className="text-sm">
      {list(all.slice(0, most))}
      {all.length > most && (
        <details>
          <summary className="min-h-6 text-accent-text hover:underline">
            {t("and {count} more", { count: format.count(all.length - most) })}
          </summary>
          {list(all.slice(most))}
        </details>
      )}
    </div>
  );
}

/** `github:hub:10000021/pull_requests/479` is `pull request 479`; what else it is, is told beside it. Where the tool opens it by a key, such
 * as `PAY-1` of Jira, people know it by that. */
export function subject(id: string, url: Scalar = null): string {
  const [kind, ...rest] = id.split(":").slice(2).join(":").split("/").slice(-2);
  if (!kind || rest.length === 0) return id;
  const key = isWeb(url) ? /\/browse\/([A-Z][A-Z0-9_]*-\d+)$/.exec(url)?.[1] : undefined;
  const native = key ?? rest.join("/");
  return `${kind.replaceAll("_", " ").replace(/s$/, "")} ${/^[0-9a-f]{40}$/.test(native) ? native.slice(0, 10) : native}`;
}

/** What rows are told apart by first: the repository where they are of several, else the project, else a team. The same for all kinds of them. */
export const placeOf = (rows: readonly EvidenceRow[]): Dimension | undefined =>
  (["repository", "project", "team", "owning_team"] as const).find(
    (dimension) => new Set(rows.map((row) => row[`${dimension}_id`] ?? null)).size > 1,
  );

function rowGrid(
  metric: string,
  rows: EvidenceRow[],
  kind: Kind,
  unit: string | null,
  nameOf: (id: string) => string,
  place: Dimension | undefined,
): Grid {
  const has = (name: string) => rows.some((row) => row[name] !== undefined && row[name] !== null);
  // What is wider than the drawer is scrolled: where a row is from stands beside what it is, and is in sight on a phone.
  const first = DIMENSIONS.filter((dimension) => dimension === place);
  const dimensions = DIMENSIONS.filter((dimension) => dimension !== place && has(`${dimension}_id`));
  // The rest of what the metric's rows tell, with the names that they have in SQL behind their titles.
  const told = new Set([
    "at",
    "subject_id",
    "url",
    "open",
    "excluded",
    "counted",
    ...DIMENSIONS.map((dimension) => `${dimension}_id`),
  ]);
  const rest = Object.keys(rows[0] ?? {}).filter((name) => !told.has(name) && has(name));
  const line = (text: string, node: ReactNode): GridCell => ({
    value: text,
    show: <span className="whitespace-nowrap">{node}</span>,
  });
  const what = ({ subject_id: id, url }: EvidenceRow): GridCell => {
    const words = subject(id, url);
    return { ...line(id, <span title={id}>{isWeb(url) ? <External href={url}>{words}</External> : words}</span>), words };
  };
  const titled = (name: Dimension) => ({ name, title: dimensionWords(name), unit: null, raw: `${name}_id` });
  const called = (row: EvidenceRow, dimension: Dimension): string | null => {
    const id = row[`${dimension}_id`] ?? null;
    return typeof id === "string" ? nameOf(id) : null;
  };
  // A long name takes more lines.
  const placed = (name: string | null): GridCell =>
    name === null
      ? { value: null }
      : { value: name, show: <span className="block min-w-28 whitespace-normal sm:min-w-36 wrap-anywhere">{name}</span> };
  /** A word of the API's, in those of the page. */
  const said = (value: string, words: string): GridCell =>
    words === value ? { value } : { value, words, show: <span title={value}>{words}</span> };
  const time = (text: string) => line(text, <Time at={Date.parse(text) * 1_000} />);
  return {
    name: `${metric}-${kind}`,
    title: t("Rows: {kind}", { kind: kindWords(kind) }),
    columns: [
      { name: "subject", title: t("What"), unit: null, raw: "subject_id" },
      ...first.map(titled),
      { name: "at", title: t("When"), unit: null, raw: "at" },
      ...rest.map((name) => ({ name, title: columnTitle(name), unit: name === "value" ? unit : null, raw: name })),
      ...(kind === "excluded" ? [{ name: "excluded", title: t("Why left out"), unit: null, raw: "excluded" }] : []),
      ...dimensions.map(titled),
    ],
    rows: rows.map((row) => ({
      key: null,
      cells: [
        what(row),
        ...first.map((dimension) => placed(called(row, dimension))),
        typeof row.at === "string" ? time(row.at) : { value: null },
        ...rest.map((name) => {
          const value = row[name] ?? null;
          if (typeof value !== "string") return { value };
          if (/^\d{4}-\d\d-\d\dT/.test(value)) return time(value);
          // What something else is of, as its sprint, is known by the end of its id.
          return name.endsWith("_id")
            ? { ...line(value, <span title={value}>{subject(value)}</span>), words: subject(value) }
            : said(value, valueWords(name, value));
        }),
        ...(kind === "excluded" ? [row.excluded === null ? { value: null } : said(row.excluded, reasonWords(row.excluded))] : []),
        ...dimensions.map((dimension) => ({ value: called(row, dimension) })),
      ],
    })),
  };
}
