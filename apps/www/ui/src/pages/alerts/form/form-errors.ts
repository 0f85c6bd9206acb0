import { ApiError, faultSentence } from '../../../api/api-error.js';
import type { ServerError } from '../../../condition/props.js';
import { FIELD_OF, type AlertFormValues } from './form-values.js';

export interface FormErrors {
  readonly fields: Partial<Record<keyof AlertFormValues, string>>;
  /** For the editor of conditions, which underlines the column. */
  readonly condition: ServerError | null;
  /** What belongs to no field. */
  readonly rest: string | null;
}

/** Where to show what went wrong with saving: at the fields as far as the api names them. */
export function formErrors(error: Error): FormErrors {
  if (!(error instanceof ApiError)) return { fields: {}, condition: null, rest: error.message };
  const faults = Object.entries(error.fields);
  const known = faults.flatMap(([name, fault]) => {
    const field = FIELD_OF[name];
    return field === undefined ? [] : [[field, faultSentence(fault)] as const];
  });
  const { condition, ...fields } = Object.fromEntries(known) as Partial<Record<keyof AlertFormValues, string>>;
  const { column } = error.details;
  return {
    fields,
    condition: condition === undefined ? null : { message: condition, ...(typeof column === 'number' && { column }) },
    rest: known.length < faults.length || faults.length === 0 ? error.message : null,
  };
}
