import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@cave/app-all-in-one/test-support';
import { expect } from 'chai';
import { Stack, healthOf, mustBeWell, type Environment, type ServiceProcess, type StackProfileName, type StackServerName, type StackService } from '../../src/index.js';
import { control } from './control.js';
import { describeOnStack } from './describe-on-stack.js';

const START_PATIENCE_SECONDS = 3;
const OUTAGE_MS = 5_000;
/** Lines of one service about one outage: what is tried again and again must not say so each time. */
const MOST_LINES = 10;
const RECOVERY_MS = 60_000;

/** Who needs a server. */
export interface Dependent {
  readonly server: StackServerName;
  readonly service: StackService;
  /** The part of the service's healthcheck that must name it. */
  readonly part: string;
  /** How that part and the log must name it; default: by its address. */
  readonly named?: string;
}

export interface OutagesOptions {
  readonly profile: StackProfileName;
  readonly dependents: readonly Dependent[];
  readonly environment?: Environment;
}

/** Each server is killed under a service that needs it, and is away when such a service starts; the same in every profile. */
export function describeOutages({ profile, dependents, environment = {} }: OutagesOptions): void {
  describeOnStack(profile, 'a server that cannot be reached', () => suite(profile, dependents, environment));
}

function suite(profile: StackProfileName, dependents: readonly Dependent[], environment: Environment): void {
  let directory: string;
  let stack: Stack;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cave-outages-'));
    stack = await Stack.start({ profile, directory, environment });
  });

  after(async () => {
    await stack?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const isWell = (one: ServiceProcess): Promise<true> =>
    eventually(`${one.name} is well`, () => mustBeWell(one), RECOVERY_MS);

  for (const { server: name, service, part, named } of dependents) {
    const how = (): string => named ?? stack.server(name).address.host;

    it(`${name} later: ${service} answers 503 naming it, says so in few lines, and recovers without a restart`, async () => {
      const [dependent] = stack.instances(service);
      if (dependent === undefined) throw new Error(`The stack has no ${service}.`);
      await isWell(dependent);
      const before = (await readFile(dependent.log, 'utf8')).length;
      const { pid } = dependent;
      await control(stack.server(name)).kill();
      const said = await eventually(`${dependent.name} is sick`, async () => {
        const health = await healthOf(dependent);
        return health?.status === 503 ? health.sick[part] : undefined;
      }, RECOVERY_MS);
      expect(said, 'what the healthcheck says').to.include(how());
      // Some seconds, in which lines could pile up.
      await new Promise((resolve) => setTimeout(resolve, OUTAGE_MS));
      await control(stack.server(name)).start();
      await isWell(dependent);
      expect(dependent.pid).to.equal(pid);
      const lines = (await readFile(dependent.log, 'utf8')).slice(before).split('\n').filter((line) => /"level":"(?:warn|error)"/.test(line));
      expect(lines.length, lines.join('\n')).to.be.within(1, MOST_LINES);
      expect(lines.some((line) => line.includes(how())), lines.join('\n')).to.equal(true);
    });

    it(`${name} at the start: ${service} tries for a bounded time and ends with one sentence that names it`, async () => {
      await control(stack.server(name)).kill();
      try {
        const late = stack.add(service, { START_TIMEOUT_SECONDS: String(START_PATIENCE_SECONDS) });
        const began = performance.now();
        const failure = await late.start().then(() => null, (error: unknown) => error as Error);
        expect(failure?.message, 'it ends').to.include('ended with 69').and.include(how());
        expect(failure?.message, 'no stack trace').to.not.match(/\n\s+at /);
        expect((performance.now() - began) / 1000).to.be.below(START_PATIENCE_SECONDS + 20);
      } finally {
        await control(stack.server(name)).start();
      }
    });
  }
}
