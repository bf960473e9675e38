/** The queries that one saved oneself, and those that others share. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { savedQueries, type Saved } from "@/api/saved";
import { fieldLook } from "@/parts/Button";
import { Ago } from "@/parts/Locale";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { t } from "@/texts/texts";
import { rich } from "@/texts/rich";

export function SavedList({ open }: { open: string | undefined }) {
  const { data, error, isPending, isError, refetch } = useQuery(savedQueries);
  const [find, setFind] = useState("");
  if (isPending) return <Skeleton label={t("The saved queries are on their way")} />;
  if (isError)
    return (
      <div className="p-3">
        <Failure error={error} again={() => void refetch()} />
      </div>
    );
  if (data.length === 0)
    return (
      <EmptyState icon="explore" title={t("Nothing saved yet")}>
        {t("Save a query to run it again by its name, and to share it with everybody in the tenant who asks in SQL.")}
      </EmptyState>
    );
  const asked = find.trim().toLowerCase();
  const found = data
    .filter(({ title, description, owner }) => `${title} ${description} ${owner.name}`.toLowerCase().includes(asked))
    .toSorted((one, other) => other.changed_at - one.changed_at);
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      {data.length > 8 && (
        <div className="px-3 pt-3">
          <input
            type="search"
            value={find}
            onChange={(event) => setFind(event.target.value)}
            aria-label={t("Find a saved query")}
            placeholder={t("Find")}
            className={`${fieldLook} w-56 max-w-full`}
          />
        </div>
      )}
      {found.length === 0 && <EmptyState title={t("Nothing has that name")} />}
      <ul className="divide-y divide-line">
        {found.map((saved) => (
          <li key={saved.id} className={`px-3 py-2 ${saved.id === open ? "bg-accent-tint" : ""}`}>
            <Link
              to="/explore/$id"
              params={{ id: saved.id }}
              search={{}}
              aria-current={saved.id === open ? "true" : undefined}
              className="font-medium text-accent-text hover:underline"
            >
              {saved.title}
            </Link>
            {saved.description && <p className="line-clamp-2 text-sm">{saved.description}</p>}
            <p className="text-xs text-soft">
              {rich("{whose}, changed {ago}", { whose: whoseWords(saved), ago: <Ago at={saved.changed_at} every={60} /> })}
            </p>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Whose it is, and who sees it. */
export const whoseWords = ({ mine, shared, owner }: Saved): string =>
  mine ? (shared ? t("yours, shared with the tenant") : t("yours alone")) : t("shared by {name}", { name: owner.name });
