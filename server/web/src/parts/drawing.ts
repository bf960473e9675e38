import type { Props } from "./Canvas";
import { part } from "./later";

/** What draws charts: as much script as all else on a first page. */
export const canvas = part<Props>(() => import("./Canvas"));
