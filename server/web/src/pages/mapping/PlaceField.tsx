/** In which of several lists a word is, and the way to another. */

import { SelectField } from "@/parts/Form";
import { rich } from "@/texts/rich";
import { holder, moved, type Patterns } from "./patterns";

interface Props<T extends Patterns> {
  label: string;
  word: string;
  lists: readonly T[];
  /** What the lists are called, and what it is to be in none. */
  title: (name: string) => string;
  none: string;
  onMove: (lists: T[]) => void;
}

export function PlaceField<T extends Patterns>({ label, word, lists, title, none, onMove }: Props<T>) {
  const held = holder(lists, word);
  // A pattern of more than this word is changed where it stands, since others go with it.
  if (held && !held.own)
    return (
      <span>
        {rich("{list} <b>by</b> {pattern}", {
          list: title(held.name),
          b: (inner) => <span className="text-soft">{inner}</span>,
          pattern: <code className="font-mono text-xs">{held.pattern}</code>,
        })}
      </span>
    );
  return (
    <SelectField
      bare
      label={label}
      value={held ? String(held.at) : ""}
      of={[["", none] as const, ...lists.map(({ name }, at) => [String(at), title(name)] as const)]}
      onChange={(to) => onMove(moved(lists, word, to === "" ? null : Number(to)))}
    />
  );
}
