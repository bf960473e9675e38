/** A page that is not a dashboard: its title, what it is about, and what can be done on it. */

import { useQuery } from "@tanstack/react-query";
import { useEffect, type ReactNode } from "react";
import { branding } from "@/api/branding";

interface Props {
  title: string;
  /** What the page is about, in a sentence. */
  lead?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, lead, actions, children }: Props) {
  useTitle(title);
  return (
    <div className="mx-auto flex w-full max-w-[80rem] min-w-0 flex-col gap-5">
      <header className="flex flex-col items-start justify-between gap-x-6 gap-y-3 sm:flex-row">
        <div className="min-w-0">
          <h1 className="text-xl font-semibold">{title}</h1>
          {lead && <div className="mt-0.5 max-w-[46rem] text-base text-soft">{lead}</div>}
        </div>
        {actions && <div className="flex flex-wrap gap-2 sm:shrink-0 sm:justify-end print:hidden">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** What the window is called: the page, and what the tenant calls the product. */
export function useTitle(title: string) {
  const { data } = useQuery({ ...branding, enabled: false });
  const product = data?.name ?? "Pulse";
  useEffect(() => {
    document.title = `${title} – ${product}`;
  }, [title, product]);
}

/** A part of a page, with a title of its own. */
export function Panel({
  title,
  about,
  actions,
  bad = false,
  children,
}: {
  title?: string;
  about?: ReactNode;
  actions?: ReactNode;
  /** What cannot be undone stands in here. */
  bad?: boolean;
  children?: ReactNode;
}) {
  return (
    <section className={`card min-w-0 rounded-lg border bg-surface p-4 sm:p-5 ${bad ? "border-bad" : "border-line"}`}>
      {(title ?? actions) && (
        <header className="mb-3 flex flex-col items-start justify-between gap-x-4 gap-y-2 sm:flex-row">
          <div className="min-w-0">
            {title && <h2 className="text-lg font-semibold">{title}</h2>}
            {about && <div className="max-w-[42rem] text-sm text-soft">{about}</div>}
          </div>
          {actions && <div className="flex flex-wrap gap-2 sm:shrink-0 sm:justify-end print:hidden">{actions}</div>}
        </header>
      )}
      {children}
    </section>
  );
}

/** What is known of something, each fact beside its name. */
export function Facts({ of }: { of: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="grid gap-x-6 gap-y-2 text-sm sm:grid-cols-[minmax(8rem,auto)_minmax(0,1fr)]">
      {of.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-soft">{name}</dt>
          <dd className="-mt-1.5 min-w-0 break-words sm:mt-0">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Something that can be done, with what comes of it. */
export function Deed({ title, about, children }: { title: string; about: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 py-3 first:pt-0 last:pb-0">
      <div className="min-w-0">
        <p className="font-medium">{title}</p>
        <p className="max-w-prose text-sm text-soft">{about}</p>
      </div>
      {children}
    </div>
  );
}
