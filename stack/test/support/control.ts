import type { ServerControl } from '@cave/test-servers';
import type { StackServer } from '../../src/index.js';

/** A server that the environment named is not ours to kill; these suites start their own. */
export function control(server: StackServer): ServerControl {
  if (server.control === null) throw new Error(`${server.name} is named by the environment, so that it cannot be killed; run this suite without CAVE_TEST_${server.name.toUpperCase()}_URL.`);
  return server.control;
}
