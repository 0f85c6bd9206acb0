import type { Hover } from '../plot/plot-model.js';

/**
 * Where the pointer is. Kept outside React's state of the chart, so that a move renders the tooltip
 * alone and not legend and table with it.
 */
export interface HoverStore {
  readonly get: () => Hover | null;
  readonly set: (hover: Hover | null) => void;
  readonly subscribe: (listener: () => void) => () => void;
}

export function createHoverStore(): HoverStore {
  let current: Hover | null = null;
  const listeners = new Set<() => void>();
  return {
    get: () => current,
    set: (hover) => {
      if (hover === current) return;
      current = hover;
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
