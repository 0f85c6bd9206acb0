import createClient from 'openapi-fetch';
import { session } from '../session/session.js';
import { ApiError, errorOf } from './api-error.js';
import type { paths } from './contract.js';

/** Routes that organizations and teams have alike, below the tenant. */
type TenantPaths = { [P in keyof paths as P extends `/{tenant}${infer Rest}` ? Rest : never]: paths[P] };

export interface TenantName {
  readonly organization: string;
  /** Null: the organization itself. */
  readonly team: string | null;
}

const API = '/api';
/** As long as www waits for the api, and a little. */
const TIMEOUT_MS = 65_000;

/** Whatever does not belong to one tenant. */
export const api = createClient<paths>({ baseUrl: API, fetch: send });

/** What belongs to an organization or a team. */
export function tenantApi(tenant: TenantName): ReturnType<typeof createClient<TenantPaths>> {
  return createClient<TenantPaths>({ baseUrl: API + tenantPath(tenant), fetch: send });
}

/** Where a tenant lives, in the api and in this client alike. */
export function tenantPath({ organization, team }: TenantName): string {
  const path = `/organizations/${encodeURIComponent(organization)}`;
  return team === null ? path : `${path}/teams/${encodeURIComponent(team)}`;
}

/** What a call was answered with. */
export interface Answer<T> {
  readonly data: T;
  readonly response: Response;
}

/** The answer of a call, or an ApiError. */
export async function answer<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<Answer<T>> {
  const { data, error, response } = await call;
  if (!response.ok) throw errorOf(response.status, error, response.headers.get('Retry-After'));
  // Answers without a body have the type `undefined`.
  return { data: data as T, response };
}

/** What a call was answered with, or an ApiError. */
export async function dataOf<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  return (await answer(call)).data;
}

/**
 * The one way to the api. When the session has ended meanwhile, a person is asked to log in
 * again and the same request is sent once more: whoever waits for its answer, a form say, just
 * waits longer, and nothing that was typed is lost.
 */
async function send(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await sendOnce(request);
  if (!(await saysSignedOut(response)) || !session.lost()) return response;
  await session.renewed(request.signal);
  return sendOnce(again);
}

/**
 * Without asking for a new login. By itself only for calls that the session is no key to:
 * their refusals say nothing of it.
 */
export async function sendOnce(request: Request): Promise<Response> {
  request.headers.set('X-CAVE-CSRF', '1');
  try {
    return await fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)]), credentials: 'same-origin' });
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw new ApiError('unreachable', 'CAVE cannot be reached. Check your connection; this page goes on by itself once it answers.', 'unreachable');
  }
}

async function saysSignedOut(response: Response): Promise<boolean> {
  if (response.status !== 401 && response.status !== 403) return false;
  const body: unknown = await response.clone().json().catch(() => null);
  return errorOf(response.status, body, null).kind === 'signed_out';
}
