import { Alert } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { FailureState } from './failure-state.js';
import { LoadingState } from './loading-state.js';

interface QueryViewProps<T> {
  readonly query: UseQueryResult<T>;
  /** What is being loaded, such as `Loading alerts`. */
  readonly loading: string;
  /** Shown instead of `children` when it says so. */
  readonly empty?: { readonly when: (data: T) => boolean; readonly show: React.ReactNode };
  readonly children: (data: T) => React.ReactNode;
}

/**
 * The states that each fetched part of a page has: loading, failed (no permission among them),
 * empty, there. What is there stays when a refresh fails, under a line that says so.
 */
export function QueryView<T>({ query, loading, empty, children }: QueryViewProps<T>): React.ReactNode {
  if (query.data === undefined) {
    return query.error === null ? <LoadingState label={loading} /> : <FailureState error={query.error} retry={() => void query.refetch()} />;
  }
  return (
    <>
      {query.error !== null && <Alert role="alert" color="orange" data-state="stale" my="xs">{`This may be out of date: ${query.error.message}`}</Alert>}
      {empty?.when(query.data) === true ? empty.show : children(query.data)}
    </>
  );
}
