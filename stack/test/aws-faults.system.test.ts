import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FLIP_METRIC, eventually, expectCall } from '@cave/app-all-in-one/test-support';
import type { AwsGateway } from '@cave/test-servers';
import { expect } from 'chai';
import { Probe } from '../src/faults/probe.js';
import { Stack, type ServiceProcess } from '../src/index.js';
import { AwsAccount } from './support/aws-account.js';
import { failing, failingService, repeatingMessages, takingHalf, type Injection } from './support/aws-faults.js';
import { SHORT_LEASE_MS, SHORT_LEASES } from './support/aws-leases.js';
import { control } from './support/control.js';
import { describeOnStack } from './support/describe-on-stack.js';
import { ALLOW_RECEIVER, JudgedRun } from './support/judged-run.js';

const FAULT_MS = 4_000;
const RECOVERY_MS = 60_000;
/** Lines of one service about one fault: what is tried again and again must not say so each time. */
const MOST_LINES = 10;
const THROTTLED = 'ProvisionedThroughputExceededException';

describeOnStack('aws', 'what AWS does to its clients now and then, under load', () => {
  let directory: string;
  let stack: Stack;
  let gateway: AwsGateway;
  let run: JudgedRun;
  let probe: Probe;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cave-aws-faults-'));
    stack = await Stack.start({ profile: 'aws', directory, counts: { dbwriter: 2, worker: 2 }, environment: { ...SHORT_LEASES, ...ALLOW_RECEIVER, WORKER_JOBS_LEASE_SECONDS: String(SHORT_LEASE_MS / 1000) } });
    if (stack.gateway === null) throw new Error('The profile aws has no gateway.');
    gateway = stack.gateway;
    run = await JudgedRun.start(stack, 'faults');
    probe = new Probe(stack.services, run.tenant, [run.alertId]);
    await flowsAgain();
  });

  after(async () => {
    await run?.close();
    await stack?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** Every service is well, points and checks flow. */
  async function flowsAgain(): Promise<string> {
    const recovery = await probe.recovery(RECOVERY_MS, new AbortController().signal);
    if (typeof recovery === 'string') throw new Error(`Nothing flows again: ${recovery}`);
    return `${(recovery / 1000).toFixed(1)} s`;
  }

  const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  /** Does something to AWS, lets it work, and sees that everything flows afterwards and that nobody said too much about it. */
  async function survive(fault: () => Promise<string> | string): Promise<void> {
    const logs = await Promise.all(stack.services.map(async (service) => ({ service, before: (await readFile(service.log, 'utf8')).length })));
    const bitten = await fault();
    const recovered = await flowsAgain();
    let lines = 0;
    for (const { service, before } of logs) {
      const said = await complaints(service, before);
      lines += said.length;
      expect(said.length, `lines of ${service.name}:\n${said.join('\n')}`).to.be.at.most(MOST_LINES);
    }
    console.log(`      ${bitten}; flowing again after ${recovered}; ${lines} lines`);
  }

  /** New alerts, each changed twice; answers their ids. */
  async function changeAlerts(): Promise<readonly string[]> {
    const { organization, session: token } = run.tenant;
    const [api = ''] = run.apis;
    const ids: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      const body = { description: `made ${i}`, enabled: false, period: '1s', condition: `${FLIP_METRIC} > 0`, handbook_url: null, routing: null };
      const { id } = await expectCall<{ id: string }>(201, api, 'POST', `/organizations/${organization}/alerts`, { token, body });
      for (const change of [{ description: `edited ${i}` }, { enabled: true }]) await expectCall(200, api, 'PATCH', `/organizations/${organization}/alerts/${id}`, { token, body: change });
      ids.push(id);
    }
    return ids;
  }

  async function ledgerOf(alertId: string): Promise<true | undefined> {
    const { organization, session: token } = run.tenant;
    const query = new URLSearchParams({ metric: 'alertsHistory', tags: `alert:${alertId}`, limit: '1' });
    const { metrics } = await expectCall<{ metrics: unknown[] }>(200, run.apis[0] ?? '', 'GET', `/organizations/${organization}/metrics?${query.toString()}`, { token });
    return metrics.length > 0 ? true : undefined;
  }

  async function complaints(service: ServiceProcess, from: number): Promise<readonly string[]> {
    return (await readFile(service.log, 'utf8')).slice(from).split('\n').filter((line) => /"level":"(?:warn|error)"/.test(line));
  }

  async function during(injection: Injection, ms = FAULT_MS): Promise<string> {
    try {
      await wait(ms);
    } finally {
      injection.end();
    }
    expect(injection.count, 'times that the fault was injected').to.be.greaterThan(0);
    return `${injection.count} times`;
  }

  it('PutRecords is throttled', () => survive(() => during(failing(gateway, ['kinesis:PutRecords'], THROTTLED, [1, 1]))));

  it('PutRecords takes half of the records: only the others are sent again', () =>
    survive(async () => {
      const half = takingHalf(gateway);
      const said = await during(half);
      expect(half.repeated, 'records that were sent again although they had been taken').to.equal(0);
      return said;
    }));

  it('GetRecords is throttled', () => survive(() => during(failing(gateway, ['kinesis:GetRecords'], THROTTLED, [3, 4]))));

  it('shard iterators expire', () => survive(() => during(failing(gateway, ['kinesis:GetRecords'], 'ExpiredIteratorException', [1, 3]))));

  it('DynamoDB is throttled now and then', () => survive(() => during(failingService(gateway, 'dynamodb', THROTTLED, [1, 2]))));

  it('DynamoDB is throttled for longer than every lease', () => survive(() => during(failingService(gateway, 'dynamodb', THROTTLED, [1, 1]), 2 * SHORT_LEASE_MS)));

  it('SQS and SNS are throttled now and then', () =>
    survive(() => during(failing(gateway, ['sqs:SendMessageBatch', 'sqs:ReceiveMessage', 'sqs:DeleteMessageBatch', 'sns:PublishBatch'], 'RequestThrottled', [1, 2]))));

  it('messages of SQS arrive twice and in another order, changes among them', () =>
    survive(async () => {
      const injection = repeatingMessages(gateway);
      const edited = await changeAlerts();
      const said = await during(injection, 2 * FAULT_MS);
      for (const id of edited) await eventually(`the ledger of alert ${id}`, () => ledgerOf(id));
      return said;
    }));

  it('leases expire under a dbwriter and a worker that are frozen', () =>
    survive(async () => {
      const frozen = [stack.instances('dbwriter')[0], stack.instances('worker')[0]] as [ServiceProcess, ServiceProcess];
      for (const service of frozen) await service.freeze();
      await wait(2 * SHORT_LEASE_MS);
      for (const service of frozen) await service.thaw();
      return `${frozen.map(({ name }) => name).join(' and ')} for ${(2 * SHORT_LEASE_MS) / 1000} s`;
    }));

  it('every DynamoDB table is deleted', () =>
    survive(async () => {
      const account = new AwsAccount(stack);
      const { TableNames } = await account.ask<{ TableNames: readonly string[] }>('dynamodb', 'ListTables', {});
      expect(TableNames.length).to.be.greaterThan(0);
      for (const TableName of TableNames) await account.ask('dynamodb', 'DeleteTable', { TableName });
      await eventually('every table is there again', async () => {
        const { TableNames: now } = await account.ask<{ TableNames: readonly string[] }>('dynamodb', 'ListTables', {});
        return now.length === TableNames.length ? true : undefined;
      });
      return TableNames.join(' and ');
    }));

  it('every queue and topic is gone at once', () =>
    survive(async () => {
      const emulator = control(stack.server('sns-sqs'));
      const account = new AwsAccount(stack);
      const before = await account.queues();
      await emulator.kill();
      await emulator.start();
      await eventually('as many queues as before, and their subscriptions', async () => ((await account.queues()).length === before.length && (await account.subscriptions()).length === (await account.queuesOfTheBus()).length ? true : undefined), RECOVERY_MS);
      return before.join(', ');
    }));

  it('nothing was lost and nothing counts twice; every due tick has one row', async () => {
    for (const seen of await run.judge()) console.log(`      ${seen}`);
  });
});
