/** Whether the page is being laid out for paper: what is drawn for the screen is drawn for that, too. */

let laying = false;
const listeners = new Set<(laying: boolean) => void>();
const told = (now: boolean) => () => {
  laying = now;
  for (const listener of [...listeners]) listener(now);
};
window.addEventListener("beforeprint", told(true));
window.addEventListener("afterprint", told(false));

/** Tells when that begins and ends, and at once where it has begun: what comes to be meanwhile stands on the paper, too. */
export function onPaper(listener: (laying: boolean) => void): () => void {
  listeners.add(listener);
  if (laying) listener(true);
  return () => void listeners.delete(listener);
}
