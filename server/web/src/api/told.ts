/** Bodies as the server's own description has them (`npm run api`). What it tells less of than the page has to know is written in the
 * files beside this one. */

import type { components } from "./generated";

type Bodies = components["schemas"];

/** What is sent: what may be left out, may be. */
export type Sent<Name extends keyof Bodies> = Bodies[Name];

/** What is answered. The document says of what may be `null` that it may be left out, too; answers never do that. */
export type Told<Name extends keyof Bodies> = Whole<Bodies[Name]>;

type Whole<T> = T extends readonly (infer Item)[] ? Whole<Item>[] : T extends object ? { [K in keyof T]-?: Whole<T[K]> } : T;
