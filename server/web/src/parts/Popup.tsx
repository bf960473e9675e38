/** What opens below a button. Until it is first opened it is the button alone: what places it is a tenth of the first page's script. */

import { cloneElement, useState, type HTMLAttributes, type KeyboardEvent, type ReactElement, type ReactNode } from "react";
import { part, usePart, useWhenQuiet, type Part } from "./later";

type Trigger = ReactElement<HTMLAttributes<HTMLElement>>;

export interface PopupProps {
  trigger: Trigger;
  open: boolean;
  onOpen: (open: boolean) => void;
  /** What it is called. */
  label: string;
  align?: "start" | "end";
  className: string;
  children: ReactNode;
}

const floating = part<PopupProps>(() => import("./Floating"));

export function Popup(props: PopupProps) {
  return <Opens {...props} of={floating} kind="dialog" props={props} />;
}

/** A button whose part is loaded when it is pressed, or when nothing else is to be done. From then on the part has the button. */
export function Opens<P extends object>({
  trigger,
  open,
  onOpen,
  of,
  kind,
  props,
}: {
  trigger: Trigger;
  open: boolean;
  onOpen: (open: boolean) => void;
  of: Part<P>;
  kind: "dialog" | "menu";
  props: P;
}) {
  const [pressed, press] = useState(open);
  if (open && !pressed) press(true);
  useWhenQuiet(of.load);
  const opened = usePart(of, pressed, props);
  if (opened) return opened;
  return cloneElement(trigger, {
    "aria-haspopup": kind,
    "aria-expanded": false,
    onClick: () => onOpen(true),
    onKeyDown: (event: KeyboardEvent) => {
      if (kind !== "menu" || event.key !== "ArrowDown") return;
      event.preventDefault();
      onOpen(true);
    },
  });
}
