/** Where somebody was who has to come in by the door again. */

const KEY = "pulse.return";
const HOUR_MS = 3_600_000;

/** Notes where one is, for when one comes back by the door. */
export function noteReturn() {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ to: location.pathname + location.search, at: Date.now() }));
  } catch {
    // Then one comes back to the overview.
  }
}

/** Where to go on, once; an address of this page alone. */
export function takeReturn(): string | null {
  try {
    const { to, at } = JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as { to?: unknown; at?: unknown };
    sessionStorage.removeItem(KEY);
    const good = typeof to === "string" && /^\/(?![/\\])/.test(to) && typeof at === "number" && Date.now() - at < HOUR_MS;
    return good && to !== "/" ? to : null;
  } catch {
    return null;
  }
}
