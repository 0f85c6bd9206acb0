import { closeCompletion, completionStatus, pickedCompletion, startCompletion } from '@codemirror/autocomplete';
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { EditorSelection, RangeSet, StateEffect, StateField } from '@codemirror/state';
import type { Extension, Range as StateRange } from '@codemirror/state';
import { Decoration, EditorView } from '@codemirror/view';
import type { DecorationSet, KeyBinding } from '@codemirror/view';
import { complete } from './complete.js';
import type { Completions, Known } from './complete.js';
import type { CompletionOption } from './completion-options.js';
import type { Underline } from './editor-props.js';
import { conditionPieces, pieceClass } from './pieces.js';

/** Colours of the words. A condition is short, so each change may read all of it. */
export const highlighting: Extension = EditorView.decorations.compute(['doc'], (state) => {
  const marks: StateRange<Decoration>[] = [];
  let at = 0;
  for (const piece of conditionPieces(state.doc.toString())) {
    const name = pieceClass(piece);
    if (name !== '') marks.push(Decoration.mark({ class: name }).range(at, at + piece.text.length));
    at += piece.text.length;
  }
  return RangeSet.of(marks);
});

/** Asks for the underlines again, since something else than the text has changed. */
export const refreshUnderlines = StateEffect.define<null>();

/**
 * Underlines what `wanted` says of the text, in the same update as the text itself: Chromium
 * loses the cursor when a word that was just typed is wrapped a moment later.
 */
export function underlining(wanted: (text: string) => readonly Underline[]): Extension {
  return StateField.define<DecorationSet>({
    create: ({ doc }) => marks(wanted(doc.toString()), doc.length),
    update: (shown, { docChanged, effects, newDoc }) => {
      const stale = docChanged || effects.some((effect) => effect.is(refreshUnderlines));
      return stale ? marks(wanted(newDoc.toString()), newDoc.length) : shown;
    },
    provide: (field) => EditorView.decorations.from(field),
  });
}

/** What is missing at the end has no width of its own: the last character stands in for it. */
function marks(wanted: readonly Underline[], length: number): DecorationSet {
  const ranges = wanted.flatMap(({ from, to, severity }) => {
    const start = Math.max(0, Math.min(from, from === to ? from - 1 : from, length - 1));
    const end = Math.min(Math.max(to, start + 1), length);
    return start < end ? [Decoration.mark({ class: `cave-underline cave-underline-${severity}` }).range(start, end)] : [];
  });
  return Decoration.set(ranges, true);
}

/** Enter hands the condition in, unless it is about to choose a completion. Tab is left to the browser. */
export function keys(submit: () => void): readonly KeyBinding[] {
  const enter = (view: EditorView) => {
    if (completionStatus(view.state) === 'active') return true;
    closeCompletion(view);
    submit();
    return true;
  };
  return [
    { key: 'Enter', run: enter, shift: enter },
    { key: 'Mod-Enter', run: enter },
    { key: 'Mod-Space', run: startCompletion },
  ];
}

/** Mantine's dialogs close on Escape unless told that it is meant for what is in them. */
export const keepsEscape: Extension = EditorView.contentAttributes.of((view): Record<string, string> => {
  return completionStatus(view.state) === null ? {} : { 'data-mantine-stop-propagation': 'true' };
});

/**
 * Chromium gives what is typed over a selection the look of what was there by a style attribute.
 * CodeMirror removes it again, but the policy of www refuses and reports it, so the editor
 * replaces a selection itself. Input methods and keyboards that compose are left alone.
 */
export const replacing: Extension = EditorView.domEventHandlers({
  beforeinput: (event, view) => {
    const { state } = view;
    if (event.inputType !== 'insertText' || event.data === null || !event.cancelable || event.isComposing || state.readOnly || state.selection.main.empty) return false;
    view.dispatch(state.replaceSelection(event.data), { userEvent: 'input.type', scrollIntoView: true });
    return true;
  },
});

/** `known` is asked anew each time; `failed` hears of values that cannot be loaded, and null once they can. */
export function completionSource(known: () => Known, failed: (problem: unknown) => void) {
  return async ({ state, pos, explicit }: CompletionContext): Promise<CompletionResult | null> => {
    const finding = complete(state.doc.toString(), pos, known(), explicit);
    try {
      const found = await finding;
      failed(null);
      return found === null ? null : resultOf(found);
    } catch (problem) {
      failed(problem);
      return null;
    }
  };
}

interface ReopeningCompletion extends Completion {
  readonly reopen: boolean;
}

export function reopens(completion: Completion): boolean {
  return (completion as ReopeningCompletion).reopen;
}

function resultOf({ from, to, options }: Completions): CompletionResult {
  // The order and choice are `complete`'s, which compares names without their quotes.
  return { from, to, filter: false, options: options.map(completionOf) };
}

function completionOf(option: CompletionOption): ReopeningCompletion {
  const { label, detail, kind, insert, reopen } = option;
  const [anchor, head] = option.select ?? [insert.length, insert.length];
  return {
    label,
    type: kind,
    reopen,
    ...(detail === undefined ? {} : { detail }),
    apply: (view, completion, from, to) => {
      view.dispatch({
        changes: { from, to, insert },
        selection: EditorSelection.range(from + anchor, from + head),
        annotations: pickedCompletion.of(completion),
        userEvent: 'input.complete',
        scrollIntoView: true,
      });
    },
  };
}
