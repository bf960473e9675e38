/** Environments, and which of them count as production: each connection's settings say so. */

import { Link } from "@tanstack/react-router";
import type { EnvironmentMapping } from "@/api/mapping";
import { DataTable } from "@/parts/DataTable";
import { Icon } from "@/parts/Icon";
import { Time, useFormat } from "@/parts/Locale";
import { Mark } from "@/parts/Mark";
import { useMay } from "@/parts/Needs";
import { EmptyState } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { hidden, rich } from "@/texts/rich";
import { many, t } from "@/texts/texts";
import { MappingPage } from "./MappingPage";

export const Environments = () => (
  <MappingPage lead={t("Which environments count as production. Only what goes there counts as delivered.")}>
    {({ environments }) => <All of={environments} />}
  </MappingPage>
);

/** Those that look like production and do not count as it. */
export const missed = (of: readonly EnvironmentMapping[]) =>
  of.filter(({ is_production, looks_like_production }) => looks_like_production && !is_production);

/** The name of a connection, of its id. What was pushed has none to change. */
export const connectionName = (id: string): string | null => {
  const at = id.indexOf(":");
  return at < 0 || id.startsWith("push:") ? null : id.slice(at + 1);
};

function All({ of }: { of: readonly EnvironmentMapping[] }) {
  const format = useFormat();
  const may = useMay()("connections:manage");
  const left = missed(of);
  if (of.length === 0)
    return (
      <Panel title={t("Environments")}>
        <EmptyState title={t("No deployment yet")}>
          {t("With the first deployments the environments that they went to stand here.")}
        </EmptyState>
      </Panel>
    );
  return (
    <Panel
      title={t("Environments")}
      about={t(
        "Each that was deployed to. What counts is set up with its connection, where a change is tried before it is kept.",
      )}
    >
      {left.length > 0 && (
        <p className="mb-3 flex items-start gap-2 rounded-md bg-warn-tint p-3 text-sm">
          <Icon name="triangle" className="mt-0.5 text-warn" />
          <span>
            {many(
              left.length,
              {
                one: "One looks like production and does not count: {environments}.",
                other: "{count} look like production and do not count: {environments}.",
              },
              { count: format.count(left.length), environments: left.map(({ environment }) => environment).join(", ") },
            )}
          </span>
        </p>
      )}
      <DataTable
        grid={{
          name: "environments",
          title: t("Environments"),
          columns: [
            { name: "environment", title: t("Environment"), unit: null },
            { name: "connection", title: t("Connection"), unit: null },
            { name: "production", title: t("Counts as production"), unit: null },
            { name: "deployments", title: t("Deployments"), unit: "rows" },
            { name: "newest", title: t("Newest"), unit: null },
          ],
          rows: [...left, ...of.filter((one) => !left.includes(one))].map((one) => {
            const { connection, environment, is_production: counts, deployments, newest_at: newest } = one;
            const name = connectionName(connection);
            return {
              key: `${connection} ${environment} ${String(counts)}`,
              cells: [
                { value: environment },
                {
                  value: connection,
                  ...(name !== null && {
                    show: (
                      <Link
                        to="/connections/$name"
                        params={{ name }}
                        search={may ? { open: "change" } : {}}
                        className="text-accent-text underline"
                      >
                        {may ? rich("{name}<b>: change its settings</b>", { name, b: hidden }) : name}
                      </Link>
                    ),
                  }),
                },
                {
                  value: left.includes(one) ? t("no, but looks like it") : counts ? t("yes") : t("no"),
                  show: left.includes(one) ? (
                    <Mark tone="warn">{t("no, but looks like it")}</Mark>
                  ) : counts ? (
                    <Mark tone="good">{t("yes")}</Mark>
                  ) : (
                    <Mark tone="plain">{t("no")}</Mark>
                  ),
                },
                { value: deployments },
                { value: newest === null ? null : format.clock(newest), ...(newest !== null && { show: <Time at={newest} /> }) },
              ],
            };
          }),
        }}
      />
    </Panel>
  );
}
