import { eventually } from '@cave/app-all-in-one/test-support';
import type { AwsCall, AwsGateway } from '@cave/test-servers';
import { expect } from 'chai';
import { Stack, mustBeWell, walkThrough, type StackService } from '../../../src/index.js';
import { AwsAccount } from '../aws-account.js';
import { denying, eachComesFirst, repeatingOne, withTimeToLive } from '../aws-faults.js';
import { SHORT_LEASES } from '../aws-leases.js';
import { ALLOW_RECEIVER, JudgedRun } from '../judged-run.js';
import { Questions } from './permissions.js';
import { compare, policyOf, withoutMaking } from './policy.js';

/** Those that have a policy of their own. */
export const SERVICES: readonly StackService[] = ['api', 'dbwriter', 'scheduler', 'worker'];
const STREAM = 'raw-metric-data';
const QUEUE = 'alarm-schedule';
const TABLE = 'cave-raw-stream';
/** Two of those that are killed. */
const PROCESSES: readonly StackService[] = ['scheduler', 'scheduler', 'dbwriter', 'dbwriter', 'worker', 'api', 'www'];
/** Settings with which a call is made that defaults do not need, or is made sooner. */
const EVERY_CALL = { RAW_STREAM_RETENTION_HOURS: '48', WORKER_JOBS_LEASE_SECONDS: '4' };
/** Calls that nothing but what is done here brings about. The lease of a shard that is gone is kept for a minute. */
const RARE: readonly (readonly [StackService, string])[] = [
  ['dbwriter', 'dynamodb:GetItem'],
  ['dbwriter', 'dynamodb:PutItem'],
  ['dbwriter', 'dynamodb:DeleteItem'],
  ['worker', 'sqs:SendMessageBatch'],
  ['worker', 'sqs:ChangeMessageVisibilityBatch'],
];
const RARE_WITHIN_MS = 120_000;

/**
 * Everything that the services ever ask AWS for: they start on an empty account, the walkthrough
 * passes, logs go to CloudWatch, what is foreign is put aside, a checkpoint is repeated, processes are killed and cleaned up
 * after, others start without the right to make what is there, and all stop. Answers each call.
 */
export async function recordWholeLife(directory: string): Promise<readonly AwsCall[]> {
  const nobody = { api: 0, dbwriter: 0, scheduler: 0, worker: 0, www: 0 };
  const stack = await Stack.start({ profile: 'aws', directory, noteCalls: true, counts: nobody, environment: { ...SHORT_LEASES, ...ALLOW_RECEIVER, ...EVERY_CALL } });
  let run: JudgedRun | undefined;
  try {
    const { gateway } = stack;
    if (gateway === null) throw new Error('The profile aws has no gateway.');
    const account = new AwsAccount(stack);
    await startEachAsFirst(stack, gateway);
    await eventually('a lease to copy', () => account.leaveExpiredLease(TABLE).then(() => true));
    const repeated = repeatingOne(gateway, ({ action, input }) => action === 'UpdateItem' && String(input['UpdateExpression']).includes('#checkpoint ='));
    await walk(stack);
    run = await JudgedRun.start(stack, 'iam');
    await account.putForeignRecord(STREAM);
    await account.sendForeignMessage(QUEUE);
    for (const service of ['scheduler', 'dbwriter'] as const) await stack.instances(service)[0]?.kill();
    for (const [service, operation] of RARE) await eventually(`${operation} by ${service}`, () => Promise.resolve(wasMade(gateway, service, operation)), RARE_WITHIN_MS);
    await eventually('only the living have queues', async () => ((await account.queuesOfTheBus()).length === 2 ? true : undefined));
    await startWithoutMaking(stack, gateway);
    expect(repeated.count, 'checkpoints that were made twice').to.equal(1);
    await run.close();
    for (const service of stack.services) await service.stop();
    expect(await account.queuesOfTheBus(), 'queues of instances that are left').to.deep.equal([]);
    expect(await account.subscriptions(), 'subscriptions that are left').to.deep.equal([]);
    return gateway.calls;
  } finally {
    await run?.close();
    await stack.stop();
  }
}

async function startEachAsFirst(stack: Stack, gateway: AwsGateway): Promise<void> {
  const first = eachComesFirst(gateway);
  await Promise.all(PROCESSES.map((service) => stack.add(service, { LOG_CLOUDWATCH_GROUP: `/cave/${service}` }).start()));
  first.end();
  expect(first.count, 'answers that something is not there').to.be.greaterThan(PROCESSES.length);
}

/** Everything is there by now: one more of each service starts and is well without the right to make it. */
async function startWithoutMaking(stack: Stack, gateway: AwsGateway): Promise<void> {
  const policies = new Map(await Promise.all(SERVICES.map(async (service) => [service as string, withoutMaking(await policyOf(service))] as const)));
  const questions = new Questions();
  for (const call of gateway.calls) questions.about(call);
  const denied = denying(gateway, (call) => {
    const policy = policies.get(call.accessKey);
    return policy !== undefined && compare(policy, questions.about(call)).denied.length === 0;
  });
  const switchedOn = withTimeToLive(gateway, 'expires');
  const newcomers = SERVICES.map((service) => stack.add(service));
  await Promise.all(newcomers.map((one) => one.start()));
  for (const one of newcomers) await eventually(`${one.name} is well`, () => mustBeWell(one));
  for (const injection of [denied, switchedOn]) injection.end();
  expect(denied.count, 'calls that were denied').to.equal(0);
}

async function walk(stack: Stack): Promise<void> {
  const printed: string[] = [];
  expect(await walkThrough(stack, { told: (text) => printed.push(text) }), printed.join('')).to.equal(0);
}

function wasMade(gateway: AwsGateway, service: StackService, operation: string): true | undefined {
  return gateway.calls.some((call) => call.accessKey === service && `${call.service}:${call.action}` === operation) ? true : undefined;
}
