import { lazy, useState, type ComponentType, type ReactNode } from 'react';
import { matchRoutes, type RouteObject } from 'react-router-dom';

type Load = () => Promise<{ readonly default: ComponentType }>;

/** What a route that shows a page is told; `handle` is where the router keeps what is ours. */
export interface PageRoute {
  readonly element: ReactNode;
  readonly handle: { readonly load: () => Promise<unknown> };
}

/**
 * A page whose code is fetched when it is shown first, or before that by `loadPages`. Code that is
 * there is shown at once: `lazy` alone would first show what stands in for the page, which React
 * then leaves for 300 ms at least.
 */
export function pageRoute(load: Load): PageRoute {
  let loaded: ComponentType | undefined;
  let failed = false;
  const fetched: Load = async () => {
    try {
      const module = await load();
      loaded = module.default;
      return module;
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  let Lazy = lazy(fetched);
  /** React keeps a failure for good; whoever comes back to the page gets another attempt. */
  const loadAnew = (): Promise<unknown> => {
    if (failed) Lazy = lazy(fetched);
    failed = false;
    return fetched();
  };
  function Page(): ReactNode {
    // Kept: another component in its place would lose what the page holds.
    const [Shown] = useState<ComponentType>(() => loaded ?? Lazy);
    return <Shown />;
  }
  return { element: <Page />, handle: { load: loadAnew } };
}

/** Fetches the code of what is shown at a path. Rejects when that fails, as showing it will then too. */
export async function loadPages(routes: RouteObject[], path: string): Promise<void> {
  const handles = (matchRoutes(routes, path) ?? []).map(({ route }) => route.handle as PageRoute['handle'] | undefined);
  await Promise.all(handles.map(async (handle) => handle?.load()));
}
