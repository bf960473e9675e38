/** All that is kept for whoever is signed in (docs/events.md). */

import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { Placed } from "@/api/place";
import { notifications } from "@/api/work";
import { Button } from "@/parts/Button";
import { News, useRead } from "@/parts/News";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { Page, Panel } from "@/parts/Page";
import { rich } from "@/texts/rich";
import { t } from "@/texts/texts";

/** What the address says of those that are shown, where it is not all of them. */
const UNREAD = "unread";

export function Notifications() {
  const { state }: Placed = useSearch({ strict: false });
  const navigate = useNavigate();
  const { data, error, isPending, isError, refetch } = useQuery(notifications);
  const only = state === UNREAD;
  const choose = (state: string | undefined) =>
    void navigate({ to: "/notifications", search: (before: Placed) => ({ ...before, state }) });
  const read = useRead();
  const unread = data?.filter(({ read_at }) => read_at === null) ?? [];
  const shown = only ? unread : (data ?? []);
  return (
    <Page
      title={t("Notifications")}
      lead={rich(
        "What needs a person, kept for 90 days. They come in by themselves while this page is open. What of it you are told, <a>you choose</a>.",
        {
          a: (inner) => (
            <Link to="/profile" className="text-accent-text underline">
              {inner}
            </Link>
          ),
        },
      )}
      actions={
        unread.length > 0 && (
          <Button disabled={read.isPending} onClick={() => read.mutate(null)}>
            {t("Mark all as read")}
          </Button>
        )
      }
    >
      {isPending && <Skeleton label={t("Notifications are on their way")} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {data && data.length > 0 && (
        <div role="group" aria-label={t("Which notifications")} className="flex gap-1.5">
          <Button look={only ? "plain" : "main"} aria-pressed={!only} onClick={() => choose(undefined)}>
            {t("All {n}", { n: data.length })}
          </Button>
          <Button look={only ? "main" : "plain"} aria-pressed={only} onClick={() => choose(UNREAD)}>
            {t("Unread {n}", { n: unread.length })}
          </Button>
        </div>
      )}
      {data && shown.length === 0 && (
        <Panel>
          <EmptyState icon="check" title={data.length === 0 ? t("Nothing waits for you") : t("You have read all of it")}>
            {t("A job that waits for a person, or a session that somebody ended, is told here.")}
          </EmptyState>
        </Panel>
      )}
      {shown.length > 0 && (
        <div className="overflow-hidden rounded-lg border border-line bg-surface">
          <News of={shown} />
        </div>
      )}
    </Page>
  );
}
