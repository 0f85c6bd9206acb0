import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.js';

const LEAST_CHARACTERS = 2;
const PAUSE_MS = 250;

/** Addresses of people who share an organization with the person, for what they have typed of a name or address. Helps only: without an answer there are none. */
export function useKnownAddresses(typed: string): readonly string[] {
  const [q] = useDebouncedValue(typed.trim(), PAUSE_MS);
  const { data } = useQuery({
    queryKey: ['users', 'search', q],
    queryFn: ({ signal }) => dataOf(api.GET('/users/search', { params: { query: { q } }, signal })),
    enabled: q.length >= LEAST_CHARACTERS,
    placeholderData: keepPreviousData,
  });
  return (data ?? []).map(({ email }) => email);
}
