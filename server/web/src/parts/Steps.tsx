/** Where one is on a way of a few steps. */

import { t } from "@/texts/texts";
import { Icon } from "./Icon";

export function Steps({ of, at }: { of: readonly string[]; at: number }) {
  return (
    <ol aria-label={t("Steps")} className="flex flex-wrap gap-x-6 gap-y-2 text-sm">
      {of.map((step, index) => (
        <li
          key={step}
          aria-current={index === at ? "step" : undefined}
          className={`flex items-center gap-2 ${index === at ? "font-semibold" : "text-soft"}`}
        >
          <span
            className={`grid size-6 place-items-center rounded-full border text-xs ${
              index < at
                ? "border-good bg-good-tint text-good"
                : index === at
                  ? "border-accent bg-accent text-on-accent"
                  : "border-edge"
            }`}
          >
            {index < at ? <Icon name="check" className="size-3.5" /> : index + 1}
          </span>
          {step}
          {index < at && (
            <span className="sr-only">
              {", "}
              {t("done")}
            </span>
          )}
        </li>
      ))}
    </ol>
  );
}
