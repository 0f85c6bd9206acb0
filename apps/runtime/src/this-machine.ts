import ipaddr from 'ipaddr.js';

/** What tells the callers on this machine from others, for routes that are open to them alone. */

/** `host` or `host:port` as a URL; null for anything else. */
export function parseAuthority(text: string): URL | null {
  if (!/^[^/?#@\\\s]+$/.test(text) || !URL.canParse(`http://${text}`)) return null;
  return new URL(`http://${text}`);
}

export function isLoopbackAddress(address: string | undefined): boolean {
  return address !== undefined && ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}

/** `localhost`, a name below it, or a loopback address, as `URL.hostname` writes them. */
export function isLoopbackHost(hostname: string): boolean {
  return /^(?:.*\.)?localhost\.?$/.test(hostname) || isLoopbackAddress(hostname.replace(/^\[|\]$/g, ''));
}

/**
 * Whether a Host header names this machine itself. A page of another host reaches a loopback
 * address once its own name resolves to it (DNS rebinding); what it cannot choose is this header.
 */
export function namesThisMachine(hostHeader: string | undefined): boolean {
  const host = parseAuthority(hostHeader ?? '');
  return host !== null && isLoopbackHost(host.hostname);
}
