/** Whether a tenant is one that `pulse demo` fills, or a copy of one: the server takes in none under another name. */
export const isSample = (tenant: string): boolean => tenant === "demo" || tenant.startsWith("demo-");
