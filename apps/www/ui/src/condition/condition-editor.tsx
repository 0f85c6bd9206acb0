import { autocompletion } from '@codemirror/autocomplete';
import { history, historyKeymap, standardKeymap } from '@codemirror/commands';
import { Annotation, Compartment, EditorState } from '@codemirror/state';
import type { Extension } from '@codemirror/state';
import { EditorView, keymap, placeholder, tooltips } from '@codemirror/view';
import { useEffect, useLayoutEffect, useRef } from 'react';
import './condition-editor.css';
import { completionSource, highlighting, keepsEscape, keys, reopens, refreshUnderlines, replacing, underlining } from './editor-extensions.js';
import type { ConditionEditorProps } from './editor-props.js';

/** Marks a change that came from the page, so that the page is not told of it. */
const fromPage = Annotation.define<boolean>();

/** The editor itself; a default export, for `React.lazy` gives it and CodeMirror a chunk of their own. */
export default function ConditionEditor(props: ConditionEditorProps) {
  const { value, disabled, invalid, handover } = props;
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const attributes = useRef(new Compartment());
  const echoes = useRef<string[]>([]);
  // CodeMirror calls back long after the render that made it: it must reach the newest props.
  const latest = useRef(props);
  useLayoutEffect(() => {
    latest.current = props;
  });

  useLayoutEffect(() => {
    const { current: first } = latest;
    const editor = new EditorView({
      parent: parent.current!,
      state: EditorState.create({ doc: first.value, extensions: [extensions(() => latest.current, echoes.current), attributes.current.of(attributesOf(first))] }),
    });
    view.current = editor;
    if (handover.current !== null) {
      editor.dispatch({ selection: { anchor: Math.min(handover.current, editor.state.doc.length) } });
      editor.focus();
    }
    return () => editor.destroy();
  }, [handover]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null) return;
    // A page that renders slower than its user types gives back what was told a few keys ago.
    const echo = echoes.current.lastIndexOf(value);
    echoes.current.splice(0, echo === -1 ? Infinity : echo + 1);
    if (echo !== -1 || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value }, selection: { anchor: value.length }, annotations: fromPage.of(true) });
  }, [value]);

  const { id, labelId, describedBy, required, underlinesOf } = props;
  useEffect(() => {
    view.current?.dispatch({ effects: attributes.current.reconfigure(attributesOf(latest.current)) });
  }, [id, labelId, describedBy, required, disabled, invalid]);

  useEffect(() => {
    view.current?.dispatch({ effects: refreshUnderlines.of(null) });
  }, [underlinesOf]);

  return <div ref={parent} className="cave-condition-editor" data-invalid={invalid || undefined} data-disabled={disabled || undefined} />;
}

/** What stays the same for as long as the editor lives. `echoes` takes what the page was told. */
function extensions(props: () => ConditionEditorProps, echoes: string[]): Extension {
  const { nonce, placeholder: text } = props();
  return [
    // Columns are counted over the text as it is, so a carriage return stays a character.
    EditorState.lineSeparator.of('\n'),
    EditorView.lineWrapping,
    EditorView.clipboardInputFilter.of((pasted) => pasted.replace(/\s*\n\s*/g, ' ')),
    nonce === undefined ? [] : EditorView.cspNonce.of(nonce),
    placeholder(text),
    history(),
    highlighting,
    underlining((written) => props().underlinesOf(written)),
    keepsEscape,
    replacing,
    // A dialog would cut off what it holds.
    tooltips({ parent: document.body }),
    autocompletion({ override: [completionSource(props, (problem) => props().onTagValuesProblem(problem))], activateOnCompletion: reopens, icons: false, tooltipClass: () => 'cave-condition-completions' }),
    keymap.of([...keys(() => props().onSubmit()), ...historyKeymap, ...standardKeymap]),
    EditorView.domEventHandlers({ blur: () => props().onLeave() }),
    EditorView.updateListener.of((update) => {
      const own = update.docChanged && !update.transactions.some((transaction) => transaction.annotation(fromPage) === true);
      if (!own) return;
      const text = update.state.doc.toString();
      echoes.push(text);
      props().onChange(text);
    }),
  ];
}

function attributesOf({ id, labelId, describedBy, required, disabled, invalid }: ConditionEditorProps): Extension {
  return [
    EditorState.readOnly.of(disabled),
    EditorView.editable.of(!disabled),
    EditorView.contentAttributes.of({
      id,
      'aria-labelledby': labelId,
      'aria-multiline': 'false',
      'aria-required': String(required),
      'aria-invalid': String(invalid),
      'aria-disabled': String(disabled),
      ...(describedBy === undefined ? {} : { 'aria-describedby': describedBy }),
    }),
  ];
}
