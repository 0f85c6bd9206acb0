/** What the list of alerts shows; the address holds it, so that it can be shared. */
export interface AlertListView {
  readonly q: string;
  /** Null: whatever it is. */
  readonly state: 'ok' | 'firing' | null;
  readonly health: 'fine' | 'no_data' | 'error' | null;
  readonly enabled: boolean | null;
  /** Of the api's two orders the one that puts first what burns is the default here. */
  readonly sort: 'urgency' | 'created';
  /** From 1. */
  readonly page: number;
}

export const ALERTS_PER_PAGE = 20;

/** The api's longest text to look for. */
export const LONGEST_SEARCH = 200;

export const DEFAULT_LIST_VIEW: AlertListView = { q: '', state: null, health: null, enabled: null, sort: 'urgency', page: 1 };

/** The view of an address; the default where it says nothing, or nothing that can be understood. */
export function readListView(search: URLSearchParams): AlertListView {
  const oneOf = <T extends string>(name: string, values: readonly T[]): T | null => values.find((value) => value === search.get(name)) ?? null;
  const enabled = oneOf('enabled', ['true', 'false']);
  return {
    q: (search.get('q') ?? '').slice(0, LONGEST_SEARCH),
    state: oneOf('state', ['ok', 'firing']),
    health: oneOf('health', ['fine', 'no_data', 'error']),
    enabled: enabled === null ? null : enabled === 'true',
    sort: oneOf('sort', ['urgency', 'created']) ?? DEFAULT_LIST_VIEW.sort,
    page: pageNumber(search.get('page')),
  };
}

/** The parameters of an address that shows the view; what is as by default is left out. */
export function printListView({ q, state, health, enabled, sort, page }: AlertListView): URLSearchParams {
  const search = new URLSearchParams();
  if (q !== '') search.set('q', q);
  if (state !== null) search.set('state', state);
  if (health !== null) search.set('health', health);
  if (enabled !== null) search.set('enabled', String(enabled));
  if (sort !== DEFAULT_LIST_VIEW.sort) search.set('sort', sort);
  if (page > 1) search.set('page', String(page));
  return search;
}

/** Whether the view leaves alerts out. */
export function isNarrowed({ q, state, health, enabled }: AlertListView): boolean {
  return q.trim() !== '' || state !== null || health !== null || enabled !== null;
}

/** What the api is asked for. */
export function listQuery({ q, state, health, enabled, sort, page }: AlertListView): {
  readonly q?: string;
  readonly state?: 'ok' | 'firing';
  readonly health?: 'fine' | 'no_data' | 'error';
  readonly enabled?: boolean;
  readonly sort: 'urgency' | 'created';
  readonly limit: number;
  readonly offset: number;
} {
  const text = q.trim();
  return {
    ...(text !== '' && { q: text }),
    ...(state !== null && { state }),
    ...(health !== null && { health }),
    ...(enabled !== null && { enabled }),
    sort,
    limit: ALERTS_PER_PAGE,
    offset: (page - 1) * ALERTS_PER_PAGE,
  };
}

/** 1 for anything that is no page. */
export function pageNumber(text: string | null): number {
  return text !== null && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 1;
}
