/** A metric that completion may offer, with the names of its tags. */
export interface KnownMetric {
  readonly name: string;
  readonly tags: readonly string[];
}

/** What the api said about a condition: the sentence, and the column if it named one (from 1, in code points). */
export interface ServerError {
  readonly column?: number | undefined;
  readonly message: string;
}

export interface ConditionFieldProps {
  /** Shown above the field and its accessible name. */
  readonly label: string;
  /** Controlled: the field shows this text and tells each change. */
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Enter was pressed on a condition that can be read. */
  readonly onSubmit?: (() => void) | undefined;
  readonly disabled?: boolean | undefined;
  readonly required?: boolean | undefined;
  /** What completion offers; empty while the list is on its way. */
  readonly metrics: readonly KnownMetric[];
  /**
   * Values of a tag of a metric. Asked again at each key, so it should answer from a cache
   * (TanStack Query's `fetchQuery` does). A rejection is told below the field.
   */
  readonly loadTagValues: (metric: string, tag: string) => Promise<readonly string[]>;
  /** The api's answer to the text as it stands; give undefined once the text has changed. */
  readonly serverError?: ServerError | undefined;
  /** The page's nonce for style elements (`getStyleNonce`), which CodeMirror's need under www's policy. */
  readonly nonce?: string | undefined;
}
