import { plainly } from "@/design/gap";

/** What is told, with plain spaces, as a test is read best. That no line ends between a number and its unit, the tests of formats say. */
export const plain = <T>(told: T): T => JSON.parse(plainly(JSON.stringify(told))) as T;
