/** What somebody may do here, and what is shown to those who may not. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { me } from "@/api/queries";
import { rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import { EmptyState, Failure, Skeleton } from "./Notice";

/** Whether whoever is signed in has a permission; of nobody who is not known yet. */
export function useMay(): (permission: string) => boolean {
  const { data } = useQuery(me);
  return (permission) => data?.permissions.includes(permission) ?? false;
}

/** A page for those who have the permission; `operator` stands for platform operators. */
export function Needs({ permission, children }: { permission: string; children: ReactNode }) {
  const { data, error, isPending, isError, refetch } = useQuery(me);
  if (isPending) return <Skeleton label={t("Who you are is looked up")} />;
  if (isError) return <Failure error={error} again={() => void refetch()} />;
  const may = permission === "operator" ? data.tenant === null : data.permissions.includes(permission);
  return may ? children : <Forbidden permission={permission} />;
}

export function Forbidden({ permission }: { permission?: string }) {
  return (
    <div className="mx-auto max-w-[40rem]">
      <h1 className="sr-only">{t("Not for you")}</h1>
      <EmptyState icon="reliability" title={t("This page is not for you")}>
        {permission === "operator" ? (
          <p>{t("It is for platform operators who signed in to the platform.")}</p>
        ) : (
          <p>
            {permission
              ? rich("It takes the permission {permission}. Whoever runs this tenant can give it to you.", {
                  permission: <code className="font-mono">{permission}</code>,
                })
              : t("It takes a permission that you do not have. Whoever runs this tenant can give it to you.")}
          </p>
        )}
        <p className="mt-3">
          <Link to="/" className="text-accent-text underline">
            {t("To the overview")}
          </Link>
        </p>
      </EmptyState>
    </div>
  );
}
