/**
 * The address as it may stand in a link: http and https only. The api refuses others, but what is
 * clicked here is checked here. Null: it is shown as text.
 */
export function safeLink(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { protocol, href } = new URL(text);
  return protocol === 'http:' || protocol === 'https:' ? href : null;
}
