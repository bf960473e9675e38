/** Whether the page is being laid out for paper: what is drawn for the screen is drawn for that, too. */

/** So long paper waits for what is on its way. */
const PATIENCE_MS = 20_000;

let laying = false;
/** `begun` says that it had begun already when the listener came. */
type Listener = (laying: boolean, begun: boolean) => void;
const listeners = new Set<Listener>();
const coming = new Set<symbol>();

function told(now: boolean) {
  laying = now;
  for (const listener of [...listeners]) listener(now, false);
  // What a browser's menu prints cannot be waited for: the paper says that something is missing (src/design/page.css).
  document.documentElement.toggleAttribute("data-early", now && coming.size > 0);
}
window.addEventListener("beforeprint", () => told(true));
window.addEventListener("afterprint", () => told(false));
// What is asked for by keys can be.
window.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "p" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
  // What is not near is called for, to see whether it is there; the browser tells again when it lays the page out.
  told(true);
  if (coming.size === 0) told(false);
  else {
    event.preventDefault();
    void waited().then(() => window.print());
  }
});

async function waited() {
  const until = performance.now() + PATIENCE_MS;
  while (coming.size > 0 && performance.now() < until) await new Promise((passed) => setTimeout(passed, 50));
}

/** Tells when that begins and ends, and at once where it has begun: what comes to be meanwhile stands on the paper, too. */
export function onPaper(listener: Listener): () => void {
  listeners.add(listener);
  if (laying) listener(true, true);
  return () => void listeners.delete(listener);
}

/** Something is on its way that would be missing on paper, until it is told that it came. */
export function comes(): () => void {
  const one = Symbol();
  coming.add(one);
  return () => void coming.delete(one);
}
