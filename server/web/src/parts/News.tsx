/** Notifications, in words, with the way to what they are about. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { change } from "@/api/client";
import type { Placed } from "@/api/place";
import { notifications, workWords, type Notification } from "@/api/work";
import { t } from "@/texts/texts";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";
import { Ago } from "./Locale";
import { Worded } from "./Worded";

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

interface Said {
  icon: IconName;
  look: string;
  title: string;
  text: string;
  /** Where more of it is. */
  to: string;
  search?: Placed;
}

function risk(project: string, to: string | undefined): string {
  if (to === "at_risk") return t("{project} is at risk", { project });
  if (to === "off_track") return t("{project} is off track", { project });
  if (to === "on_track") return t("{project} is on track", { project });
  return t("{project} stands otherwise", { project });
}

/** Where more is told of a job that waits for a person, of kinds that have a place of their own. */
const DEAD: Record<string, (subject: string) => Pick<Said, "to" | "search">> = {
  report: () => ({ to: "/reports" }),
  deliver: (open) => ({ to: "/admin/deliveries", search: { open } }),
};

function said({ kind, subject, detail }: Notification): Said {
  const text = detail?.reason ?? detail?.text ?? "";
  switch (kind) {
    case "job.dead":
      return {
        icon: "diamond",
        look: "text-bad",
        title: t("{work}: waits for a person", { work: workWords(detail?.kind ?? t("A job"), detail?.subject ?? "") }),
        text,
        ...(DEAD[detail?.kind ?? ""]?.(detail?.subject ?? "") ?? {
          to: "/jobs",
          search: detail?.run === undefined ? {} : { open: detail.run },
        }),
      };
    case "session.ended":
      return {
        icon: "person",
        look: "text-warn",
        title: t("A session of yours was ended"),
        text: detail?.why ?? text,
        to: "/profile",
      };
    case "message.received": {
      // What an alert tells has the alert's id in its key.
      const alert = /^(alert_[\w-]+)[:+]/.exec(detail?.key ?? "")?.[1];
      return {
        icon: alert ? "alarm" : "bell",
        look: alert ? "text-warn" : "text-soft",
        title: detail?.subject ?? t("A message"),
        text,
        to: alert ? `/alerts/${alert}` : "/notifications",
      };
    }
    case "alert.stopped":
      return {
        icon: "alarm",
        look: "text-bad",
        title: t("The alert rule {rule} looks at nothing any more", { rule: detail?.rule ?? subject }),
        text,
        to: `/alerts/rules/${encodeURIComponent(detail?.rule ?? subject)}`,
      };
    case "report.stopped":
      return {
        icon: "bell",
        look: "text-bad",
        title: detail?.subject ?? t("A report could not be made"),
        text,
        to: "/reports",
      };
    case "risk.changed":
      return {
        icon: "triangle",
        look: "text-warn",
        title: risk(detail?.project ?? subject, detail?.to),
        text,
        to: "/project",
        search: { project: [subject] },
      };
    default:
      return { icon: "bell", look: "text-soft", title: kind, text, to: "/notifications" };
  }
}

export function News({ of, onGo }: { of: readonly Notification[]; onGo?: () => void }) {
  const read = useRead();
  return (
    <ul className="divide-y divide-line">
      {of.map((one) => {
        const { icon, look, title, text, to, search } = said(one);
        const unread = one.read_at === null;
        return (
          <li key={one.id} className={`flex items-start gap-3 p-3 text-sm ${unread ? "bg-accent-tint" : ""}`}>
            <Icon name={icon} className={`mt-0.5 ${look}`} />
            <div className="min-w-0 flex-1">
              <Link
                to={to}
                search={search ?? {}}
                onClick={() => {
                  if (unread) read.mutate(one.id);
                  onGo?.();
                }}
                className={`hover:underline ${unread ? "font-semibold" : "font-medium"}`}
              >
                {title}
              </Link>
              {text && (
                <p className="line-clamp-3 break-words">
                  <Worded>{text}</Worded>
                </p>
              )}
              <p className="text-xs text-soft">
                <Ago at={one.at} every={30} />
                {unread && (
                  <span className="sr-only">
                    {", "}
                    {t("unread")}
                  </span>
                )}
              </p>
            </div>
            {unread && (
              <Button
                look="quiet"
                className="-mt-1"
                aria-label={t("Mark as read: {title}", { title })}
                onClick={() => read.mutate(one.id)}
              >
                <Icon name="check" />
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
