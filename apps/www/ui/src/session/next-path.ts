/** Where to go after logging in: a path of this site from `?next=`, or home. Never another site. */
export function nextPath(search: URLSearchParams): string {
  const next = search.get('next') ?? '/';
  return /^\/(?![/\\\s])/.test(next) ? next : '/';
}
