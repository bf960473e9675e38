/** Sentences with elements in them: a language may put them in another order, and never takes them apart. */

import { Fragment, type ReactNode } from "react";
import { language, open } from "./texts";

type Wraps = (inner: ReactNode) => ReactNode;

const PART = /<(\w+)>(.*?)<\/\1>|\{(\w+)\}/gs;

/** `rich("<b>{what}</b> since {at}.", { b: (inner) => <strong>{inner}</strong>, what, at: <Time at={at} /> })`. */
export const rich = (key: string, of: Readonly<Record<string, ReactNode | Wraps>>): ReactNode => put(open(key), of);

/** Facts one after the other, as far as there are any; each is a text of its own. */
export function listed(...facts: readonly ReactNode[]): ReactNode {
  const there = facts.filter((fact) => fact !== false && fact !== null && fact !== undefined && fact !== "");
  const places = there.map((_, at) => String(at));
  return new Intl.ListFormat(language(), { type: "unit" })
    .formatToParts(places)
    .map(({ type, value }, at) => <Fragment key={at}>{type === "element" ? there[Number(value)] : value}</Fragment>);
}

/** What a button is about, for those alone who do not see beside what it stands. */
export const hidden: Wraps = (inner) => <span className="sr-only">{inner}</span>;

function put(text: string, of: Readonly<Record<string, ReactNode | Wraps>>): ReactNode {
  const parts: ReactNode[] = [];
  let from = 0;
  for (const { 0: whole, 1: tag, 2: inner, 3: place, index } of text.matchAll(PART)) {
    parts.push(text.slice(from, index));
    const what = of[tag ?? place ?? ""];
    if (typeof what === "function") parts.push(<Fragment key={index}>{what(put(inner ?? "", of))}</Fragment>);
    else parts.push(<Fragment key={index}>{what ?? whole}</Fragment>);
    from = index + whole.length;
  }
  parts.push(text.slice(from));
  return parts.filter((part) => part !== "");
}
