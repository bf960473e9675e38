/** What stands between a number and its sign or unit, so that no line ends there: the space that locales have before a per cent, if any. */

export const GAP = "\u00a0";

/** Signs and units that follow a number, or the place of one, after a plain space: in a text of the page, and in a sentence of the server. */
const APART = /(?<=[\d}]) (?=%|(?:ms|s|min|h|d|days?|years?|points?|bytes|[KMGT]iB)(?![\p{L}\d]))/gu;

export const together = (text: string): string => text.replace(APART, GAP);

/** The other way about, for what is typed, and for files, which have no lines to end. */
export const plainly = (text: string): string => text.replace(/(?<=\d)\u00a0/g, " ");
