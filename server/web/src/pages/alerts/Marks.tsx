import type { AlertState, Severity } from "@/api/alerts";
import { Mark } from "@/parts/Mark";
import { SEVERITY, STATE } from "./words";

/** How bad it is, or with `calm` how bad it was or would be: what is not so has no colour. */
export function SeverityMark({ of, calm = false }: { of: Severity; calm?: boolean }) {
  const { tone, icon, words } = SEVERITY[of];
  return (
    <Mark tone={calm ? "plain" : tone} icon={icon}>
      {words()}
    </Mark>
  );
}

export function StateMark({ of }: { of: AlertState }) {
  const { tone, icon, words } = STATE[of];
  return (
    <Mark tone={tone} icon={icon}>
      {words()}
    </Mark>
  );
}
