import type { createBrowserRouter } from 'react-router-dom';
import { loadPages } from './page-route.js';
import { nextPath } from './session/next-path.js';

type Router = ReturnType<typeof createBrowserRouter>;
type Address = Router['state']['location'];

/**
 * Fetches the code of the page at the address while it is still found out who looks at it and
 * with what role; of the page behind the login, while somebody types a password.
 */
export function loadAhead(router: Router): void {
  const fetchPagesOf = async ({ pathname, search }: Address): Promise<void> => {
    await loadPages(router.routes, pathname);
    if (pathname === '/login') await loadPages(router.routes, new URL(nextPath(new URLSearchParams(search)), window.location.origin).pathname);
  };
  let last: Address | null = null;
  const follow = (location: Address): void => {
    if (location === last) return;
    last = location;
    // Code that cannot be fetched is told where its page is to be shown, and fetched anew then.
    fetchPagesOf(location).catch(() => undefined);
  };
  follow(router.state.location);
  router.subscribe((state) => follow(state.location));
}
