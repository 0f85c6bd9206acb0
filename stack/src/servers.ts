import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SERVER_NAMES, testServer, type ServerName, type TestServer } from '@cave/test-servers';

/** A server of the stack. */
export interface StackServer extends TestServer {
  readonly name: ServerName;
  readonly address: URL;
}

/** Starts every server that the profile `open` needs, at once. Stops what it started when one of them does not serve. */
export async function startServers(directory: string): Promise<readonly StackServer[]> {
  const started: StackServer[] = [];
  const outcomes = await Promise.allSettled(
    SERVER_NAMES.map(async (name) => {
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
