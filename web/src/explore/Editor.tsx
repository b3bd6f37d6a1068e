/** A query editor: one CodeMirror for both languages, with their colours and completion. */

import { autocompletion, closeBrackets, closeBracketsKeymap, completionStatus } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, insertNewlineAndIndent } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorState, Prec, type Extension } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "preact/hooks";

interface Props {
  value: string;
  /** Its name for people who do not see it. */
  label: string;
  hint: string;
  /** The language with its completion. Taken once, when the editor is made. */
  language: Extension;
  onChange: (text: string) => void;
  onRun: () => void;
}

// Colours are variables, so that one style serves dark and light.
const COLOURS = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "var(--code-word)" },
  { tag: [tags.function(tags.variableName), tags.function(tags.name)], color: "var(--code-function)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-text)" },
  { tag: [tags.number, tags.literal], color: "var(--code-number)" },
  { tag: [tags.labelName, tags.propertyName], color: "var(--code-label)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--ink-faint)", fontStyle: "italic" },
  { tag: tags.invalid, color: "var(--critical)" },
]);

const LOOK = EditorView.theme({
  "&": { fontSize: "13px", backgroundColor: "transparent" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55" },
  ".cm-content": { padding: "6px 0", caretColor: "var(--ink)" },
  ".cm-placeholder": { color: "var(--ink-faint)" },
  ".cm-tooltip": { backgroundColor: "var(--surface)", color: "var(--ink)", border: "1px solid var(--line-strong)", borderRadius: "6px", boxShadow: "var(--shadow)", overflow: "hidden" },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "18em" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "2px 8px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent-fill)", color: "#fff" },
  ".cm-completionDetail": { color: "var(--ink-faint)", fontStyle: "normal" },
  "li[aria-selected] .cm-completionDetail": { color: "inherit" },
  ".cm-completionInfo": { maxWidth: "26em", padding: "6px 10px" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-wash)", color: "inherit" },
});

const nonce = (): string => {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]');
  return meta?.nonce || meta?.content || "";
};

export function Editor({ value, label, hint, language, onChange, onRun }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  // Texts that were told and have not come back as `value` yet. Without it, a value that lags behind fast typing would be taken
  // for a change from outside, written into the editor, told again, and so on without end.
  const told = useRef<string[]>([]);
  const isGiven = useRef(false);
  const calls = useRef({ onChange, onRun });
  calls.current = { onChange, onRun };
  useEffect(() => {
    const run = () => {
      calls.current.onRun();
      return true;
    };
    const made = new EditorView({
      parent: place.current!,
      state: EditorState.create({
        doc: value,
        extensions: [
          EditorView.cspNonce.of(nonce()),
          // while completions are offered, Enter takes one
          Prec.high(keymap.of([
            { key: "Mod-Enter", run },
            { key: "Enter", run: (editor) => completionStatus(editor.state) !== "active" && run() },
            { key: "Shift-Enter", run: insertNewlineAndIndent },
          ])),
          keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap]),
          history(), bracketMatching(), closeBrackets(), autocompletion(), language, syntaxHighlighting(COLOURS), LOOK,
          EditorView.lineWrapping, placeholder(hint),
          EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", autocapitalize: "off" }),
          EditorView.updateListener.of((update) => {
            if (!update.docChanged || isGiven.current) return;
            const text = update.state.doc.toString();
            told.current.push(text);
            calls.current.onChange(text);
          }),
        ],
      }),
    });
    view.current = made;
    return () => made.destroy();
  }, []);
  useEffect(() => {
    const made = view.current;
    const known = told.current.lastIndexOf(value);
    if (known >= 0) return void told.current.splice(0, known + 1);
    told.current = [];
    if (made === null || made.state.doc.toString() === value) return;
    isGiven.current = true;
    made.dispatch({ changes: { from: 0, to: made.state.doc.length, insert: value } });
    isGiven.current = false;
  }, [value]);
  return <div class="editor" ref={place} />;
}
