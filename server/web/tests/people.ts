/** What the API says to an owner, and to a platform operator: recorded, in a made-up tenant. */

import { DEMO, recorded } from "./shown";

const item = (list: string, at: number) => JSON.stringify((JSON.parse(recorded(list)) as { items: unknown[] }).items[at]);

/** The alerts in the state that is asked for. */
const alertsBy = (path: string) => {
  const state = new URLSearchParams(path.split("?")[1]).get("state");
  const { items } = JSON.parse(recorded("alerts")) as { items: { state: string }[] };
  return JSON.stringify({ items: items.filter((one) => one.state === state), next: null });
};

export const USER = "user_NUUxYf_BS2vZhCPjFV3QRg";

/** In this order: the first that fits is answered with. */
export const OWNER = {
  "/api/v1/me": recorded("me"),
  "/api/v1/users": recorded("users"),
  [`/api/v1/users/${USER}/sessions`]: recorded("sessions"),
  "/api/v1/me/sessions": recorded("sessions"),
  "/api/v1/users/": '{"items":[],"next":null}',
  "/api/v1/permissions": recorded("permissions"),
  "/api/v1/roles": recorded("roles"),
  "/api/v1/tokens": recorded("tokens"),
  "/api/v1/audit": recorded("audit"),
  "/api/v1/identity-providers": recorded("providers"),
  "/api/v1/targets": recorded("targets"),
  "/api/v1/metrics/own": recorded("own-metrics"),
  "/api/v1/risks/rules": recorded("risk-rules"),
  "/api/v1/schedules": recorded("schedules"),
  "/api/v1/hooks": recorded("hooks"),
  "/api/v1/notifications/muted": recorded("muted"),
  "/api/v1/notifications": recorded("notifications"),
  "/api/v1/connections/hub": recorded("connection"),
  "/api/v1/reports": recorded("reports"),
  "/api/v1/report-definitions": recorded("report-definitions"),
  "/api/v1/alert-rules": recorded("alert-rules"),
  "/api/v1/alerts": alertsBy,
  "/api/v1/alerts/": recorded("alert"),
  "/api/v1/destinations": recorded("destinations"),
  "/api/v1/deliveries": recorded("deliveries"),
  "/api/v1/deliveries/": recorded("delivery"),
  "/api/v1/mapping": recorded("mapping"),
  "/api/v1/mapping/trials": '{"id":"job_trial","state":"queued","reason":"asked for","effects":null}',
  "/api/v1/mapping/trials/": recorded("trial"),
  "/api/v1/tenant/branding": recorded("branding"),
  "/api/v1/tenant/branding/fonts": recorded("fonts"),
  "/api/v1/tenant/branding/preview": '{"css":"","warnings":[]}',
  ...Object.fromEntries(Object.entries(DEMO).filter(([path]) => path !== "/api/v1/me")),
};

export const OPERATOR = {
  "/api/v1/me": recorded("operator"),
  "/api/v1/tenants": recorded("tenants"),
  "/api/v1/tenants/old/receipt": recorded("receipt"),
  "/api/v1/platform/workers": recorded("workers"),
  "/api/v1/platform/jobs/holds": recorded("holds"),
  "/api/v1/audit": recorded("audit"),
};

/** Somebody with these permissions alone. */
export const as = (...permissions: string[]) => ({
  ...OWNER,
  "/api/v1/me": JSON.stringify({ ...(JSON.parse(recorded("me")) as object), permissions }),
});

export { item };
