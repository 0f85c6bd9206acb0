import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@cave/app-all-in-one/test-support';
import { expect } from 'chai';
import { Stack, schedulerStatus, walkThrough, type ServiceProcess, type StackService } from '../src/index.js';
import { AwsAccount } from './support/aws-account.js';
import { DEAD_QUEUE_MS, SHORT_LEASES } from './support/aws-leases.js';
import { describeOnStack } from './support/describe-on-stack.js';
import { permissionsOf, type Permission } from './support/iam/permissions.js';
import { compare, readPolicy, tooWide, type Policy } from './support/iam/policy.js';

const SERVICES: readonly StackService[] = ['api', 'dbwriter', 'scheduler', 'worker'];
const NOTHING = { denied: [], unused: [] };

describeOnStack('aws', 'the IAM policies', () => {
  let directory: string;
  let stack: Stack;
  let needed: ReadonlyMap<string, readonly Permission[]>;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cave-iam-'));
  });

  after(async () => {
    await stack?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('a whole life is recorded: an empty account, the walkthrough, kills, and the end', async () => {
    stack = await Stack.start({ profile: 'aws', directory, noteCalls: true, counts: { scheduler: 3, dbwriter: 2 }, environment: SHORT_LEASES });
    expect(await walkThrough(stack, undefined, 'ignore'), 'exit code of the walkthrough').to.equal(0);
    const schedulers = stack.instances('scheduler');
    const leader = await eventually('a leader', () => leaderAmong(schedulers));
    await leader.kill();
    await stack.instances('dbwriter')[0]?.kill();
    await eventually('another leader', () => leaderAmong(schedulers.filter((one) => one !== leader)));
    const account = new AwsAccount(stack);
    await eventually('the killed one has no queue any more', async () => ((await ofTheBus(account.queues())).length === 3 ? true : undefined), 4 * DEAD_QUEUE_MS);
    for (const service of stack.services.filter((one) => one !== leader)) await service.stop();
    expect(await ofTheBus(account.queues()), 'queues of instances that are left').to.deep.equal([]);
    expect(await account.subscriptions(), 'subscriptions that are left').to.deep.equal([]);
    needed = permissionsOf(stack.gateway?.calls ?? []);
    expect([...needed.keys()], 'access keys that were seen').to.have.members(SERVICES);
  });

  for (const service of SERVICES) {
    const of = (): readonly Permission[] => needed.get(service) ?? [];

    it(`${service}: exactly what was recorded is allowed, on named resources`, async () => {
      const policy = await readPolicy(service);
      expect(policy.Version).to.equal('2012-10-17');
      expect(policy.Statement.map(({ Effect }) => Effect)).to.satisfy((effects: readonly string[]) => effects.every((effect) => effect === 'Allow'));
      expect(compare(policy, of())).to.deep.equal(NOTHING);
      expect(tooWide(policy)).to.deep.equal([]);
    });

    it(`${service}: without any one action, or with one more, it would not pass`, async () => {
      const policy = await readPolicy(service);
      for (const [at, { Action }] of policy.Statement.entries()) {
        for (const action of Action) expect(compare(withActions(policy, at, Action.filter((one) => one !== action)), of()).denied, `without ${action}`).to.not.deep.equal([]);
        expect(compare(withActions(policy, at, [...Action, `${Action[0]?.split(':')[0]}:TagResource`]), of()).unused, `with one more in statement ${at}`).to.not.deep.equal([]);
      }
    });
  }

  function withActions(policy: Policy, at: number, Action: readonly string[]): Policy {
    return { ...policy, Statement: policy.Statement.map((statement, i) => (i === at ? { ...statement, Action } : statement)) };
  }

  async function leaderAmong(schedulers: readonly ServiceProcess[]): Promise<ServiceProcess | undefined> {
    for (const scheduler of schedulers) if ((await schedulerStatus(scheduler))?.leader === true) return scheduler;
    return undefined;
  }

  async function ofTheBus(queues: Promise<readonly string[]>): Promise<readonly string[]> {
    return (await queues).filter((name) => name.startsWith('configuration-changes-'));
  }
});
