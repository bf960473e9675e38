/** A chart of dots, one for each item, with the ways to look at it otherwise: on another axis, and as a table. */

import type { ReactNode } from "react";
import { t } from "@/texts/texts";
import { useAsTable, useAxis } from "./arrangement";
import { Button } from "./Button";
import { DataTable, type Grid } from "./DataTable";
import { External, isWeb } from "./External";
import type { GridCell } from "./grid";
import { Icon } from "./Icon";
import { EmptyState } from "./Notice";

interface Props {
  title: string;
  grid: Grid;
  /** What its heights are, unless that is time. */
  unit?: string;
  /** Whether on an even axis most dots would lie on the floor; not said where there is no other axis. */
  far?: boolean;
  /** What it draws, on an axis that is logarithmic or even. */
  children: (logarithmic: boolean) => ReactNode;
}

export function DotCard({ title, unit = t("time"), grid, far, children }: Props) {
  const [asTable, turn] = useAsTable(grid.name);
  const [chosen, choose] = useAxis(grid.name, far ?? false);
  const logarithmic = far !== undefined && chosen;
  return (
    <figure className="card flex min-w-0 flex-col rounded-lg border border-line bg-surface p-4">
      <figcaption className="flex items-start justify-between gap-3">
        <div>
          <h3 className="font-semibold">{title}</h3>
          {!asTable && <p className="text-xs text-soft">{logarithmic ? t("{unit}, on a logarithmic axis", { unit }) : unit}</p>}
        </div>
        <div className="-mr-1 flex flex-wrap justify-end print:hidden">
          {!asTable && far !== undefined && (
            <Button look="quiet" aria-pressed={logarithmic} onClick={() => choose(!logarithmic)}>
              {logarithmic && <Icon name="check" />}
              {t("Logarithmic")}
            </Button>
          )}
          <Button look="quiet" aria-pressed={asTable} onClick={turn}>
            <Icon name={asTable ? "chart" : "table"} />
            {asTable ? t("Chart") : t("Table")}
          </Button>
        </div>
      </figcaption>
      {asTable ? (
        <div className="mt-2">
          <DataTable grid={grid} />
        </div>
      ) : (
        children(logarithmic)
      )}
    </figure>
  );
}

/** Where there is no dot. */
export function NoDots({ title, children }: { title: string; children: string }) {
  return (
    <figure className="card flex min-w-0 flex-col rounded-lg border border-line bg-surface p-4">
      <figcaption>
        <h3 className="font-semibold">{title}</h3>
      </figcaption>
      <EmptyState title={children} />
    </figure>
  );
}

interface Item {
  key: string;
  title: string | null;
  url: string | null;
}

export const itemName = ({ key, title }: Item) => (title ? `${key} ${title}` : key);

/** What people call an item, and the way there where it is known. */
export const itemCell = ({ key, url }: Item): GridCell => ({
  value: key,
  show: <span className="whitespace-nowrap">{isWeb(url) ? <External href={url}>{key}</External> : key}</span>,
});
