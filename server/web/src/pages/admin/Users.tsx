/** Who belongs to the tenant, and what each may do (docs/access.md). */

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { members, type Member } from "@/api/access";
import type { Placed } from "@/api/place";
import { Button } from "@/parts/Button";
import { DataTable, type Grid } from "@/parts/DataTable";
import { Icon } from "@/parts/Icon";
import { Ago } from "@/parts/Locale";
import { Mark } from "@/parts/Mark";
import { Modal } from "@/parts/Modal";
import { useMay } from "@/parts/Needs";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { OpenLink } from "@/parts/OpenLink";
import { Panel } from "@/parts/Page";
import { t } from "@/texts/texts";
import { AdminPage } from "./Admin";
import { Invite } from "./Invite";
import { Person } from "./Person";
import { seesWords } from "./SeesField";

export function Users() {
  const { data, error, isPending, isError, refetch } = useQuery(members);
  const { open }: Placed = useSearch({ strict: false });
  const navigate = useNavigate();
  const may = useMay();
  const [inviting, invite] = useState(false);
  const close = () =>
    void navigate({ to: "/admin/users", search: (before: Placed) => ({ ...before, open: undefined }), resetScroll: false });
  const shown = data?.find(({ id }) => id === open);
  return (
    <AdminPage
      path="/admin/users"
      actions={
        may("users:manage") && (
          <Button look="main" onClick={() => invite(true)}>
            <Icon name="plus" />
            {t("Invite")}
          </Button>
        )
      }
    >
      {isPending && <Skeleton label={t("The people are on their way")} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {data && (
        <Panel>
          <DataTable grid={grid(data)} />
          {data.length === 1 && (
            <EmptyState icon="teams" title={t("You are the only one here")}>
              {t("Invite others: each gets a link that works once.")}
            </EmptyState>
          )}
        </Panel>
      )}
      {inviting && <Invite onClose={() => invite(false)} />}
      {shown && <Person key={shown.id} member={shown} onClose={close} />}
      {open && data && !shown && (
        <Modal title={t("Nobody of that key")} onClose={close}>
          <EmptyState title={t("They are not in this tenant")}>{t("The link may be of another tenant.")}</EmptyState>
        </Modal>
      )}
    </AdminPage>
  );
}

function grid(members: readonly Member[]): Grid {
  return {
    name: "people",
    title: t("People"),
    columns: [
      { name: "name", title: t("Name"), unit: null },
      { name: "email", title: t("E-mail"), unit: null },
      { name: "roles", title: t("Roles"), unit: null },
      { name: "sees", title: t("Sees"), unit: null },
      { name: "state", title: t("May come in"), unit: null },
      { name: "signed_in", title: t("Signed in"), unit: null },
    ],
    rows: members.map(({ id, name, email, roles, granted, denied, sees, active, signed_in_at: at }) => ({
      key: id,
      cells: [
        {
          value: name || email,
          show: <OpenLink id={id}>{name || email}</OpenLink>,
        },
        { value: email },
        {
          value: roles.join(", "),
          show: (
            <span>
              {roles.join(", ") || <span className="text-soft">{t("none")}</span>}
              {granted.length + denied.length > 0 && (
                <span className="text-soft">
                  {granted.length > 0 && ` +${granted.length}`}
                  {denied.length > 0 && ` −${denied.length}`}
                </span>
              )}
            </span>
          ),
        },
        { value: seesWords(sees) },
        {
          value: active ? t("yes") : t("no"),
          show: active ? <Mark tone="good">{t("active")}</Mark> : <Mark tone="warn">{t("suspended")}</Mark>,
        },
        {
          value: at === null ? null : new Date(at / 1_000).toISOString(),
          ...(at !== null && { show: <Ago at={at} every={60} /> }),
        },
      ],
    })),
  };
}
