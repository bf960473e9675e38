import { useEffect, useRef } from "react";
import { t } from "@/texts/texts";

/** For a field whose text waits for a button beside it: a form is not sent without what stands in there, and the browser says why. */
export function usePending<E extends HTMLInputElement & HTMLSelectElement>(waits: boolean) {
  const field = useRef<E>(null);
  useEffect(() => field.current?.setCustomValidity(waits ? t("Add it first, or leave it empty.") : ""));
  return field;
}
