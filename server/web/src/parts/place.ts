/** Where what no metric measures stands: a project's risks on its page, those of all beside each other, and forecasts on theirs. */
export function placeOf(href: string) {
  const [path, query] = href.split("?");
  const project = new URLSearchParams(query).getAll("project");
  if (path === "/api/v1/risks") return { to: project.length > 0 ? "/project" : "/projects", hash: "risks", project } as const;
  if (path === "/api/v1/forecasts") return { to: "/forecast", hash: "forecasts", project } as const;
  return null;
}
