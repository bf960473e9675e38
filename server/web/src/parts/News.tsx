/** Notifications, in words, with the way to what they are about. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { change } from "@/api/client";
import { notifications, workWords, type Notification } from "@/api/work";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";
import { Ago } from "./Locale";

/** Marks one as read, or with `null` all. What is seen of it does not wait for the server. */
export function useRead() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number | null) => change("POST", `/api/v1/notifications/${id === null ? "" : `${id}/`}read`),
    onMutate: (id) =>
      client.setQueryData(notifications.queryKey, (before) =>
        before?.map((one) => (id === null || one.id === id ? { ...one, read_at: one.read_at ?? Date.now() * 1_000 } : one)),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: notifications.queryKey }),
  });
}

function said({ kind, detail }: Notification): { icon: IconName; look: string; title: string; text: string } {
  if (kind === "job.dead") {
    return {
      icon: "diamond",
      look: "text-bad",
      title: `${workWords(detail?.kind ?? "A job", detail?.subject ?? "")}: waits for a person`,
      text: detail?.reason ?? "",
    };
  }
  if (kind === "session.ended")
    return {
      icon: "person",
      look: "text-warn",
      title: "A session of yours was ended",
      text: detail?.why ?? detail?.reason ?? "",
    };
  return { icon: "bell", look: "text-soft", title: kind, text: detail?.reason ?? "" };
}

export function News({ of, onGo }: { of: readonly Notification[]; onGo?: () => void }) {
  const read = useRead();
  return (
    <ul className="divide-y divide-line">
      {of.map((one) => {
        const { icon, look, title, text } = said(one);
        const unread = one.read_at === null;
        const to = one.kind === "job.dead" ? "/jobs" : "/profile";
        return (
          <li key={one.id} className={`flex items-start gap-3 p-3 text-sm ${unread ? "bg-accent-tint" : ""}`}>
            <Icon name={icon} className={`mt-0.5 ${look}`} />
            <div className="min-w-0 flex-1">
              <Link
                to={to}
                onClick={() => {
                  if (unread) read.mutate(one.id);
                  onGo?.();
                }}
                className={`hover:underline ${unread ? "font-semibold" : "font-medium"}`}
              >
                {title}
              </Link>
              {text && <p className="line-clamp-3 break-words">{text}</p>}
              <p className="text-xs text-soft">
                <Ago at={one.at} every={30} />
                {unread && <span className="sr-only">, unread</span>}
              </p>
            </div>
            {unread && (
              <Button look="quiet" className="-mt-1" aria-label={`Mark as read: ${title}`} onClick={() => read.mutate(one.id)}>
                <Icon name="check" />
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
