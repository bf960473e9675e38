/** Settings by their paths: `deployments.tags` of `{"deployments": {"tags": […]}}`. */

export type Settings = Record<string, unknown>;

const isFolder = (value: unknown): value is Settings => typeof value === "object" && value !== null && !Array.isArray(value);

/** What stands at a path. */
export function at(settings: Settings, path: string): unknown {
  return path.split(".").reduce<unknown>((value, name) => (isFolder(value) ? value[name] : undefined), settings);
}

/** Whether a value says nothing: then it is left out, and the connector's own default holds. */
const empty = (value: unknown) =>
  value === undefined ||
  value === null ||
  value === "" ||
  (Array.isArray(value) && value.length === 0) ||
  (isFolder(value) && Object.keys(value).length === 0);

/** The settings with another value at a path. What is empty is left out, its folder with it when it was alone there. */
export function put(settings: Settings, path: string, value: unknown): Settings {
  const [name = "", ...rest] = path.split(".");
  const before = settings[name];
  const next = rest.length === 0 ? value : put(isFolder(before) ? before : {}, rest.join("."), value);
  if (!empty(next)) return { ...settings, [name]: next };
  return Object.fromEntries(Object.entries(settings).filter(([one]) => one !== name));
}
