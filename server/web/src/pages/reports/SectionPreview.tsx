/** What a section would show now, of what whoever writes it sees: the figures that the API answers with for the report's days. */

import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import { figures, type Answer } from "@/api/figures";
import type { Content, Shows } from "@/api/reports";
import { dimensionWords } from "@/api/scope";
import type { Filter, Group } from "@/api/types";
import { local } from "@/design/zone";
import { useFormat } from "@/parts/Locale";
import { Failure, Skeleton } from "@/parts/Notice";
import { Sparkline } from "@/parts/Sparkline";
import { t } from "@/texts/texts";
import { daysOf, trendOf } from "./sections";

const FILTERS = {
  repositories: "repository",
  projects: "project",
  teams: "team",
  owning_teams: "owning_team",
  classes: "class",
  kinds: "kind",
  labels: "label",
  severities: "severity",
  stages: "stage",
} as const satisfies Record<keyof Filter, string>;

/** How many groups and steps of a chart are shown here. */
const FEW = 6;

interface Wanted {
  metric: string;
  by: string | null;
  /** Whether it is asked for over the steps that lead up to the end. */
  trend: boolean;
}

/** What a section asks for. */
export function wantedBy(shows: Shows): Wanted[] {
  if (typeof shows === "string" || "query" in shows) return [];
  if ("tiles" in shows) return shows.tiles.map((metric) => ({ metric, by: null, trend: false }));
  if ("coverage" in shows) return shows.coverage.map((metric) => ({ metric, by: null, trend: false }));
  if ("table" in shows) return shows.table.metrics.map((metric) => ({ metric, by: shows.table.by, trend: false }));
  if ("pivot" in shows) return [{ metric: shows.pivot.metric, by: shows.pivot.by, trend: true }];
  return shows.charts.map(({ metric, by, shape }) => ({ metric, by, trend: shape !== "spread" }));
}

export function SectionPreview({ of, shows }: { of: Content; shows: Shows }) {
  const format = useFormat();
  const [today] = useState(() => local(Date.now() * 1_000, format.timeZone).slice(0, 10));
  const days = daysOf(of.period, today);
  const filter = Object.fromEntries(
    Object.entries(FILTERS).map(([name, parameter]) => [parameter, of.scope[name as keyof Filter] ?? []]),
  );
  const wanted = wantedBy(shows);
  const answers = useQueries({
    queries: wanted.map(({ metric, by, trend }) => {
      const { from, until } = trend ? trendOf(of, days) : days;
      return figures(metric, { ...filter, from, until, grain: of.grain, by: by ?? undefined });
    }),
  });
  const failed = answers.find(({ isError }) => isError);
  if (wanted.length === 0)
    return <p className="text-sm text-soft">{t("It has no figures of its own: its rows are there once it is made.")}</p>;
  if (failed) return <Failure error={failed.error} />;
  const found = answers.flatMap(({ data }) => data ?? []);
  if (found.length < wanted.length) return <Skeleton label={t("The figures are on their way")} rows={2} />;
  if (typeof shows === "object" && "table" in shows) return <Rows by={shows.table.by} of={found} />;
  return (
    <ul className="flex flex-col gap-2 text-sm">
      {found.map((answer, at) => (
        <One key={at} of={answer} trend={wanted[at]?.trend ?? false} />
      ))}
    </ul>
  );
}

const nameOf = ({ key, name }: Group) => name ?? key ?? t("none");

function One({ of: { definition, groups }, trend }: { of: Answer; trend: boolean }) {
  const format = useFormat();
  const { title, unit } = definition;
  const alone = groups.length === 1 && groups[0]?.key === null;
  return (
    <li>
      {groups.length === 0 && t("{title}: none", { title })}
      {groups.slice(0, FEW).map((group, at) => (
        <div key={group.key ?? at} className="flex flex-wrap items-center gap-x-3">
          <span>
            {alone
              ? t("{title}: {value}", { title, value: format.text(group.total.value, unit) })
              : t("{title}, {group}: {value}", {
                  title,
                  group: nameOf(group),
                  value: format.text(group.total.value, unit),
                })}
          </span>
          {trend && (
            <span className="w-40">
              <Sparkline points={group.points} typical={null} unit={unit} />
            </span>
          )}
        </div>
      ))}
      {groups.length > FEW && <p className="text-xs text-soft">{t("and {count} more", { count: groups.length - FEW })}</p>}
    </li>
  );
}

function Rows({ by, of }: { by: string; of: readonly Answer[] }) {
  const format = useFormat();
  const names = new Map(of.flatMap(({ groups }) => groups.map((group) => [group.key, nameOf(group)] as const)));
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-sm">
        <thead>
          <tr className="text-left text-soft">
            <th scope="col" className="pr-3 font-medium first-letter:uppercase">
              {dimensionWords(by)}
            </th>
            {of.map(({ definition }) => (
              <th key={definition.name} scope="col" className="pr-3 text-right font-medium">
                {definition.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...names].slice(0, FEW).map(([key, name]) => (
            <tr key={key ?? ""}>
              <th scope="row" className="pr-3 text-left font-normal">
                {name}
              </th>
              {of.map(({ definition, groups }) => (
                <td key={definition.name} className="figures pr-3 text-right">
                  {format.text(groups.find((group) => group.key === key)?.total.value ?? null, definition.unit)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {names.size > FEW && <p className="text-xs text-soft">{t("and {count} more", { count: names.size - FEW })}</p>}
    </div>
  );
}
