/** Where what no metric measures stands: risks on the page of their project, of teams or of all projects, forecasts on theirs. */
export function placeOf(href: string) {
  const [path, query] = href.split("?");
  const asked = new URLSearchParams(query);
  const project = asked.getAll("project");
  if (path === "/api/v1/risks" && asked.has("team")) return { to: "/teams", hash: "team-risks", project } as const;
  if (path === "/api/v1/risks") return { to: project.length > 0 ? "/project" : "/projects", hash: "risks", project } as const;
  if (path === "/api/v1/forecasts") return { to: "/forecast", hash: "forecasts", project } as const;
  return null;
}
