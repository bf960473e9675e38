import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { catalog } from "@/api/sql";
import { t } from "@/texts/texts";
import { openEditor, type EditorHandle } from "./editor";

interface Props {
  /** What it is to hold: anew with each new object, so that a drawing of the page that is behind what is typed takes no letter back. */
  brought: { sql: string };
  /** Told when there is an editor to reach, and when there is none any more. */
  onOpen: (handle: EditorHandle | null) => void;
  onChange: (text: string) => void;
  onRun: () => void;
}

/** The editor: loaded with the page that has it. What it holds is its own. */
export default function Editor({ brought, onOpen, onChange, onRun }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const handle = useRef<EditorHandle | null>(null);
  const known = useQuery(catalog).data;
  // Looked up when they are called, so that the editor is not made anew when the page is drawn again.
  const does = useRef({ brought, onOpen, onChange, onRun });
  useEffect(() => {
    does.current = { brought, onOpen, onChange, onRun };
  });
  useEffect(() => {
    if (!place.current) return;
    const opened = openEditor(place.current, {
      text: does.current.brought.sql,
      label: t("SQL. Control and Enter runs it, Escape and then Tab leaves it"),
      onChange: (text) => does.current.onChange(text),
      onRun: () => does.current.onRun(),
    });
    handle.current = opened;
    does.current.onOpen(opened);
    return () => {
      opened.close();
      handle.current = null;
      does.current.onOpen(null);
    };
  }, []);
  useEffect(() => {
    if (known) handle.current?.know(known);
  }, [known]);
  // An address that one goes to, or back to, brings its own text.
  useEffect(() => {
    if (handle.current && handle.current.text() !== brought.sql) handle.current.setText(brought.sql);
  }, [brought]);
  return <div ref={place} className="h-full min-h-0" />;
}
