import { completionOptions } from './completion-options.js';
import type { CompletionOption } from './completion-options.js';
import { placesAt } from './completion-place.js';
import type { Place } from './completion-place.js';
import type { KnownMetric } from './props.js';

/** What completion knows of the tenant's metrics. */
export interface Known {
  readonly metrics: readonly KnownMetric[];
  readonly loadTagValues: (metric: string, tag: string) => Promise<readonly string[]>;
}

/** Options that may replace `from` to `to` (UTF-16 offsets), best first; never empty. */
export interface Completions {
  readonly from: number;
  readonly to: number;
  readonly options: readonly CompletionOption[];
}

const MAX_OPTIONS = 100;

/**
 * What can stand at `position`, as the parser of the language says; null when nothing can be
 * offered. Only values of tags are a promise, which rejects as `loadTagValues` does.
 * `asked`: the user asked for it. Without that nothing is offered after a whole condition, so
 * that Enter submits it.
 */
export function complete(text: string, position: number, known: Known, asked: boolean): Completions | Promise<Completions | null> | null {
  for (const place of placesAt(text, position, asked)) {
    const { value } = place;
    if (value !== null) {
      return known.loadTagValues(value.metric, value.tag).then((values) => matching(place, completionOptions(place, known.metrics, values)));
    }
    const found = matching(place, completionOptions(place, known.metrics, []));
    if (found !== null) return found;
  }
  return null;
}

/** Options that begin with what is typed, then those that contain it. */
function matching({ from, to, typed }: Place, options: readonly CompletionOption[]): Completions | null {
  const wanted = typed.toLowerCase();
  const begin = options.filter(({ label }) => label.toLowerCase().startsWith(wanted));
  const contain = options.filter(({ label }) => label.toLowerCase().includes(wanted, 1) && !label.toLowerCase().startsWith(wanted));
  // What is typed already stays first among others, so that Enter keeps it; alone it is no help.
  const found = [...begin, ...contain].sort((a, b) => Number(b.label === typed) - Number(a.label === typed)).slice(0, MAX_OPTIONS);
  return found.length === 0 || (found.length === 1 && found[0]?.label === typed) ? null : { from, to, options: found };
}
