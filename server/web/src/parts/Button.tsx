import type { ComponentProps } from "react";

const LOOKS = {
  plain: "border-edge bg-surface hover:bg-hover",
  main: "border-accent bg-accent text-on-accent hover:brightness-110",
  bad: "border-bad bg-surface text-bad hover:bg-bad-tint",
  quiet: "border-transparent text-soft hover:bg-hover hover:text-ink",
} as const;

/** Nothing is pressed on paper. */
export const buttonLook = (look: keyof typeof LOOKS = "plain") =>
  `inline-flex min-h-8 items-center justify-center gap-1.5 rounded-md border px-2.5 text-sm font-medium whitespace-nowrap disabled:opacity-60 print:hidden ${LOOKS[look]}`;

type Props = ComponentProps<"button"> & { look?: keyof typeof LOOKS };

export function Button({ look = "plain", className = "", type = "button", ...rest }: Props) {
  return <button type={type} className={`${buttonLook(look)} ${className}`} {...rest} />;
}

/** What is wrong with a field is said below it, and its edge shows it: by a state of its own, which goes before the plain edge. */
export const fieldLook =
  "min-h-8 rounded-md border border-edge aria-invalid:border-bad bg-surface px-2.5 text-sm text-ink placeholder:text-soft disabled:opacity-60";
