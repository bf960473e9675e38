import { Link, useRouterState } from "@tanstack/react-router";

/** Pages that belong together, one of which is shown. */
export function Subpages({ label, of }: { label: string; of: readonly (readonly [path: string, title: string])[] }) {
  const here = useRouterState({ select: (state) => state.location.pathname });
  return (
    <nav aria-label={label} className="-mt-2 flex flex-wrap border-b border-line print:hidden">
      {of.map(([path, title]) => (
        <Link
          key={path}
          to={path}
          activeOptions={{ exact: true }}
          aria-current={here === path ? "page" : undefined}
          className={`-mb-px flex min-h-9 items-center border-b-2 px-2.5 text-sm font-medium ${here === path ? "border-accent text-ink" : "border-transparent text-soft hover:text-ink"}`}
        >
          {title}
        </Link>
      ))}
    </nav>
  );
}
