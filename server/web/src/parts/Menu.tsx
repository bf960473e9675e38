import * as Dropdown from "@radix-ui/react-dropdown-menu";
import type { ReactNode } from "react";
import { Icon } from "./Icon";

const item = "flex min-h-8 w-full items-center gap-2 rounded-sm px-2 text-sm outline-none data-highlighted:bg-hover";

export interface MenuProps {
  trigger: ReactNode;
  /** Whether it is open, where somebody else says so. */
  open?: boolean;
  onOpen?: (open: boolean) => void;
  children: ReactNode;
}

/** A menu below its button. It does not lock the page: that would need styles that the page's policy refuses. */
export function Menu({ trigger, open, onOpen, children }: MenuProps) {
  return (
    <Dropdown.Root modal={false} {...(open !== undefined && { open })} {...(onOpen && { onOpenChange: onOpen })}>
      <Dropdown.Trigger asChild>{trigger}</Dropdown.Trigger>
      <Dropdown.Portal>
        <Dropdown.Content
          align="end"
          sideOffset={4}
          collisionPadding={8}
          className="z-20 max-h-(--radix-dropdown-menu-content-available-height) min-w-56 overflow-y-auto rounded-md border border-line bg-surface p-1.5 shadow-float"
        >
          {children}
        </Dropdown.Content>
      </Dropdown.Portal>
    </Dropdown.Root>
  );
}

export function MenuLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Dropdown.Item asChild className={item}>
      <a href={href}>{children}</a>
    </Dropdown.Item>
  );
}

export function MenuItem({ onSelect, children }: { onSelect: () => void; children: ReactNode }) {
  return (
    <Dropdown.Item className={item} onSelect={onSelect}>
      {children}
    </Dropdown.Item>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Dropdown.Label className="px-2 pt-2 pb-1 text-xs text-soft">{children}</Dropdown.Label>;
}

export const MenuLine = () => <Dropdown.Separator className="my-1.5 h-px bg-line" />;

/** One of a few. */
export function MenuChoice<T extends string>({
  value,
  of,
  onChoose,
}: {
  value: T;
  of: readonly (readonly [T, string])[];
  onChoose: (value: T) => void;
}) {
  return (
    <Dropdown.RadioGroup value={value}>
      {of.map(([one, words]) => (
        <Dropdown.RadioItem
          key={one}
          value={one}
          className={item}
          // The menu stays, so that one sees what one chooses.
          onSelect={(event) => {
            event.preventDefault();
            onChoose(one);
          }}
        >
          <span className="size-4">{one === value && <Icon name="check" />}</span>
          {words}
        </Dropdown.RadioItem>
      ))}
    </Dropdown.RadioGroup>
  );
}
