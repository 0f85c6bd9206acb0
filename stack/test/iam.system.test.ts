import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { describeOnStack } from './support/describe-on-stack.js';
import { permissionsOf, type Permission } from './support/iam/permissions.js';
import { compare, logsPolicyOf, policyOf, tooWide, type Policy } from './support/iam/policy.js';
import { SERVICES, recordWholeLife } from './support/iam/whole-life.js';

/** What IAM lets a user have inline, the least of its limits. */
const MOST_CHARACTERS = 2_048;
/** Of each service of AWS an action that nobody needs. */
const NEEDLESS: Readonly<Record<string, string>> = { kinesis: 'kinesis:DeleteStream', dynamodb: 'dynamodb:DeleteTable', sqs: 'sqs:PurgeQueue', sns: 'sns:DeleteTopic', logs: 'logs:DeleteLogGroup' };

describeOnStack('aws', 'the policies of adapters/aws/iam', () => {
  let needed: ReadonlyMap<string, readonly Permission[]>;

  before(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'cave-iam-'));
    try {
      needed = permissionsOf(await recordWholeLife(directory));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it('are of all who call', () => {
    expect([...needed.keys()], 'access keys that were seen').to.have.members([...SERVICES, 'www']);
  });

  it('are none for www, which needs cloudwatch-logs.json alone', async () => {
    expect(compare(await logsPolicyOf('www'), needed.get('www') ?? [])).to.deep.equal({ denied: [], unused: [] });
  });

  for (const service of SERVICES) {
    const difference = (policy: Policy): ReturnType<typeof compare> => compare(policy, needed.get(service) ?? []);

    it(`${service}.json, with cloudwatch-logs.json, allows exactly what was recorded, on named resources`, async () => {
      const policy = await policyOf(service);
      expect(policy.Version).to.equal('2012-10-17');
      const sids = policy.Statement.map(({ Sid }) => Sid);
      expect(new Set(sids).size, sids.join()).to.equal(sids.length);
      for (const { Sid, Effect } of policy.Statement) expect(`${Sid} ${Effect}`).to.match(/^[A-Za-z0-9]+ Allow$/);
      expect(JSON.stringify(policy).length, 'characters').to.be.at.most(MOST_CHARACTERS);
      expect(difference(policy)).to.deep.equal({ denied: [], unused: [] });
      expect(tooWide(policy)).to.deep.equal([]);
    });

    it(`${service}.json without any one action, or with one more, does not pass`, async () => {
      const policy = await policyOf(service);
      for (const [at, { Sid, Action }] of policy.Statement.entries()) {
        const withActions = (actions: readonly string[]): Policy => ({ ...policy, Statement: policy.Statement.with(at, { ...(policy.Statement[at] as Policy['Statement'][number]), Action: actions }) });
        for (const action of Action) expect(difference(withActions(Action.filter((one) => one !== action))).denied, `${Sid} without ${action}`).to.not.deep.equal([]);
        const more = NEEDLESS[Action[0]?.split(':')[0] ?? ''] ?? '';
        expect(difference(withActions([...Action, more])).unused, `${Sid} with ${more}`).to.not.deep.equal([]);
      }
    });
  }
});
