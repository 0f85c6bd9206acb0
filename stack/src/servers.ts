import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { testServer } from '@cave/test-servers';
import type { StackServer, StackServerName } from './profiles/index.js';

/** Starts these servers, all at once. Stops what it started when one of them does not serve. */
export async function startServers(names: readonly StackServerName[], directory: string): Promise<readonly StackServer[]> {
  const started: StackServer[] = [];
  const outcomes = await Promise.allSettled(
    names.map(async (name) => {
      const at = join(directory, name);
      await mkdir(at, { recursive: true });
      const server = await testServer(name, at);
      started.push({ ...server, name, address: new URL(server.url) });
    }),
  );
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed === undefined) return started;
  await Promise.allSettled(started.map((server) => server.stop()));
  throw failed.reason;
}
