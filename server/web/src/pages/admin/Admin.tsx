/** The pages about the tenant: what they have in common, and what there is. */

import { useQuery } from "@tanstack/react-query";
import { Link, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef, type ReactNode } from "react";
import { me } from "@/api/queries";
import { Icon } from "@/parts/Icon";
import { Forbidden, Needs } from "@/parts/Needs";
import { Page } from "@/parts/Page";
import { ADMIN, open } from "@/shell/own";
import { t } from "@/texts/texts";

type Section = (typeof ADMIN)[number];

const groups = (sections: readonly Section[]) =>
  [...new Set(sections.map(({ group }) => group))].map(
    (group) => [group, sections.filter((one) => one.group === group)] as const,
  );

export function AdminPage({
  path,
  lead,
  actions,
  children,
}: {
  path: Section["path"];
  lead?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  const section = ADMIN.find((one) => one.path === path);
  if (!section) return null;
  return (
    <Needs permission={section.needs}>
      <div className="mx-auto grid max-w-[96rem] gap-x-8 gap-y-4 xl:grid-cols-[11rem_minmax(0,1fr)]">
        <Beside />
        <Page title={section.title} lead={lead ?? t("{about}.", { about: section.about })} actions={actions}>
          {children}
        </Page>
      </div>
    </Needs>
  );
}

/** The other pages: beside this one where there is room, else above it. */
function Beside() {
  const place = useRef<HTMLElement>(null);
  const { data } = useQuery(me);
  const here = useRouterState({ select: (state) => state.location.pathname });
  const isAt = (path: string) => here === path || here.startsWith(`${path}/`);
  // Above the page they are more than it is wide: where one is, is in sight.
  useEffect(() => {
    const list = place.current;
    if (!list) return;
    // It has no width before it is seen.
    const sized = new ResizeObserver(() => {
      const one = list.querySelector<HTMLElement>("[aria-current]");
      if (one) list.scrollLeft = one.offsetLeft - (list.clientWidth - one.offsetWidth) / 2;
    });
    sized.observe(list);
    return () => sized.disconnect();
  }, [here, data]);
  return (
    <nav
      ref={place}
      aria-label={t("Admin")}
      className="relative -mx-4 overflow-x-auto px-4 sm:-mx-6 sm:px-6 xl:static xl:mx-0 xl:overflow-visible xl:px-0 print:hidden"
    >
      <div className="flex gap-4 xl:sticky xl:top-20 xl:flex-col">
        {groups(open(data?.permissions ?? [])).map(([group, sections]) => (
          <div key={group} className="flex shrink-0 gap-1 xl:flex-col">
            <p className="hidden px-2 pb-1 text-xs font-semibold text-soft xl:block">{group}</p>
            {sections.map(({ path, title }) => (
              <Link
                key={path}
                to={path}
                aria-current={isAt(path) ? "page" : undefined}
                className={`flex min-h-8 items-center rounded-md px-2 text-sm whitespace-nowrap ${isAt(path) ? "bg-accent-tint font-semibold text-accent-text" : "text-soft hover:bg-hover hover:text-ink"}`}
              >
                {title}
              </Link>
            ))}
          </div>
        ))}
      </div>
    </nav>
  );
}

/** What there is, for whoever may see some of it. */
export function Contents() {
  const { data } = useQuery(me);
  const sections = open(data?.permissions ?? []);
  if (data && sections.length === 0) return <Forbidden />;
  return (
    <Page title={t("Admin")} lead={t("People and programs, what the tenant decides about its figures, and where its data go.")}>
      {groups(sections).map(([group, sections]) => (
        <section key={group}>
          <h2 className="mb-2 text-sm font-semibold text-soft">{group}</h2>
          <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,17rem),1fr))] gap-3">
            {sections.map(({ path, title, about, icon }) => (
              <li key={path}>
                <Link
                  to={path}
                  className="flex h-full items-start gap-3 rounded-lg border border-line bg-surface p-4 hover:border-edge hover:bg-hover"
                >
                  <Icon name={icon} className="mt-0.5 text-accent-text" />
                  <span>
                    <span className="block font-semibold">{title}</span>
                    <span className="block text-sm text-soft">{about}</span>
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </Page>
  );
}
