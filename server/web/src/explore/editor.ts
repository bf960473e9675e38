/** The editor for SQL, as CodeMirror makes it. It lives in a shadow root: there its styles are constructed sheets, which the page's
 * policy allows, while in the document they would be `<style>` elements, which it does not. */

import {
  acceptCompletion,
  autocompletion,
  completionKeymap,
  type Completion,
  type CompletionContext,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { schemaCompletionSource, keywordCompletionSource, sql, type SQLNamespace } from "@codemirror/lang-sql";
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintKeymap, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState, Prec, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers, placeholder, tooltips } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { Place } from "@/api/client";
import type { Catalog } from "@/api/sql";
import { PulseSql } from "./dialect";
import { mentioned, spot } from "./statement";
import { shortType } from "./types";

export interface EditorHandle {
  text: () => string;
  setText: (text: string) => void;
  /** Puts a text in the place of what is selected. */
  insert: (text: string) => void;
  replace: (from: number, until: number, text: string) => void;
  /** Underlines the place of a mistake, or nothing. */
  mark: (place: Place | null, why: string) => void;
  know: (catalog: Catalog) => void;
  focus: () => void;
  close: () => void;
}

interface Does {
  text: string;
  label: string;
  onChange: (text: string) => void;
  onRun: () => void;
}

const LOOK = EditorView.theme({
  "&": { color: "var(--c-ink)", backgroundColor: "var(--c-surface)", fontSize: "0.8125rem", height: "100%" },
  "&.cm-focused": { outline: "2px solid var(--c-accent)", outlineOffset: "-2px" },
  ".cm-scroller": {
    fontFamily: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, monospace',
    lineHeight: "1.55",
    overflow: "auto",
  },
  ".cm-content": { caretColor: "var(--c-ink)", padding: "0.6rem 0" },
  ".cm-line": { padding: "0 0.75rem" },
  ".cm-cursor": { borderLeftColor: "var(--c-ink)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--c-soft)", border: "none", paddingLeft: "0.25rem" },
  ".cm-placeholder": { color: "var(--c-soft)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--c-accent-tint)",
  },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--c-band)", outline: "1px solid var(--c-edge)" },
  ".cm-tooltip": {
    backgroundColor: "var(--c-surface)",
    color: "var(--c-ink)",
    border: "1px solid var(--c-edge)",
    borderRadius: "0.5rem",
    overflow: "hidden",
    zIndex: "30",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "inherit", maxHeight: "16rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "0.2rem 0.6rem", minHeight: "1.5rem" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--c-accent)", color: "var(--c-on-accent)" },
  ".cm-tooltip-autocomplete ul li[aria-selected] .cm-completionDetail": { color: "inherit" },
  ".cm-completionDetail": { color: "var(--c-soft)", fontStyle: "normal", marginLeft: "0.75rem" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-completionIcon": { display: "none" },
  ".cm-tooltip.cm-completionInfo": { padding: "0.5rem 0.75rem", maxWidth: "22rem", fontSize: "0.8125rem" },
  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--c-bad) 1.5px",
    textUnderlineOffset: "3px",
    backgroundColor: "var(--c-bad-tint)",
  },
  ".cm-diagnostic": { padding: "0.4rem 0.6rem", maxWidth: "32rem" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--c-bad)" },
});

const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--c-accent-text)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--c-good)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--c-warn)" },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], color: "var(--c-soft)", fontStyle: "italic" },
  { tag: [tags.typeName, tags.standard(tags.name)], color: "var(--c-accent-text)" },
]);

/** The catalogue as the completion of `schema.table.column` takes it. */
function namespace({ schemas }: Catalog): SQLNamespace {
  return Object.fromEntries(
    schemas.map((schema) => [
      schema.name,
      {
        self: { label: schema.name, type: "namespace", detail: "schema", info: schema.about },
        children: Object.fromEntries(
          schema.tables.map((table) => [
            table.name,
            {
              self: { label: table.name, type: "type", detail: table.kind, info: table.about },
              children: table.columns.map((column) => ({
                label: column.name,
                type: "property",
                detail: shortType(column.type),
                info: column.about,
              })),
            },
          ]),
        ),
      },
    ]),
  );
}

