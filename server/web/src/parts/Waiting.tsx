/** What stands there while a page is on its way: its title, what it says first, and what is below that. index.html has the same. */

import { t } from "@/texts/texts";

const line = "breathing rounded-sm bg-band";

export function Waiting() {
  return (
    <div className="mx-auto flex max-w-[120rem] flex-col gap-6">
      <div role="status" aria-label={t("The page is on its way")} className="flex flex-col gap-3">
        <div className={`${line} h-5 w-24`} />
        <div className={`${line} h-6 w-full max-w-[40rem]`} />
        <div className={`${line} h-4 w-2/3 max-w-[32rem]`} />
        <div className={`${line} h-4 w-1/2 max-w-[28rem]`} />
      </div>
      <div className="grid gap-3 sm:grid-cols-2 xl:grid-cols-4">
        {Array.from({ length: 4 }, (_, at) => (
          <div key={at} className="breathing h-44 rounded-lg border border-line bg-surface" />
        ))}
      </div>
    </div>
  );
}
