import { Alert } from '@mantine/core';
import { ApiError, faultSentence } from '../api/api-error.js';

/** What went wrong with a form as a whole; faults of single fields stand at the fields. */
export function FormFailure({ error, fields = [] }: { readonly error: Error | null; readonly fields?: readonly string[] }): React.ReactNode {
  if (error === null) return null;
  const shownAtFields = error instanceof ApiError && Object.keys(error.fields).length > 0 && Object.keys(error.fields).every((name) => fields.includes(name));
  if (shownAtFields) return null;
  return <Alert role="alert" color="red">{error.message}</Alert>;
}

/** The fault of one field as the api says it; null where there is none. */
export function fieldError(error: Error | null, field: string): string | null {
  const fault = error instanceof ApiError ? error.fields[field] : undefined;
  return fault === undefined ? null : faultSentence(fault);
}
