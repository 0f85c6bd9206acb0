import { Input } from '@mantine/core';
import { Suspense, lazy, useCallback, useId, useMemo, useRef, useState } from 'react';
import './condition-field.css';
import { ConditionMessages, messageIds } from './condition-messages.js';
import { ConditionTextarea } from './condition-textarea.js';
import { diagnose } from './diagnose.js';
import { fieldState } from './field-state.js';
import { LoadBoundary } from './load-boundary.js';
import type { ConditionFieldProps } from './props.js';

const ConditionEditor = lazy(() => import('./condition-editor.js'));

const PLACEHOLDER = 'orders [shipTo: US].sum.5m < 100 at least 3 times';
const NO_EDITOR = 'The editor with completion could not be loaded. Conditions can be written here all the same; reload the page to try again.';

/** The labelled input of a condition, with all that is to be said about it below. Works from the first moment on. */
export function ConditionField({ label, value, onChange, onSubmit, disabled = false, required = false, metrics, loadTagValues, serverError, nonce }: ConditionFieldProps) {
  const id = useId();
  const [settled, setSettled] = useState(false);
  const [editorMissing, setEditorMissing] = useState(false);
  const [valuesProblem, setValuesProblem] = useState<string | null>(null);
  const handover = useRef<number | null>(null);
  const state = useMemo(() => fieldState(value, settled, serverError), [value, settled, serverError]);
  // The editor asks about a text before the page has it; the api's answer was about the page's.
  const underlinesOf = useCallback((text: string) => fieldState(text, settled, text === value ? serverError : undefined).underlines, [value, settled, serverError]);

  const change = (next: string) => {
    // A whole condition ends the complaint; the next slip begins as a text that is being written.
    if (next === '' || diagnose(next) === null) setSettled(false);
    onChange(next);
  };
  const submit = () => {
    setSettled(true);
    if (diagnose(value) === null) onSubmit?.();
  };
  const tellValuesProblem = useCallback((problem: unknown) => {
    const why = problem instanceof Error ? ` (${problem.message})` : '';
    setValuesProblem(problem === null ? null : `The values of this tag could not be loaded${why}. They can be typed.`);
  }, []);

  const notes = [...(editorMissing ? [NO_EDITOR] : []), ...(valuesProblem === null ? [] : [valuesProblem])];
  const messages = { id, notes, error: state.error, help: state.help, offers: state.offers, onTake: disabled ? undefined : ({ corrected }: { corrected: string }) => change(corrected) };
  const input = {
    id: `${id}-input`,
    labelId: `${id}-label`,
    describedBy: messageIds(messages),
    invalid: state.error !== null,
    required,
    disabled,
    placeholder: PLACEHOLDER,
    value,
    onChange: change,
    onSubmit: submit,
    onLeave: () => setSettled(value !== ''),
    handover,
  };
  const textarea = <ConditionTextarea {...input} />;
  return (
    <div className="cave-condition-field">
      {/* The editor is no form control, so the browser does not focus it for its label. */}
      <Input.Label id={input.labelId} htmlFor={input.id} required={required} onClick={() => document.getElementById(input.id)?.focus()}>
        {label}
      </Input.Label>
      <LoadBoundary fallback={textarea} onFailure={() => setEditorMissing(true)}>
        <Suspense fallback={textarea}>
          <ConditionEditor {...input} underlinesOf={underlinesOf} metrics={metrics} loadTagValues={loadTagValues} onTagValuesProblem={tellValuesProblem} nonce={nonce} />
        </Suspense>
      </LoadBoundary>
      <ConditionMessages {...messages} />
    </div>
  );
}
