import { t } from "@/texts/texts";
import { Icon } from "./Icon";

/** One of several that were chosen, with the way to leave it out again. */
export function Chip({
  label,
  remove = t("Leave {label} out", { label }),
  onRemove,
}: {
  label: string;
  /** What its button says. */
  remove?: string;
  onRemove: () => void;
}) {
  return (
    <li className="inline-flex max-w-full items-center rounded-md border border-line bg-sunken pl-2 text-sm">
      <span className="min-w-0 truncate">{label}</span>
      <button
        type="button"
        aria-label={remove}
        onClick={onRemove}
        className="grid size-7 max-sm:size-10 shrink-0 place-items-center text-soft hover:text-ink"
      >
        <Icon name="close" className="size-3.5" />
      </button>
    </li>
  );
}
