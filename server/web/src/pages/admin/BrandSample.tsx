/** A piece of the page in other colours, without putting them on the page itself. */

import type { CSSProperties } from "react";
import { dataUrl, type Branding, type Warning } from "@/api/branding";
import { useTheme } from "@/design/theme";
import { CONTRASTS, named, type Contrast } from "@/design/tokens";
import { buttonLook } from "@/parts/Button";
import { Icon } from "@/parts/Icon";
import { Mark } from "@/parts/Mark";
import { Panel } from "@/parts/Page";
import { Status } from "@/parts/Status";
import { t } from "@/texts/texts";

type Mode = Warning["mode"];

/** The custom properties that a stylesheet of ours gives a mode with this contrast; without one, Pulse's own. */
export function propertiesOf(css: string, mode: Mode, contrast: Contrast): Record<string, string> {
  const rule = new RegExp(`\\[data-mode=${mode}\\]\\[data-contrast=${contrast}\\]\\{([^}]*)\\}`).exec(css)?.[1];
  if (rule === undefined)
    return Object.fromEntries(Object.entries(named(mode, contrast)).map(([name, value]) => [`--c-${name}`, value]));
  return Object.fromEntries(
    rule
      .split(";")
      .filter((declaration) => declaration.startsWith("--c-"))
      .map((declaration) => declaration.split(":") as [string, string]),
  );
}

export function Sample({ mode, css, worn }: { mode: Mode; css: string; worn: Branding }) {
  // With as much contrast as whoever looks on has chosen, or their system asks for.
  useTheme();
  const contrast = CONTRASTS.find((one) => one === document.documentElement.dataset.contrast) ?? "regular";
  const properties = { ...propertiesOf(css, mode, contrast), colorScheme: mode } as CSSProperties;
  return (
    <figure style={properties} className="overflow-hidden rounded-lg border border-edge bg-canvas text-ink">
      <figcaption className="sr-only">{mode === "light" ? t("On light grounds") : t("On dark grounds")}</figcaption>
      <div className="flex items-center gap-2 border-b border-line px-3 py-2 font-semibold">
        {worn.logo ? (
          <img src={dataUrl(worn.logo)} alt="" className="h-6 max-w-24 object-contain" />
        ) : (
          <span className="size-5 rounded-sm bg-accent" />
        )}
        <span className="min-w-0 truncate">{worn.name ?? t("Pulse")}</span>
        <span className="ml-auto text-xs font-normal text-soft">{mode === "light" ? t("light") : t("dark")}</span>
      </div>
      <div className="grid grid-cols-[6rem_minmax(0,1fr)]">
        <ul className="flex flex-col gap-0.5 border-r border-line p-2 text-xs">
          <li className="rounded-md bg-accent-tint px-2 py-1 font-semibold text-accent-text">{t("Overview")}</li>
          <li className="px-2 py-1 text-soft">{t("Flow")}</li>
          <li className="px-2 py-1 text-soft">{t("Reports")}</li>
        </ul>
        <div className="flex min-w-0 flex-col gap-2 p-3">
          <div className="rounded-md border border-line bg-surface p-2.5">
            <p className="text-xs text-soft">{t("Change lead time")}</p>
            <p className="text-xl font-semibold">{t("3.2 days")}</p>
            <p className="flex items-center gap-1 text-xs text-good">
              <Icon name="down" className="size-3" />
              {t("down 12 %, better")}
            </p>
            <span aria-hidden="true" className="mt-2 block h-1.5 rounded-sm bg-linear-to-r from-accent to-(--c-second)" />
          </div>
          <p className="flex flex-wrap gap-1.5">
            <Status of="on_track" />
            <Status of="at_risk" />
            <Status of="off_track" />
            <Mark tone="accent">{t("runs")}</Mark>
          </p>
          <p className="flex flex-wrap items-center gap-2 text-sm">
            <span className={buttonLook("main")}>{t("Keep")}</span>
            <span className={buttonLook()}>{t("Leave it")}</span>
            <span className="text-accent-text underline">{t("A link")}</span>
          </p>
        </div>
      </div>
    </figure>
  );
}

/** How much contrast a colour has there, and how much it needs. */
const contrastWords = ({ contrast, has, needs }: Warning): string =>
  ({
    regular: t("regular contrast: has {has}, needs {needs}", { has, needs }),
    aa: t("more contrast: has {has}, needs {needs}", { has, needs }),
    aaa: t("most contrast: has {has}, needs {needs}", { has, needs }),
  })[contrast];

const placeWords = ({ colour, mode }: Warning): string => {
  const name = { accent: t("accent"), second: t("second"), good: t("good"), warn: t("warn"), bad: t("bad") }[colour];
  return mode === "light" ? t("{colour} on light grounds", { colour: name }) : t("{colour} on dark grounds", { colour: name });
};

/** The colours that are not shown as they were given. */
export function Warnings({ of }: { of: readonly Warning[] }) {
  const groups = new Map<string, Warning[]>();
  for (const one of of) {
    const key = placeWords(one);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  if (groups.size === 0)
    return (
      <p className="flex items-center gap-2 text-sm">
        <Icon name="check" className="text-good" />
        {t("Every colour can be read wherever it stands.")}
      </p>
    );
  return (
    <Panel
      title={t("Not shown as they are")}
      about={t("They could not be read there, so the nearest of their hue that can is shown.")}
    >
      <ul className="flex flex-col gap-3 text-sm">
        {[...groups].map(([key, warnings]) => (
          <li key={key}>
            <p className="font-medium first-letter:uppercase">{key}</p>
            <ul className="mt-0.5 flex flex-col gap-0.5">
              {warnings.map((one) => (
                <li key={one.contrast} className="flex flex-wrap items-center gap-x-2">
                  <Swatch of={one.given} />
                  <Icon name="chevron" className="size-3 -rotate-90 text-soft" />
                  <Swatch of={one.shown} />
                  <span className="text-xs text-soft">{contrastWords(one)}</span>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Swatch({ of }: { of: string }) {
  return (
    <span className="inline-flex items-center gap-1.5 font-mono text-xs">
      <span aria-hidden="true" style={{ background: of }} className="size-3.5 rounded-sm border border-edge" />
      {of}
    </span>
  );
}
