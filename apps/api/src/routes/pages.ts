import { Type } from '@sinclair/typebox';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 1_000;

/** Query parameters of a list that is answered in pages. */
export const pageParameters = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LIMIT, description: `${DEFAULT_LIMIT} if left out.` })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000, description: '0 if left out.' })),
};

export const LINK_HEADER = 'The next and the previous page, where there are any (RFC 8288).';

export interface Page {
  readonly limit: number;
  readonly offset: number;
}

export function pageOf({ limit = DEFAULT_LIMIT, offset = 0 }: { readonly limit?: number; readonly offset?: number }): Page {
  return { limit, offset };
}

/**
 * The `Link` header of a page; none for the only one. `others`: the query parameters beside limit
 * and offset, without which the next page would be one of another list.
 */
export function linksOf(url: string, { limit, offset }: Page, more: boolean, others: Readonly<Record<string, string | boolean | undefined>> = {}): Readonly<Record<string, string>> {
  const given = Object.entries(others).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]));
  const link = (start: number, relation: string): string => `<${url}?${[...given, `limit=${limit}`, `offset=${start}`].join('&')}>; rel="${relation}"`;
  const found = [...(more ? [link(offset + limit, 'next')] : []), ...(offset > 0 ? [link(Math.max(0, offset - limit), 'prev')] : [])];
  return found.length === 0 ? {} : { Link: found.join(', ') };
}
