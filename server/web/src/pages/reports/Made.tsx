/** Reports that were made, or are being: where each stands, and the way to its file. */

import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { ask } from "@/api/client";
import { linkTo, reportPath, type Report } from "@/api/reports";
import { Button } from "@/parts/Button";
import { Form, SelectField } from "@/parts/Form";
import { Icon } from "@/parts/Icon";
import { Ago, Time, useFormat } from "@/parts/Locale";
import { Mark, type Tone } from "@/parts/Mark";
import { Modal } from "@/parts/Modal";
import { Failure } from "@/parts/Notice";
import { save } from "@/parts/save";
import { Secret } from "@/parts/Secret";
import { useNamed } from "@/parts/Who";
import { seesWords } from "@/pages/admin/SeesField";
import { bytesWords } from "@/pages/platform/bytes";
import { rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import { formatName } from "./words";

const STATES: Record<Report["state"], readonly [tone: Tone, words: () => string]> = {
  making: ["accent", () => t("being made")],
  ready: ["good", () => t("ready")],
  refused: ["warn", () => t("refused")],
  failed: ["bad", () => t("failed")],
};

const FIRST = 12;

export function MadeList({ of }: { of: readonly Report[] }) {
  const [most, setMost] = useState(FIRST);
  const [linking, link] = useState<Report | null>(null);
  return (
    <>
      <ul className="divide-y divide-line">
        {of.slice(0, most).map((report) => (
          <Row key={report.id} report={report} onLink={() => link(report)} />
        ))}
      </ul>
      {of.length > most && (
        <Button onClick={() => setMost(most + 50)} className="mt-3">
          {t("Show {count} more", { count: Math.min(50, of.length - most) })}
        </Button>
      )}
      {linking && <MakeLink report={linking} onClose={() => link(null)} />}
    </>
  );
}

/** The file's name, as the server says it. */
export const fileName = (disposition: string | null): string => /filename="([^"]+)"/.exec(disposition ?? "")?.[1] ?? "report";

function Row({ report, onLink }: { report: Report; onLink: () => void }) {
  const format = useFormat();
  const named = useNamed();
  const { id, name, title, as_of: asOf, recipients, state, reason, bytes, sees, expires_at: expires, created_at: asked } = report;
  // By way of the page, and not by a link: a session that ran out is renewed then, and a refusal is told here.
  const take = useMutation({
    mutationFn: async () => {
      const answer = await ask(`${reportPath(id)}/file`, { headers: { Accept: "*/*" } });
      save(fileName(answer.headers.get("Content-Disposition")), await answer.blob());
    },
  });
  const [tone, words] = STATES[state];
  const whom = recipients.length > 0 ? recipients.join(", ") : named(report.asked_by);
  const made = { time: <Time at={asOf} />, whom };
  const said = { b: (inner: ReactNode) => <span className="sr-only">{inner}</span>, title };
  return (
    <li className="grid items-start gap-x-4 gap-y-2 py-3 first:pt-0 last:pb-0 sm:grid-cols-[minmax(0,1fr)_auto]">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Link to="/reports/$name" params={{ name }} className="font-medium hover:underline">
            {title}
          </Link>
          <span className="rounded-sm border border-line px-1 text-xs text-soft">
            {formatName(report.format)}
            {report.table && `, ${report.table}`}
          </span>
          {state !== "ready" && <Mark tone={tone}>{words()}</Mark>}
        </p>
        <p className="text-sm text-soft">
          {sees !== "everything" && state !== "refused"
            ? rich("as of {time}, for {whom}, the rows of {sees}", { ...made, sees: seesWords(sees) })
            : rich("as of {time}, for {whom}", made)}
          {bytes !== null && `, ${bytesWords(bytes)}`}
        </p>
        <p className="text-sm text-soft">
          {state === "making"
            ? rich("asked for {ago}", { ago: <Ago at={asked} every={5} /> })
            : rich("asked for {ago}, removed on {day}", {
                ago: <Ago at={asked} every={60} />,
                day: <Time at={expires}>{format.date(expires)}</Time>,
              })}
        </p>
        {(state === "refused" || state === "failed") && <p className="mt-1 text-sm break-words">{named(reason)}</p>}
        {take.isError && (
          <div className="mt-2">
            <Failure error={take.error} again={() => take.mutate()} />
          </div>
        )}
      </div>
      {state === "ready" && (
        <div className="flex flex-wrap gap-1.5">
          <Button disabled={take.isPending} onClick={() => take.mutate()}>
            <Icon name="download" />
            {take.isPending ? rich("On its way<b> {title}</b>", said) : rich("Download<b> {title}</b>", said)}
          </Button>
          <Button look="quiet" onClick={onLink}>
            <Icon name="copy" />
            {rich("Link<b> to {title}</b>", said)}
          </Button>
        </div>
      )}
    </li>
  );
}

const spans = () =>
  [
    ["1", t("An hour")],
    ["24", t("A day")],
    ["72", t("Three days")],
    ["168", t("A week")],
  ] as const;

function MakeLink({ report, onClose }: { report: Report; onClose: () => void }) {
  const [hours, setHours] = useState<ReturnType<typeof spans>[number][0]>("24");
  const make = useMutation({ mutationFn: () => linkTo(report.id, Number(hours)) });
  return (
    <Modal title={t("A link to {title}", { title: report.title })} onClose={onClose}>
      <div className="flex flex-col gap-4 p-5">
        {make.isSuccess ? (
          <>
            <Secret label={t("Link")} value={`${location.origin}${make.data.path}`}>
              {rich("It is good until {time}.", { time: <Time at={make.data.expires_at} /> })}
            </Secret>
            <Button look="main" className="self-end" onClick={onClose}>
              {t("Done")}
            </Button>
          </>
        ) : (
          <Form onSubmit={() => make.mutate()} busy={make.isPending} error={make.error} submit={t("Make the link")}>
            <p className="max-w-prose text-sm">
              {t(
                "Whoever has it opens this one file without signing in, for as long as you may see it yourself. Who opened it is in the audit trail.",
              )}
            </p>
            <SelectField label={t("Good for")} value={hours} of={spans()} onChange={setHours} />
          </Form>
        )}
      </div>
    </Modal>
  );
}
