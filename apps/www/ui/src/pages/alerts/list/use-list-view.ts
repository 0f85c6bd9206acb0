import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router-dom';
import { printListView, readListView, type AlertListView } from '../list-view.js';

/** What the list shows, as the address says it. Whatever is narrowed or sorted begins with its first page. */
export function useListView(): { readonly view: AlertListView; readonly change: (changes: Partial<AlertListView>, how?: 'typing') => void } {
  const [search, setSearch] = useSearchParams();
  const text = search.toString();
  const view = useMemo(() => readListView(new URLSearchParams(text)), [text]);
  const change = useCallback(
    (changes: Partial<AlertListView>, how?: 'typing') => setSearch((now) => printListView({ ...readListView(now), page: 1, ...changes }), { replace: how === 'typing' }),
    [setSearch],
  );
  return { view, change };
}
