/** Takes a file from whoever is asked for one. */

import { useId } from "react";
import { buttonLook } from "./Button";

interface Props {
  label: string;
  /** What else a screen reader is told of it. */
  of?: string;
  accept: string;
  disabled?: boolean;
  /** What says what is wrong with the last one. */
  describedBy?: string | undefined;
  onFile: (file: File) => void;
}

export function FileButton({ label, of, accept, disabled = false, describedBy, onFile }: Props) {
  const id = useId();
  return (
    <label
      htmlFor={id}
      className={`${buttonLook()} focus-within:outline-2 focus-within:outline-accent ${disabled ? "opacity-60" : "cursor-pointer"}`}
    >
      <span>
        {label}
        {of && <span className="sr-only"> {of}</span>}
      </span>
      <input
        id={id}
        type="file"
        accept={accept}
        disabled={disabled}
        className="sr-only"
        aria-describedby={describedBy}
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) onFile(file);
          // The same file can be chosen again.
          event.target.value = "";
        }}
      />
    </label>
  );
}
