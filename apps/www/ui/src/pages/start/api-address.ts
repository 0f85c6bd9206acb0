/** Stands in commands until the person puts the address there: this page cannot know it by itself. */
export const UNKNOWN_API_ADDRESS = 'http://ADDRESS-OF-THE-API';

/**
 * Where applications reach the api. A browser knows the address of www only, and the api may be
 * behind another name or port; so www says it in `<meta name="api-url">`, and nothing is guessed.
 */
export function apiAddress(): string {
  return apiAddressOf(document.querySelector<HTMLMetaElement>('meta[name="api-url"]')?.content);
}

/** The address without a slash at its end; the placeholder where www does not say one. */
export function apiAddressOf(said: string | undefined): string {
  const address = said?.trim() ?? '';
  return address === '' ? UNKNOWN_API_ADDRESS : address.replace(/\/+$/, '');
}
