import type { AlertState, Severity } from "@/api/alerts";
import { Mark } from "@/parts/Mark";
import { SEVERITY, STATE } from "./words";

/** How bad it is, or with `would` how bad it would be: what is not so has no colour. */
export function SeverityMark({ of, would = false }: { of: Severity; would?: boolean }) {
  const { tone, icon, words } = SEVERITY[of];
  return (
    <Mark tone={would ? "plain" : tone} icon={icon}>
      {words}
    </Mark>
  );
}

export function StateMark({ of }: { of: AlertState }) {
  const { tone, icon, words } = STATE[of];
  return (
    <Mark tone={tone} icon={icon}>
      {words}
    </Mark>
  );
}
