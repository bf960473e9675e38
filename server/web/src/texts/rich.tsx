/** Sentences with elements in them: a language may put them in another order, and never takes them apart. */

import { Fragment, type ReactNode } from "react";
import { open } from "./texts";

type Wraps = (inner: ReactNode) => ReactNode;

const PART = /<(\w+)>(.*?)<\/\1>|\{(\w+)\}/gs;

/** `rich("<b>{what}</b> since {at}.", { b: (inner) => <strong>{inner}</strong>, what, at: <Time at={at} /> })`. */
export const rich = (key: string, of: Readonly<Record<string, ReactNode | Wraps>>): ReactNode => put(open(key), of);

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
