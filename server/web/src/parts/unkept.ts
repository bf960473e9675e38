/** What is open on the page with something in it that is not kept, for whoever leaves by another way than the router's. */

type Ask = (go: () => void) => void;

const asking = new Set<Ask>();
let abandoned = false;

/** Has whoever leaves asked by this for as long as something is unkept; what comes back takes it away again. */
export function asksBeforeLeaving(ask: Ask): () => void {
  asking.add(ask);
  return () => asking.delete(ask);
}

/** Does what leaves the tenant or the session once everybody asked said so. Done first, who then stayed would write into another tenant. */
export function leaving(deed: () => void): void {
  const [ask] = asking;
  if (ask) ask(() => leaving(deed));
  else deed();
}

/** The page is of nobody who is here any more: nothing of it may stay, whatever was typed. */
export const abandon = () => {
  abandoned = true;
};

export const isAbandoned = () => abandoned;
