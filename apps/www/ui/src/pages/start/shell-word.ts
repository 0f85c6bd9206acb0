/** Characters that mean themselves wherever they stand in a word of a POSIX shell. */
const PLAIN = /^[A-Za-z0-9_./:@%+,-]+$/;

/** `text` as one word of a POSIX shell, whatever it holds: nothing in it is expanded or run. */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
