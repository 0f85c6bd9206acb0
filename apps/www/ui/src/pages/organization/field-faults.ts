import { tenantNameProblem } from '@cave/core/language';

/** What names of organizations and teams are made of, for the help under the field. */
export const NAME_RULE = '1 to 63 letters, digits, "-" or "_"; the first and the last are letters or digits. It cannot be changed later.';

/** What is wrong with a name, by the rule that the api has too; null: nothing, or nothing is typed yet. */
export function nameFault(name: string): string | null {
  const problem = name === '' ? null : tenantNameProblem(name);
  return problem === null ? null : `The name ${problem}.`;
}

/** What is wrong with a notification URL as far as it can be said here; null: nothing, or nothing is typed yet. */
export function notificationUrlFault(text: string): string | null {
  if (text === '') return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') && url.hostname !== '' ? null : 'The notification URL must be a whole http or https URL, such as https://hooks.example.com/cave.';
}
