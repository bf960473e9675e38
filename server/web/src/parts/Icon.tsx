import type { ReactNode } from "react";

const PATHS = {
  up: <path d="M8 13V3.5M4 7.5l4-4 4 4" />,
  down: <path d="M8 3v9.5M4 8.5l4 4 4-4" />,
  same: <path d="M3 8h10" />,
  check: <path d="m3.5 8.5 3 3 6-7" />,
  triangle: <path d="M8 2.8 14 13H2L8 2.8Zm0 4v2.7m0 1.6v.2" />,
  diamond: <path d="M8 1.8 14.2 8 8 14.2 1.8 8 8 1.8ZM8 5v3.5m0 2v.2" />,
  clock: <path d="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Zm0-9v3.2l2 1.3" />,
  plug: <path d="M5.5 2.5v3m5-3v3M4 5.5h8v2.2a4 4 0 0 1-8 0V5.5Zm4 6.2v2.3" />,
  empty: <path d="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM3.8 12.2l8.4-8.4" />,
  few: <path d="M3 13v-2.5m3.3 2.5V8m3.4 5v-1m3.3 1v-.5" />,
  close: <path d="m4 4 8 8m0-8-8 8" />,
  chevron: <path d="m4.5 6.5 3.5 3.5 3.5-3.5" />,
  menu: <path d="M2.5 4.5h11M2.5 8h11m-11 3.5h11" />,
  search: <path d="M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9Zm3.4-1.1 3.3 3.3" />,
  table: <path d="M2.5 3.5h11v9h-11v-9Zm0 3h11m-7 0v6" />,
  chart: <path d="M2.5 2.5v11h11M5 10.5l2.6-3.2 2.2 1.8 3.4-4.6" />,
  download: <path d="M8 2.5v7.5m-3-3 3 3 3-3M3 13.5h10" />,
  columns: <path d="M2.5 3.5h11v9h-11v-9Zm3.7 0v9m3.6-9v9" />,
  filter: <path d="M2.5 4h11m-9 4h7m-5 4h3" />,
  overview: <path d="M2.5 2.5h4.7v4.7H2.5zm6.3 0h4.7v3H8.8zm0 4.7h4.7v6.3H8.8zM2.5 8.8h4.7v4.7H2.5z" />,
  dora: <path d="M2 9h3l2-5.5 3 9L12 9h2" />,
  flow: <path d="M2.5 4h6a2.5 2.5 0 0 1 0 5H7a2 2 0 0 0 0 4h6.5m-2-2 2 2-2 2" />,
  change: (
    <path d="M4.5 5.5v5m0-5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3Zm0 5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3Zm7 0V6.8A1.8 1.8 0 0 0 9.7 5H8m3.5 5.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3ZM9.5 3 7.8 5l1.7 2" />
  ),
  reliability: <path d="M8 2 3 4v4c0 3 2 5 5 6 3-1 5-3 5-6V4L8 2Z" />,
  projects: <path d="M2.5 4.5h4l1.2 1.5h5.8v6.5h-11v-8Z" />,
  teams: (
    <path d="M6 7.5a2.2 2.2 0 1 0 0-4.5 2.2 2.2 0 0 0 0 4.5ZM2 13c0-2.3 1.7-3.7 4-3.7s4 1.4 4 3.7m.5-5.7a1.9 1.9 0 1 0-.4-3.7m1.4 5.9c1.6.3 2.5 1.6 2.5 3.5" />
  ),
  forecast: <path d="M2.5 13.5v-11m0 11h11M5 10l2.5-2.5m0 0 5-4m-5 4 5.5 1" />,
  explore: <path d="m3 4 4 4-4 4m5.5 0H13" />,
  bell: <path d="M4 11V7.2a4 4 0 0 1 8 0V11l1 1.2H3L4 11Zm2.7 1.4a1.4 1.4 0 0 0 2.6 0" />,
  copy: <path d="M6 5.5h7v8H6zM3.5 10.5H3v-8h7V3" />,
  key: <path d="M5.5 13a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Zm1.8-4.3 5.7-5.7m-2 2 1.8 1.8" />,
  person: <path d="M8 8a2.7 2.7 0 1 0 0-5.4A2.7 2.7 0 0 0 8 8Zm-5 5.5c0-2.6 2.2-4 5-4s5 1.4 5 4" />,
  gear: (
    <path d="M8 10.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4ZM8 2v1.8m0 8.4V14m6-6h-1.8M3.8 8H2m10.2-4.2-1.2 1.2m-6 6-1.2 1.2m8.4 0-1.2-1.2m-6-6L3.8 3.8" />
  ),
  page: <path d="M4 2.5h5.2L12 5.3v8.2H4v-11Zm5 0v3h3M6 8.3h4m-4 2.4h4" />,
  alarm: <path d="M4.5 11V7.8a3.5 3.5 0 0 1 7 0V11M3 13.5h10V11H3v2.5ZM8 1.6v1.2M2.6 4l.9.9m9.9-.9-.9.9" />,
  send: <path d="m2.5 7.5 11-5-4.2 11-2.4-4.4-4.4-1.6Zm4.4 1.6 3-3" />,
  brush: (
    <path d="m9.3 9.2 4.2-6.4-.4-.4-6.4 4.2 2.6 2.6Zm-2.6-2.6c-1.7.2-2.7 1.2-2.9 3-.1 1.3-.5 2.3-1.5 3.2 2.6.5 6.6.2 7-3.6" />
  ),
  plus: <path d="M8 3v10M3 8h10" />,
  out: <path d="M9 3h4v4m0-4L7 9M11 9.5V13H3V5h3.5" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof PATHS;

/** A sign beside a word that says the same: screen readers pass over it. */
export function Icon({ name, className = "" }: { name: IconName; className?: string }) {
  return (
    <svg viewBox="0 0 16 16" width="1rem" height="1rem" aria-hidden="true" className={`inline-block shrink-0 ${className}`}>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        {PATHS[name]}
      </g>
    </svg>
  );
}
