/** The pages about people, the tenant and the platform, in the order in which they are listed. Who lacks what one needs is not led to it. */

import type { IconName } from "@/parts/Icon";
import { t } from "@/texts/texts";

export const ADMIN = [
  {
    path: "/admin/users",
    title: t("People"),
    group: t("Access"),
    needs: "users:read",
    icon: "teams",
    about: t("Who belongs to the tenant, what each may do, and whose rows they see"),
  },
  {
    path: "/admin/roles",
    title: t("Roles"),
    group: t("Access"),
    needs: "users:read",
    icon: "columns",
    about: t("What each role lets people do, and roles of your own"),
  },
  {
    path: "/admin/sign-on",
    title: t("Single sign-on"),
    group: t("Access"),
    needs: "tenant:own",
    icon: "plug",
    about: t("Identity providers that say who somebody is"),
  },
  {
    path: "/admin/tokens",
    title: t("API tokens"),
    group: t("Access"),
    needs: "tokens:manage",
    icon: "key",
    about: t("What programs come in with, everybody's"),
  },
  {
    path: "/admin/sessions",
    title: t("Sessions"),
    group: t("Access"),
    needs: "users:manage",
    icon: "person",
    about: t("Who is signed in, from where, since when"),
  },
  {
    path: "/admin/audit",
    title: t("Audit trail"),
    group: t("Access"),
    needs: "audit:read",
    icon: "reliability",
    about: t("Who did what, and what came of it"),
  },
  {
    path: "/admin/tenant",
    title: t("Calendar and names"),
    group: t("Tenant"),
    needs: "tenant:manage",
    icon: "clock",
    about: t("Name, language, time zone, working days and hours"),
  },
  {
    path: "/admin/branding",
    title: t("Branding"),
    group: t("Tenant"),
    needs: "tenant:manage",
    icon: "brush",
    about: t("Name, logo and colours in the place of Pulse's"),
  },
  {
    path: "/admin/risk",
    title: t("Risk rules"),
    group: t("Tenant"),
    needs: "tenant:manage",
    icon: "triangle",
    about: t("From when on a project is at risk, and what the rules go by"),
  },
  {
    path: "/admin/targets",
    title: t("Targets"),
    group: t("Tenant"),
    needs: "tenant:manage",
    icon: "dora",
    about: t("What the tenant aims at, one value a metric"),
  },
  {
    path: "/admin/metrics",
    title: t("Own metrics"),
    group: t("Tenant"),
    needs: "tenant:manage",
    icon: "chart",
    about: t("Metrics that you define, in SQL"),
  },
  {
    path: "/admin/mapping",
    title: t("Mapping"),
    group: t("Data"),
    needs: "tenant:manage",
    icon: "flow",
    about: t("Stages, what types and labels mean, who is one person, and which project a repository or a board is in"),
  },
  {
    path: "/admin/work",
    title: t("Schedules and hooks"),
    group: t("Data"),
    needs: "jobs:read",
    icon: "gear",
    about: t("When work is done by itself, and who may ask for it from outside"),
  },
  {
    path: "/admin/usage",
    title: t("Usage"),
    group: t("Data"),
    needs: "tenant:manage",
    icon: "few",
    about: t("How much of what the tenant may have it has"),
  },
  {
    path: "/admin/retention",
    title: t("Retention"),
    group: t("Data"),
    needs: "jobs:read",
    icon: "clock",
    about: t("For how long what grows with time is kept"),
  },
  {
    path: "/admin/export",
    title: t("Export"),
    group: t("Data"),
    needs: "tenant:own",
    icon: "download",
    about: t("All of the tenant's data, to take away"),
  },
  {
    path: "/admin/destinations",
    title: t("Destinations"),
    group: t("Messages"),
    needs: "tenant:manage",
    icon: "send",
    about: t("Webhooks and chats that are told of things"),
  },
  {
    path: "/admin/deliveries",
    title: t("Deliveries"),
    group: t("Messages"),
    needs: "jobs:read",
    icon: "table",
    about: t("What was handed to whom, and how each try went"),
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
  { path: "/platform", title: t("Tenants"), icon: "projects" },
  { path: "/platform/workers", title: t("Workers and holds"), icon: "gear" },
  { path: "/platform/audit", title: t("Audit trail"), icon: "reliability" },
] as const satisfies readonly { path: string; title: string; icon: IconName }[];

/** What everybody has. */
export const OWN = [
  { path: "/profile", title: t("Profile"), icon: "person" },
  { path: "/notifications", title: t("Notifications"), icon: "bell" },
] as const satisfies readonly { path: string; title: string; icon: IconName }[];

/** Of the pages about the tenant, those that somebody with these permissions is led to. */
export const open = (permissions: readonly string[]) => ADMIN.filter(({ needs }) => permissions.includes(needs));
