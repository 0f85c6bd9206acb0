import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigStore, Logger } from '@cave/core';
import { expect } from 'chai';
import { createEmbeddedConfigStore } from '../src/config-store.js';
import { prepareTemplate } from '../src/config-store/directory.js';

const nothing = (): void => undefined;
const logger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => logger };

describe('embedded config store, what only it has', function () {
  this.timeout(120_000);
  let root: string;
  let store: ConfigStore;
  const open = async (timeoutMs = 60_000): Promise<ConfigStore> => {
    const opened = createEmbeddedConfigStore({ directory: join(root, 'config'), 'transaction-timeout-ms': timeoutMs }, logger);
    await opened.start();
    return opened;
  };

  before(async () => {
    await prepareTemplate();
    root = await mkdtemp(join(tmpdir(), 'cave-config-store-'));
    store = await open();
  });

  after(async () => {
    await store.close();
    await rm(root, { recursive: true, force: true });
  });

  it('rolls back a transaction that does not end, and serves the others', async () => {
    await store.close();
    store = await open(200);
    let forget = nothing;
    const never = new Promise<void>((resolve) => (forget = resolve));
    const stuck = store.transaction(async (inner) => {
      await inner.numbers.reserve(1);
      await never;
      await inner.numbers.reserve(1);
    });
    const before = await store.numbers.reserve(1);
    forget();
    let message = '';
    await stuck.catch((error: unknown) => (message = (error as Error).message));
    expect(message).to.include('rolled back');
    expect(await store.numbers.reserve(1)).to.equal(before + 1);
  });
});