/** The columns of the tables that the statement names, without their tables' names before them; those tables whole, too. */
function named(catalog: Catalog) {
  const tables = catalog.schemas.flatMap((schema) =>
    schema.tables.map((table) => ({ path: `${schema.name}.${table.name}`, ...table })),
  );
  const whole: Completion[] = tables.map(({ path, kind, about }) => ({ label: path, type: "type", detail: kind, info: about }));
  return (context: CompletionContext) => {
    const word = context.matchBefore(/[\p{L}_][\p{L}\p{N}_]*/u);
    if (!word && !context.explicit) return null;
    const before = context.state.sliceDoc(Math.max(0, (word?.from ?? context.pos) - 1), word?.from ?? context.pos);
    if (before === "." || before === "$") return null;
    const seen = mentioned(context.state.doc.toString());
    const columns = tables
      .filter(({ path }) => seen.has(path))
      .flatMap(({ path, columns }) =>
        columns.map((column): Completion => ({
          label: column.name,
          type: "property",
          detail: `${shortType(column.type)}, ${path}`,
          info: column.about,
          boost: 2,
        })),
      );
    return { from: word?.from ?? context.pos, options: [...columns, ...whole], validFor: /^[\p{L}\p{N}_]*$/u };
  };
}

/** Puts in what is typed. Left to the browser, text that takes the place of coloured text would be given that colour as a style of its
 * own, which the page's policy refuses, and complains of. */
function typed(event: InputEvent, view: EditorView): boolean {
  if (event.inputType !== "insertText" || event.data === null || event.isComposing || view.composing) return false;
  event.preventDefault();
  view.dispatch(view.state.update(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true }));
  return true;
}

export function openEditor(parent: HTMLElement, { text, label, onChange, onRun }: Does): EditorHandle {
  const root = parent.shadowRoot ?? parent.attachShadow({ mode: "open" });
  const place = document.createElement("div");
  place.style.height = "100%";
  root.replaceChildren(place);
  const completion = new Compartment();
  const known = (catalog: Catalog | null): Extension =>
    autocompletion({
      icons: false,
      override: catalog
        ? [
            named(catalog),
            schemaCompletionSource({ dialect: PulseSql, schema: namespace(catalog) }),
            keywordCompletionSource(PulseSql, true),
          ]
        : [keywordCompletionSource(PulseSql, true)],
    });
  const run = () => {
    onRun();
    return true;
  };
  const view = new EditorView({
    root,
    parent: place,
    state: EditorState.create({
      doc: text,
      extensions: [
        // Tab leaves the editor, as it leaves every field: nobody is caught in it. It accepts a completion that is open.
        Prec.highest(
          keymap.of([
            { key: "Mod-Enter", run },
            { key: "Tab", run: acceptCompletion },
          ]),
        ),
        history(),
        lineNumbers(),
        drawSelection(),
        bracketMatching(),
        indentOnInput(),
        EditorView.lineWrapping,
        keymap.of([...completionKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap]),
        sql({ dialect: PulseSql }),
        syntaxHighlighting(COLOURS),
        LOOK,
        tooltips({ parent: place }),
        completion.of(known(null)),
        placeholder("SELECT … FROM facts.deployments"),
        EditorView.contentAttributes.of({
          "aria-label": label,
          "aria-multiline": "true",
          spellcheck: "false",
          autocapitalize: "off",
        }),
        EditorView.domEventHandlers({ beforeinput: typed }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  const replace = (from: number, until: number, insert: string) => {
    view.dispatch({ changes: { from, to: until, insert }, selection: { anchor: from + insert.length }, scrollIntoView: true });
  };
  return {
    text: () => view.state.doc.toString(),
    setText: (text) => replace(0, view.state.doc.length, text),
    insert: (text) => {
      const { from, to } = view.state.selection.main;
      replace(from, to, text);
      view.focus();
    },
    replace,
    mark: (place, why) => {
      const where = place && spot(view.state.doc.toString(), place);
      view.dispatch(
        setDiagnostics(view.state, where ? [{ from: where.from, to: where.until, severity: "error", message: why }] : []),
      );
    },
    know: (catalog) => view.dispatch({ effects: completion.reconfigure(known(catalog)) }),
    focus: () => view.focus(),
    close: () => view.destroy(),
  };
}
