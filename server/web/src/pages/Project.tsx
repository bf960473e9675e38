import { Link, useSearch } from "@tanstack/react-router";
import type { Search } from "@/api/scope";
import { EmptyState } from "@/parts/Notice";
import { t } from "@/texts/texts";
import { DashboardPage } from "./DashboardPage";

/** The page of the project that the address names. */
export function Project() {
  const { project }: Search = useSearch({ strict: false });
  const [id] = project ?? [];
  if (id) return <DashboardPage key={id} name="project" />;
  return (
    <EmptyState title={t("Which project?")}>
      <Link to="/projects" className="text-accent-text underline">
        {t("Choose one of them")}
      </Link>
    </EmptyState>
  );
}
