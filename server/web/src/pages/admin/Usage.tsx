/** How much of what the tenant may have it has (docs/access.md). Platform operators set the limits. */

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { members, tokens } from "@/api/access";
import { house, ownMetrics, usage, type Quotas } from "@/api/house";
import { connections } from "@/api/queries";
import { Ago, useFormat, useNow } from "@/parts/Locale";
import { Mark } from "@/parts/Mark";
import { useMay } from "@/parts/Needs";
import { Failure, Skeleton } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { bytesWords } from "@/pages/platform/bytes";
import { rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import { AdminPage } from "./Admin";

interface Line {
  name: keyof Quotas;
  title: string;
  about: string;
  /** `undefined` where it is not told. */
  has: number | undefined;
  /** When it was so, where that is not now. */
  seen?: number | undefined;
}

export function Usage() {
  const may = useMay();
  const own = useQuery(house);
  const people = useQuery({ ...members, enabled: may("users:read") });
  const programs = useQuery({ ...tokens, enabled: may("tokens:manage") });
  const sources = useQuery({ ...connections, enabled: may("jobs:read") });
  const metrics = useQuery(ownMetrics);
  const { data: used } = useQuery(usage);
  const now = useNow(600);
  const lines: Line[] = [
    {
      name: "members",
      title: t("People"),
      about: t("members who may come in"),
      has: people.data?.filter(({ active }) => active).length,
    },
    {
      name: "tokens",
      title: t("API tokens"),
      about: t("that work: neither taken back nor expired"),
      has: programs.data?.filter(({ revoked_at, expires_at }) => revoked_at === null && expires_at > now).length,
    },
    { name: "connections", title: t("Connections"), about: t("whether they are read or not"), has: sources.data?.items.length },
    { name: "metrics", title: t("Own metrics"), about: t("100 at most, whatever is allowed"), has: metrics.data?.length },
    {
      name: "bytes",
      title: t("Data in the lake"),
      about: t("with the reports that are kept; when it is used up, connections are read no further, and no report is made"),
      has: used && used.lake.bytes + used.report_bytes,
      seen: used?.lake.seen_at,
    },
  ];
  return (
    <AdminPage
      path="/admin/usage"
      lead={t("A tenant that has more than it may keeps it, and gets no further. Whoever runs the platform sets the limits.")}
    >
      {own.isPending && <Skeleton label={t("The limits are on their way")} />}
      {own.isError && <Failure error={own.error} again={() => void own.refetch()} />}
      {own.data && (
        <Panel>
          <ul className="divide-y divide-line">
            {lines.map((line) => (
              <Row key={line.name} line={line} most={own.data.quotas[line.name]} />
            ))}
          </ul>
        </Panel>
      )}
    </AdminPage>
  );
}

function Row({ line: { name, title, about, has, seen }, most }: { line: Line; most: number | null }) {
  const format = useFormat();
  const words = (value: number) => (name === "bytes" ? bytesWords(value) : format.count(value));
  const full = most !== null && has !== undefined && has >= most;
  const soft = (inner: ReactNode) => <span className="text-soft">{inner}</span>;
  const had =
    has === undefined ? (
      soft(name === "bytes" ? t("not measured yet") : t("not yours to see"))
    ) : (
      <span className="font-semibold">{words(has)}</span>
    );
  return (
    <li className="grid gap-x-6 gap-y-1 py-3 first:pt-0 last:pb-0 sm:grid-cols-[minmax(0,1fr)_16rem]">
      <div>
        <p className="font-medium">{title}</p>
        <p className="text-sm text-soft">
          {seen === undefined ? about : rich("{about}; seen {ago}", { about, ago: <Ago at={seen} every={60} /> })}
        </p>
      </div>
      <div>
        <p className="figures flex items-center gap-2 text-sm">
          <span>
            {most === null
              ? rich("{has}<b>, no limit</b>", { has: had, b: soft })
              : rich("{has}<b> of {most}</b>", { has: had, b: soft, most: words(most) })}
          </span>
          {full && <Mark tone="warn">{t("used up")}</Mark>}
        </p>
        {most !== null && has !== undefined && (
          <meter
            min={0}
            max={Math.max(most, 1)}
            high={most * 0.9}
            value={Math.min(has, most)}
            aria-label={t("{title}: {has} of {most}", { title, has: words(has), most: words(most) })}
            className="mt-1 h-2 w-full"
          />
        )}
      </div>
    </li>
  );
}
