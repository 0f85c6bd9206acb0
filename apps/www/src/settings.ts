import { CaveError, type OptionsSchema } from '@cave/core';

/** Where the api is when no setting says and it is not in this process. */
export const DEFAULT_API_URL = 'http://127.0.0.1:7001';

/** Settings below `www`. The runtime adds those of the HTTP port and the operator token. */
export const WWW_SETTINGS: OptionsSchema = {
  type: 'object',
  properties: {
    'api-url': { type: 'string', format: 'uri', description: `Where www reaches the api. Default: the address of the api in the same process, else ${DEFAULT_API_URL}.` },
    'request-timeout-seconds': { type: 'integer', minimum: 1, maximum: 600, default: 60, description: 'How long www waits for an answer of the api, and for each further part of it.' },
    'limits.body-bytes': { type: 'integer', minimum: 1024, maximum: 104_857_600, default: 5_242_880, description: 'Largest body of a request that is passed on; the limit of the api holds as well.' },
  },
};

export interface WwwSettings {
  /** Without a trailing slash; null: the api of this process, or the default. */
  readonly apiUrl: string | null;
  readonly requestTimeoutMs: number;
  readonly bodyBytes: number;
  /** `www.base-url`; null where it is not set. */
  readonly baseUrl: URL | null;
  /** `api-service.base-url`, without a trailing slash; null where it is not set. */
  readonly publicApiUrl: string | null;
}

/** From settings that were validated against WWW_SETTINGS, and the shared ones. Throws `configuration`, naming the key. */
export function readSettings(settings: Readonly<Record<string, unknown>>, base: Readonly<Record<string, unknown>>): WwwSettings {
  const apiUrl = httpUrl('www.api-url', settings['api-url']);
  const publicApiUrl = httpUrl('api-service.base-url', base['api-service.base-url']);
  return {
    apiUrl: apiUrl === null ? null : withoutSlash(apiUrl),
    requestTimeoutMs: Number(settings['request-timeout-seconds']) * 1000,
    bodyBytes: Number(settings['limits.body-bytes']),
    baseUrl: httpUrl('www.base-url', base['www.base-url']),
    publicApiUrl: publicApiUrl === null ? null : withoutSlash(publicApiUrl),
  };
}

/** Null where the setting is not given. */
function httpUrl(key: string, text: unknown): URL | null {
  if (typeof text !== 'string') return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  const wrong = url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '';
  // The text itself stays out of the sentence: it may hold a password.
  if (wrong) throw new CaveError('configuration', `${key} must be an address such as ${DEFAULT_API_URL}: http or https, without user, query or fragment.`, { details: { key } });
  return url;
}

function withoutSlash(url: URL): string {
  return url.href.replace(/\/+$/, '');
}
