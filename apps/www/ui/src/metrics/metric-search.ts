/** A metric of the tenant with the names of its tags. */
export interface MetricName {
  readonly name: string;
  readonly tags: readonly string[];
}

export type NameOrder = 'ascending' | 'descending';

/**
 * The metrics whose name or tag names hold every word of the search, without regard to case, in
 * the order of their names by code unit, which is that of the api and the same in each language.
 */
export function searchMetrics(metrics: readonly MetricName[], search: string, order: NameOrder): readonly MetricName[] {
  const words = search.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const found = metrics.filter(({ name, tags }) => {
    const texts = [name, ...tags].map((text) => text.toLowerCase());
    return words.every((word) => texts.some((text) => text.includes(word)));
  });
  const direction = order === 'ascending' ? 1 : -1;
  return found.sort((a, b) => (a.name < b.name ? -direction : a.name > b.name ? direction : 0));
}

/** One page of a list, and how many there are; a page beyond the last is the last. Pages count from 1. */
export function pageOf<T>(items: readonly T[], page: number, size: number): { readonly page: number; readonly pages: number; readonly items: readonly T[] } {
  const pages = Math.max(1, Math.ceil(items.length / size));
  const shown = Math.min(Math.max(1, Math.floor(page)), pages);
  return { page: shown, pages, items: items.slice((shown - 1) * size, shown * size) };
}

/** The page that an address asks for; 1 where it names none. */
export function pageNumberOf(text: string | null): number {
  const page = Number(text ?? '1');
  return Number.isSafeInteger(page) && page >= 1 ? page : 1;
}
