import { useLayoutEffect, useRef } from 'react';
import type { InputProps } from './editor-props.js';

/**
 * The plain form of the input: there before the editor has come, and for good when it does not
 * come. Not Mantine's, which takes a link to messages only from messages of its own.
 */
export function ConditionTextarea({ id, labelId, describedBy, invalid, required, disabled, placeholder, value, onChange, onSubmit, onLeave, handover }: InputProps) {
  const element = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    const { current: input } = element;
    return () => {
      handover.current = input !== null && document.activeElement === input ? input.selectionStart : null;
    };
  }, [handover]);
  return (
    <textarea
      ref={element}
      id={id}
      className="cave-condition-textarea"
      aria-labelledby={labelId}
      aria-describedby={describedBy}
      aria-invalid={invalid}
      aria-required={required}
      disabled={disabled}
      placeholder={placeholder}
      rows={1}
      spellCheck={false}
      autoCapitalize="off"
      autoComplete="off"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      onBlur={onLeave}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || event.nativeEvent.isComposing) return;
        event.preventDefault();
        onSubmit();
      }}
    />
  );
}
