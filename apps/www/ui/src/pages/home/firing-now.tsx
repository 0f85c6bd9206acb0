import { Anchor, Stack, Text, Title } from '@mantine/core';
import { Link } from 'react-router-dom';
import { EmptyState } from '../../parts/empty-state.js';
import { LoadingState } from '../../parts/loading-state.js';
import { useNow } from '../../parts/use-now.js';
import { FiringCard } from './firing-card.js';
import { firingNewestFirst, notShown, totalFiring } from './firing.js';
import { TenantFailures } from './tenant-failures.js';
import type { TenantOfUser } from './tenants-of-user.js';
import { useFiring, useWatchedCounts } from './use-firing.js';

const TICK_MS = 10_000;

interface FiringNowProps {
  readonly tenants: readonly TenantOfUser[];
  /** There may be teams besides, which could not be found out. */
  readonly incomplete: boolean;
}

/** What is firing now, over all organizations and teams whose alerts the person may see. */
export function FiringNow({ tenants, incomplete }: FiringNowProps): React.ReactNode {
  useNow(TICK_MS);
  const asked = useFiring(tenants);
  const answers = asked.flatMap(({ query }) => (query.data === undefined ? [] : [query.data]));
  const total = totalFiring(answers);
  const loading = asked.some(({ query }) => query.isPending && query.error === null);
  const quiet = answers.length > 0 && total === 0 && !loading;
  return (
    <section aria-labelledby="firing">
      <Title order={2} size="h4" id="firing" mb="xs">Firing now</Title>
      <Stack gap="sm">
        <TenantFailures asked={asked} />
        {total > 0 && <Text size="sm" c="dimmed" role="status">{total === 1 ? '1 alert is firing.' : `${total} alerts are firing.`}</Text>}
        {firingNewestFirst(answers).map(({ of, alert }) => <FiringCard key={`${of.path} ${alert.id}`} of={of} alert={alert} />)}
        {notShown(answers).map(({ of, count }) => (
          <Text key={of.path} size="sm">
            {count} more {count === 1 ? 'is' : 'are'} firing in <Anchor component={Link} to={`${of.path}/alerts?state=firing`} underline="always">{of.title}</Anchor>.
          </Text>
        ))}
        {loading && <LoadingState label="Asking what is firing" />}
        {quiet && <Quiet tenants={tenants} partly={incomplete || answers.length < asked.length} />}
      </Stack>
    </section>
  );
}

/** All is well, and how much that means. `partly`: some tenants did not answer. */
function Quiet({ tenants, partly }: { readonly tenants: readonly TenantOfUser[]; readonly partly: boolean }): React.ReactNode {
  const counts = useWatchedCounts(tenants, true).map(({ query }) => query.data);
  const known = counts.filter((count) => count !== undefined);
  const watched = known.reduce((sum, count) => sum + count, 0);
  return (
    <div role="status">
      <EmptyState title={partly ? 'Nothing is firing, as far as is known' : 'Nothing is firing'}>
        {known.length < counts.length ? 'What fires appears here by itself.' : watchedSentence(watched)}
      </EmptyState>
    </div>
  );
}

function watchedSentence(watched: number): string {
  if (watched === 0) return 'No alert is enabled yet. Write one for a metric that matters, and it appears here when its condition holds.';
  return `${watched === 1 ? '1 alert is' : `${watched} alerts are`} watched; what fires appears here by itself.`;
}
