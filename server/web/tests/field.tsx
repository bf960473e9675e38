/** A field in the place of the editor: what it holds is its own, and what is brought takes its place. */

import { useState } from "react";

export interface FieldProps {
  brought: { sql: string };
  onChange: (text: string) => void;
  onRun: () => void;
}

export function Field({ brought, onChange, onRun }: FieldProps) {
  const [text, setText] = useState(brought.sql);
  const [came, setCame] = useState(brought);
  if (came !== brought) {
    setCame(brought);
    setText(brought.sql);
  }
  return (
    <textarea
      aria-label="SQL"
      value={text}
      onChange={(event) => {
        setText(event.target.value);
        onChange(event.target.value);
      }}
      onKeyDown={(event) => event.ctrlKey && event.key === "Enter" && onRun()}
    />
  );
}
