/** A piece of a mail's text. `to`: path in this client that the piece leads to. */
export interface MailPart {
  readonly text: string;
  readonly to: string | null;
}

const ADDRESS = /https?:\/\/[^\s<>"]+/g;

/**
 * Cuts a mail's text at the addresses that lead into this site; all others stay text, since a
 * mail may hold whatever somebody wrote. `origin` is that of the page, such as
 * `http://127.0.0.1:7002`.
 */
export function mailParts(text: string, origin: string): readonly MailPart[] {
  const parts: MailPart[] = [];
  let at = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const to = pathHere(found[0], origin);
    if (to === null) continue;
    if (found.index > at) parts.push({ text: text.slice(at, found.index), to: null });
    parts.push({ text: found[0], to });
    at = found.index + found[0].length;
  }
  if (at < text.length) parts.push({ text: text.slice(at), to: null });
  return parts;
}

/** The path of an address on this site; null for any other. */
function pathHere(address: string, origin: string): string | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  // A path that begins with two slashes would be read as the name of another host.
  if (url.username !== '' || url.password !== '' || url.pathname.startsWith('//')) return null;
  return sameSite(url, new URL(origin)) ? url.pathname + url.search + url.hash : null;
}

/** The same origin, or the same port of this machine under another of its names: links are written with one of them. */
function sameSite(a: URL, b: URL): boolean {
  return a.origin === b.origin || (a.protocol === b.protocol && a.port === b.port && isLoopback(a.hostname) && isLoopback(b.hostname));
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
