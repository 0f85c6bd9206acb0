const MEANS_SOMETHING = /[\\^$.*+?()[\]{}|]/;

/**
 * A regular expression for `~` that finds `text` as it is written, in capitals or small letters.
 *
 * `lower` and `ilike` know the letters of the database's locale, and in the locale C those of
 * ASCII alone: two stores would answer differently. Here JavaScript says what the other case of
 * a letter is. A letter whose other case takes several characters (`ß`) is found as it is only.
 */
export function anyCase(text: string): string {
  // The prefix keeps the text from being taken for another kind of expression.
  return `***:${[...text].map(character).join('')}`;
}

function character(given: string): string {
  const forms = [...new Set([given, given.toLowerCase(), given.toUpperCase()])].filter((form) => [...form].length === 1);
  if (forms.length > 1) return `[${forms.join('')}]`;
  return MEANS_SOMETHING.test(given) ? `\\${given}` : given;
}
