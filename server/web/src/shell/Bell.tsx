/** What waits for whoever is signed in: how much of it is unread, and what it is. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { notifications } from "@/api/work";
import { Button } from "@/parts/Button";
import { Icon } from "@/parts/Icon";
import { News, useRead } from "@/parts/News";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { Popup } from "@/parts/Popup";
import { t } from "@/texts/texts";

const SHOWN = 8;

export function Bell() {
  const [open, setOpen] = useState(false);
  const { data, error, isPending, isError, refetch } = useQuery(notifications);
  const read = useRead();
  const unread = data?.filter(({ read_at }) => read_at === null).length ?? 0;
  return (
    <Popup
      open={open}
      onOpen={setOpen}
      trigger={
        <Button
          look="quiet"
          className="relative"
          aria-label={unread > 0 ? t("Notifications, {unread} unread", { unread }) : t("Notifications")}
        >
          <Icon name="bell" className="size-4.5" />
          {unread > 0 && (
            <span
              aria-hidden="true"
              className="absolute -top-0.5 -right-0.5 grid min-w-4.5 place-items-center rounded-full bg-accent px-1 text-xs leading-4.5 font-semibold text-on-accent"
            >
              {unread > 99 ? "99+" : unread}
            </span>
          )}
        </Button>
      }
      align="end"
      label={t("Notifications")}
      className="z-20 flex max-h-[min(34rem,80dvh)] w-96 max-w-[94vw] flex-col"
    >
      <header className="flex min-h-11 items-center justify-between gap-3 border-b border-line px-3">
        <h2 className="font-semibold">{t("Notifications")}</h2>
        {unread > 0 && (
          <Button look="quiet" disabled={read.isPending} onClick={() => read.mutate(null)}>
            {t("Mark all as read")}
          </Button>
        )}
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">
        {isPending && <Skeleton label={t("Notifications are on their way")} />}
        {isError && !data && <Failure error={error} again={() => void refetch()} />}
        {data?.length === 0 && (
          <EmptyState icon="check" title={t("Nothing waits for you")}>
            {t("What needs a person is kept here for 90 days.")}
          </EmptyState>
        )}
        {data && <News of={data.slice(0, SHOWN)} onGo={() => setOpen(false)} />}
      </div>
      {data && data.length > 0 && (
        <Link
          to="/notifications"
          onClick={() => setOpen(false)}
          className="flex min-h-10 items-center justify-center border-t border-line text-sm font-medium text-accent-text hover:bg-hover"
        >
          {t("All notifications")}
        </Link>
      )}
    </Popup>
  );
}
