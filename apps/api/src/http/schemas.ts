import { Type, type TUnsafe } from '@sinclair/typebox';

/** One of these words, as an `enum`: a clearer error than a union of literals gives. */
export function OneOf<const T extends readonly string[]>(values: T, options: { readonly description?: string; readonly default?: T[number]; readonly $id?: string } = {}): TUnsafe<T[number]> {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values], ...options });
}

/** ISO 8601 with time zone. */
export const DateTime = (description: string) => Type.String({ format: 'date-time', description });
