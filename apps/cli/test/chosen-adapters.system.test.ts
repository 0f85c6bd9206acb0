import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { cave } from './support/cave.js';

const NOTE_MODULES = new URL('./support/note-modules.js', import.meta.url).href;
/** What the profiles ask for, as far as it is not there by default. Nothing of it is connected to. */
const SETTINGS = ['database.host=h', 'database.user=u', 'database.password=p', 'metrics-store.url=http://h', 'metrics-store.user=u', 'metrics-store.password=p', 'mail.from=a@example.com', 'mail.host=h', 'mail.user=u', 'mail.password=p'];

describe('the modules that a service loads', function () {
  this.timeout(60_000);
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'cave-modules-'));
  });
  after(() => rmSync(directory, { recursive: true }));

  /** Adapters and SDK clients that are loaded when the configuration of a service is read, and nothing done with it. */
  async function loaded(service: string, profile: string, ...settings: readonly string[]): Promise<{ readonly adapters: readonly string[]; readonly clients: readonly string[] }> {
    const notes = join(directory, `${service}-${profile}-${settings.length}`);
    const args = [`profile=${profile}`, ...settings].flatMap((setting) => ['--set', setting]);
    const { code, err } = await cave(['config', '--service', service, ...args], { NODE_OPTIONS: `--import ${NOTE_MODULES}`, NOTED_MODULES: notes });
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    const urls = readFileSync(notes, 'utf8');
    const names = (pattern: RegExp): readonly string[] => [...new Set([...urls.matchAll(pattern)].map(([, name]) => name ?? ''))].sort();
    return { adapters: names(/\/adapters\/([^/]+)\/dist\/src\//g), clients: names(/\/node_modules\/@aws-sdk\/client-([^/]+)\//g) };
  }

  it('are of the embedded adapters alone on the profile embedded, and of no SDK', async () => {
    expect(await loaded('all-in-one', 'embedded')).to.deep.equal({ adapters: ['embedded', 'notifiers', 'sql'], clients: [] });
  });

  it('are of no embedded adapter and no SDK of AWS on the profile open', async () => {
    expect(await loaded('all-in-one', 'open', ...SETTINGS)).to.deep.equal({ adapters: ['influxdb', 'kafka', 'notifiers', 'postgres', 'rabbitmq', 'redis', 'smtp', 'sql'], clients: [] });
  });

  const PROFILE_AWS: Readonly<Record<string, { readonly adapters: readonly string[]; readonly clients: readonly string[] }>> = {
    api: { adapters: ['aws', 'influxdb', 'postgres', 'smtp', 'sql'], clients: ['dynamodb', 'kinesis', 'sns', 'sqs'] },
    dbwriter: { adapters: ['aws', 'influxdb'], clients: ['dynamodb', 'kinesis'] },
    scheduler: { adapters: ['aws', 'postgres', 'sql'], clients: ['dynamodb', 'sns', 'sqs'] },
    worker: { adapters: ['aws', 'influxdb', 'notifiers', 'postgres', 'smtp', 'sql'], clients: ['dynamodb', 'kinesis', 'sqs'] },
    www: { adapters: [], clients: [] },
  };
  for (const [service, expected] of Object.entries(PROFILE_AWS)) {
    it(`are those of its own ports on the profile aws: ${service}`, async () => {
      expect(await loaded(service, 'aws', ...SETTINGS)).to.deep.equal(expected);
    });
  }
});
