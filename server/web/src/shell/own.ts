/** The pages about people, the tenant and the platform, in the order in which they are listed. Who lacks what one needs is not led to it. */

import type { IconName } from "@/parts/Icon";

export const ADMIN = [
  {
    path: "/admin/users",
    title: "People",
    group: "Access",
    needs: "users:read",
    icon: "teams",
    about: "Who belongs to the tenant, what each may do, and whose rows they see",
  },
  {
    path: "/admin/roles",
    title: "Roles",
    group: "Access",
    needs: "users:read",
    icon: "columns",
    about: "What each role lets people do, and roles of your own",
  },
  {
    path: "/admin/sign-on",
    title: "Single sign-on",
    group: "Access",
    needs: "tenant:own",
    icon: "plug",
    about: "Identity providers that say who somebody is",
  },
  {
    path: "/admin/tokens",
    title: "API tokens",
    group: "Access",
    needs: "tokens:manage",
    icon: "key",
    about: "What programs come in with, everybody's",
  },
  {
    path: "/admin/sessions",
    title: "Sessions",
    group: "Access",
    needs: "users:manage",
    icon: "person",
    about: "Who is signed in, from where, since when",
  },
  {
    path: "/admin/audit",
    title: "Audit trail",
    group: "Access",
    needs: "audit:read",
    icon: "reliability",
    about: "Who did what, and what came of it",
  },
  {
    path: "/admin/tenant",
    title: "Calendar and names",
    group: "Tenant",
    needs: "tenant:manage",
    icon: "clock",
    about: "Name, language, time zone, working days and hours",
  },
  {
    path: "/admin/branding",
    title: "Branding",
    group: "Tenant",
    needs: "tenant:manage",
    icon: "brush",
    about: "Name, logo and colours in the place of Pulse's",
  },
  {
    path: "/admin/risk",
    title: "Risk rules",
    group: "Tenant",
    needs: "tenant:manage",
    icon: "triangle",
    about: "From when on a project is at risk, and what the rules go by",
  },
  {
    path: "/admin/targets",
    title: "Targets",
    group: "Tenant",
    needs: "tenant:manage",
    icon: "dora",
    about: "What the tenant aims at, one value a metric",
  },
  {
    path: "/admin/metrics",
    title: "Own metrics",
    group: "Tenant",
    needs: "tenant:manage",
    icon: "chart",
    about: "Metrics that you define, in SQL",
  },
  {
    path: "/admin/mapping",
    title: "Mapping",
    group: "Data",
    needs: "tenant:manage",
    icon: "flow",
    about: "Stages, what types and labels mean, who is one person, and which project a repository is in",
  },
  {
    path: "/admin/work",
    title: "Schedules and hooks",
    group: "Data",
    needs: "jobs:read",
    icon: "gear",
    about: "When work is done by itself, and who may ask for it from outside",
  },
  {
    path: "/admin/usage",
    title: "Usage",
    group: "Data",
    needs: "tenant:manage",
    icon: "few",
    about: "How much of what the tenant may have it has",
  },
  {
    path: "/admin/retention",
    title: "Retention",
    group: "Data",
    needs: "jobs:read",
    icon: "clock",
    about: "For how long what grows with time is kept",
  },
  {
    path: "/admin/export",
    title: "Export",
    group: "Data",
    needs: "tenant:own",
    icon: "download",
    about: "All of the tenant's data, to take away",
  },
  {
    path: "/admin/destinations",
    title: "Destinations",
    group: "Messages",
    needs: "tenant:manage",
    icon: "send",
    about: "Webhooks and chats that are told of things",
  },
  {
    path: "/admin/deliveries",
    title: "Deliveries",
    group: "Messages",
    needs: "jobs:read",
    icon: "table",
    about: "What was handed to whom, and how each try went",
  },
] as const satisfies readonly {
  path: string;
  title: string;
  group: string;
  needs: string;
  icon: IconName;
  about: string;
}[];

export const PLATFORM = [
  { path: "/platform", title: "Tenants", icon: "projects" },
  { path: "/platform/workers", title: "Workers and holds", icon: "gear" },
  { path: "/platform/audit", title: "Audit trail", icon: "reliability" },
] as const satisfies readonly { path: string; title: string; icon: IconName }[];

/** What everybody has. */
export const OWN = [
  { path: "/profile", title: "Profile", icon: "person" },
  { path: "/notifications", title: "Notifications", icon: "bell" },
] as const satisfies readonly { path: string; title: string; icon: IconName }[];

/** Of the pages about the tenant, those that somebody with these permissions is led to. */
export const open = (permissions: readonly string[]) => ADMIN.filter(({ needs }) => permissions.includes(needs));
