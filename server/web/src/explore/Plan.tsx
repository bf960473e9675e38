/** How the server would go about a statement, without running it. */

import { useQuery } from "@tanstack/react-query";
import { question as ask, type Question } from "@/api/sql";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { t } from "@/texts/texts";
import { explained } from "./statement";

interface Step {
  plan_type: string;
  plan: string;
}

const TITLES: Record<string, string> = { logical_plan: t("What is asked"), physical_plan: t("How it is done") };

/** `question` is null while parameters have no values. */
export function Plan({ question }: { question: Question | null }) {
  const asked = question && { ...question, sql: explained(question.sql) };
  const { data, error, isPending, isError, refetch } = useQuery({
    queryKey: ["plan", asked],
    queryFn: async ({ signal }) => (await ask(asked ?? { sql: "" }, "json", signal)).json() as Promise<Step[]>,
    enabled: asked !== null && asked.sql.trim() !== explained("").trim(),
    staleTime: 0,
  });
  if (!asked || question.sql.trim() === "")
    return (
      <EmptyState title={t("Nothing to plan")}>{t("Write a statement, with a value for each of its parameters.")}</EmptyState>
    );
  if (isPending) return <Skeleton label={t("The plan is on its way")} rows={5} />;
  if (isError)
    return (
      <div className="p-3">
        <Failure error={error} again={() => void refetch()} />
      </div>
    );
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-3 overflow-y-auto p-3">
      {data.map(({ plan_type: type, plan }) => (
        <section key={type} aria-label={TITLES[type] ?? type}>
          <h3 className="text-sm font-medium text-soft">{TITLES[type] ?? type}</h3>
          {/* Long lines are scrolled, by keys, too. */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <pre tabIndex={0} className="mt-1 overflow-x-auto rounded-md bg-sunken p-3 font-mono text-xs leading-relaxed">
            {plan.trimEnd()}
          </pre>
        </section>
      ))}
    </div>
  );
}
