/**
 * Where a metric's page is. Names may hold any printable character, `/` and `%` among them, so
 * the last part of the address is the name, percent-escaped.
 */
export function metricPath(tenantPath: string, metric: string): string {
  return `${tenantPath}/metrics/${encodeURIComponent(metric)}`;
}

/**
 * The metric that an address names. Read from the address itself: the router takes an escaped
 * `%2F` inside of a name for a `/`. Undefined where the address holds a broken escape.
 */
export function metricOfPath(pathname: string): string | undefined {
  const last = pathname.replace(/\/+$/, '').split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    return undefined;
  }
}
