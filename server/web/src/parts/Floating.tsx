/** What opens below a button, placed by Radix. `Popup` loads it when it is first opened. */

import * as Popover from "@radix-ui/react-popover";
import type { PopupProps } from "./Popup";

export default function Floating({ trigger, open, onOpen, label, align = "start", className, children }: PopupProps) {
  return (
    <Popover.Root open={open} onOpenChange={onOpen}>
      <Popover.Trigger asChild>{trigger}</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          aria-label={label}
          className={`rounded-md border border-line bg-surface shadow-float ${className}`}
        >
          {children}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
