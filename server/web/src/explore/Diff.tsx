import { t } from "@/texts/texts";
import { diff, type Line } from "./diff";

const LOOKS: Record<Line["is"], { mark: string; words: string; look: string }> = {
  same: { mark: " ", words: "", look: "text-soft" },
  gone: { mark: "−", words: `${t("removed:")} `, look: "bg-bad-tint text-bad" },
  new: { mark: "+", words: `${t("added:")} `, look: "bg-good-tint text-good" },
};

/** What became of a text: a sign and a word tell it, as well as a colour. */
export function Diff({ before, after, label }: { before: string; after: string; label: string }) {
  return (
    // Long lines are scrolled, by keys, too.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div role="group" aria-label={label} tabIndex={0} className="overflow-x-auto rounded-md bg-sunken py-2 font-mono text-xs">
      {diff(before, after).map(({ is, text }, at) => (
        <div key={at} className={`w-max min-w-full px-3 leading-relaxed whitespace-pre ${LOOKS[is].look}`}>
          <span aria-hidden="true">{LOOKS[is].mark} </span>
          <span className="sr-only">{LOOKS[is].words}</span>
          {text || " "}
        </div>
      ))}
    </div>
  );
}
