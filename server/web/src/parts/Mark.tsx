import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon";

const TONES = {
  good: { look: "bg-good-tint text-good", icon: "check" },
  bad: { look: "bg-bad-tint text-bad", icon: "diamond" },
  warn: { look: "bg-warn-tint text-warn", icon: "triangle" },
  plain: { look: "bg-sunken text-soft", icon: "same" },
  accent: { look: "bg-accent-tint text-accent-text", icon: "flow" },
} as const satisfies Record<string, { look: string; icon: IconName }>;

export type Tone = keyof typeof TONES;

/** How something stands: a shape, a word and a colour. */
export function Mark({ tone, icon, children }: { tone: Tone; icon?: IconName | null; children: ReactNode }) {
  const shape = icon === undefined ? TONES[tone].icon : icon;
  return (
    <span
      className={`inline-flex items-center gap-1 rounded-sm px-1.5 py-0.5 text-xs font-semibold whitespace-nowrap ${TONES[tone].look}`}
    >
      {shape && <Icon name={shape} className="size-3.5" />}
      {children}
    </span>
  );
}
