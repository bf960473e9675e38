/** The fonts that the tenant's reports are set in (docs/reports.md): a file for each weight. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { fonts, MOST_FONT_BYTES, removeFont, setFont, WEIGHTS, type Font, type FontWeight } from "@/api/branding";
import { bytesWords } from "@/pages/platform/bytes";
import { Button } from "@/parts/Button";
import { Confirm } from "@/parts/Confirm";
import { FileButton } from "@/parts/FileButton";
import { Failure, Skeleton } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { tell } from "@/parts/Told";
import { hidden, rich } from "@/texts/rich";
import { t } from "@/texts/texts";

interface Words {
  title: string;
  about: string;
  /** What its buttons add for those who do not see beside which weight they stand. */
  of: string;
}

const words = (weight: FontWeight): Words =>
  ({
    regular: { title: t("Regular"), about: t("most of a report"), of: t("regular") },
    medium: { title: t("Medium"), about: t("what stands out a little"), of: t("medium") },
    semibold: { title: t("Semibold"), about: t("headings and figures"), of: t("semibold") },
    bold: { title: t("Bold"), about: t("the title"), of: t("bold") },
  })[weight];

/** Why a file can be no font, as far as can be said before it is sent. */
export function fontWrong({ name, size }: { name: string; size: number }): string | null {
  if (!/\.(ttf|otf)$/i.test(name)) return t("It should be a TTF or OTF file.");
  return size > MOST_FONT_BYTES ? t("It should have 1 MiB at most.") : null;
}

export function Fonts() {
  const { data, error, isPending, isError, refetch } = useQuery(fonts);
  return (
    <Panel
      title={t("Fonts of reports")}
      about={t(
        "PDFs and pictures of reports are set in these; the page and e-mails are in Inter. A weight that is not there is set in the nearest that is, and a variable font stands for all.",
      )}
    >
      {isPending && <Skeleton label={t("The fonts are on their way")} rows={4} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {data && (
        <ul className="divide-y divide-line">
          {WEIGHTS.map((weight) => (
            <One key={weight} weight={weight} font={data.find((font) => font.weight === weight)} none={data.length === 0} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

interface Props {
  weight: FontWeight;
  font: Font | undefined;
  /** Whether there is no font at all, so that Inter is what stands. */
  none: boolean;
}

function One({ weight, font, none }: Props) {
  const id = useId();
  const client = useQueryClient();
  const [wrong, setWrong] = useState<string | null>(null);
  const [removing, remove] = useState(false);
  const { title, about, of } = words(weight);
  const anew = () => client.invalidateQueries({ queryKey: fonts.queryKey });
  const keep = useMutation({
    mutationFn: (file: File) => setFont(weight, file),
    onSuccess: ({ family }) => tell(t("{title} is set in {family}, from the next report on", { title, family })),
    onSettled: anew,
  });
  const take = (file: File) => {
    const reason = fontWrong(file);
    setWrong(reason);
    keep.reset();
    if (reason === null) keep.mutate(file);
  };
  return (
    <li className="flex flex-col gap-2 py-3 first:pt-0 last:pb-0">
      <div className="grid items-center gap-x-4 gap-y-2 sm:grid-cols-[12rem_minmax(0,1fr)_auto]">
        <div className="text-sm">
          <p className="font-medium">{title}</p>
          <p className="text-xs text-soft">{about}</p>
        </div>
        <p className="min-w-0 text-sm break-words">
          {font ? (
            <>
              <span className="font-medium">{font.family}</span>{" "}
              <span className="figures text-soft">{bytesWords(font.bytes)}</span>
            </>
          ) : (
            <span className="text-soft">{none ? t("Inter") : t("the nearest that is there")}</span>
          )}
        </p>
        <div className="flex flex-wrap gap-2 sm:justify-end">
          <FileButton
            label={keep.isPending ? t("It is looked at") : font ? t("Another file") : t("Choose a file")}
            of={t("for {weight}", { weight: of })}
            accept=".ttf,.otf,font/ttf,font/otf"
            disabled={keep.isPending}
            describedBy={wrong ? id : undefined}
            onFile={take}
          />
          {font && (
            <Button look="quiet" onClick={() => remove(true)}>
              {rich("Remove<b> {weight}</b>", { b: hidden, weight: of })}
            </Button>
          )}
        </div>
      </div>
      {wrong && (
        <p id={id} role="alert" className="text-sm text-bad">
          {wrong}
        </p>
      )}
      {keep.isError && <Failure error={keep.error} />}
      {removing && font && (
        <Confirm
          title={t("Remove {family}", { family: font.family })}
          action={t("Remove it")}
          onClose={() => remove(false)}
          run={() => removeFont(weight).finally(() => void anew())}
        >
          <p>
            {t(
              "{title} is set in the nearest weight that is left from the next report on, or in Inter. The file is kept nowhere; reports that were made stay as they are.",
              { title },
            )}
          </p>
        </Confirm>
      )}
    </li>
  );
}
