import { createContext } from "react";

/** Whether something is in a dialog, which has no address: how it is arranged there is over with it. */
export const Apart = createContext(false);
