import { UpdateItemCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { eventually, failsWith } from '@cave/conformance';
import type { Tenure } from '@cave/core';
import { awsError, AwsGateway, describeOnServer, type AwsCall, type AwsHandler } from '@cave/test-servers';
import { expect } from 'chai';
import { elected, elections, heldFor, lost, orderOf, PATIENCE_MS } from './support/elections.js';
import { control, electionOptions, itemOf, LEASE_MS, withClient } from './support/leader-election.js';
import { complaints, recordingContext } from './support/recording.js';

const TABLE = 'leases';
const begins = (call: AwsCall, word: string): boolean => (call.input['UpdateExpression'] as string | undefined)?.startsWith(word) === true;
const isTake = (call: AwsCall): boolean => begins(call, 'SET');
const isExtension = (call: AwsCall): boolean => begins(call, 'ADD');
const isRead = (call: AwsCall): boolean => call.action === 'GetItem';

/** Answers the first `count` calls that match otherwise, all others as the emulator does. */
function first(count: number, matches: (call: AwsCall) => boolean, answer: AwsHandler): AwsHandler {
  let left = count;
  return (call, pass) => {
    if (!matches(call) || left === 0) return pass();
    left -= 1;
    return answer(call, pass);
  };
}

/** The service does what it was asked, and its answer does not arrive. */
const loseAnswer: AwsHandler = async (_call, pass) => {
  await pass();
  return null;
};
const neverArrives: AwsHandler = () => Promise.resolve(null);
const answerWith = (name: string, status = 400): AwsHandler => (call) => Promise.resolve(awsError(call, name, status));

describeOnServer('dynamodb', 'DynamoDB leader election: answers lost, late and unwelcome', (server) => {
  const open = elections();
  let gateway: AwsGateway;
  beforeEach(async () => {
    gateway = await AwsGateway.start({ dynamodb: server().url });
  });
  // Behind the elections' own hook, which still talks to it.
  afterEach(() => gateway.close());
  const options = (changes: Parameters<typeof electionOptions>[2] = {}) => electionOptions(gateway.url, TABLE, changes);
  const calls = (matches: (call: AwsCall) => boolean): AwsCall[] => gateway.calls.filter(matches);

  it('the answer to the write that took the office is lost: the candidate finds out, and holds it alone', async () => {
    gateway.handle(first(1, isTake, loseAnswer));
    const tenure = await elected((await open(options())).campaign('unknown', 'a'));
    const other = (await open(options())).campaign('unknown', 'b');
    const order = orderOf(tenure, other);
    expect(await heldFor(tenure, 2 * LEASE_MS)).to.equal(true);
    expect(order).to.deep.equal([]);
    expect(calls(isTake)).to.have.length(1, 'the office was taken a second time');
    await tenure.resign();
    await elected(other);
  });

  it('the answer is lost and the candidature withdrawn: the office is freed, not kept for a lease', async () => {
    const withdrawn = new AbortController();
    gateway.handle(
      first(1, isTake, async (_call, pass) => {
        await pass();
        withdrawn.abort();
        return null;
      }),
    );
    const election = await open(options({ 'lease-ms': 60_000 }));
    await failsWith('aborted', 'the withdrawn candidature', () => election.campaign('withdrawn', 'a', withdrawn.signal));
    await elected(election.campaign('withdrawn', 'b'));
  });

  it('the write arrives only after another has won: it is refused, and ends nobody', async () => {
    let late: UpdateItemCommandInput | undefined;
    gateway.handle(
      first(1, isTake, (call) => {
        late = call.input as unknown as UpdateItemCommandInput;
        return Promise.resolve(null);
      }),
    );
    const withdrawn = new AbortController();
    const election = await open(options({ 'poll-interval-ms': 1_000 }));
    const slow = election.campaign('late', 'a', withdrawn.signal);
    await eventually('the write is under way', PATIENCE_MS, () => late !== undefined);
    const tenure = await elected((await open(options())).campaign('late', 'b'));
    const refusal = await withClient(server(), (client) => client.send(new UpdateItemCommand(late as UpdateItemCommandInput))).catch((error: Error) => error.name);
    expect(refusal).to.equal('ConditionalCheckFailedException');
    expect(await heldFor(tenure, LEASE_MS)).to.equal(true);
    withdrawn.abort();
    await failsWith('aborted', 'the withdrawn candidature', () => slow);
  });

  it('the write arrives late and before anybody else: its candidate finds itself elected', async () => {
    let late: UpdateItemCommandInput | undefined;
    gateway.handle(
      first(1, isTake, (call) => {
        late = call.input as unknown as UpdateItemCommandInput;
        return Promise.resolve(null);
      }),
    );
    // Its looks are kept from it until the write has arrived.
    const looks = gateway.handle((call, pass) => (late !== undefined && isRead(call) ? Promise.resolve(awsError(call, 'ThrottlingException')) : pass()));
    const campaign = (await open(options())).campaign('arrives', 'a');
    await eventually('the write is under way', PATIENCE_MS, () => late !== undefined);
    await withClient(server(), (client) => client.send(new UpdateItemCommand(late as UpdateItemCommandInput)));
    looks();
    const tenure = await elected(campaign);
    expect(calls(isTake)).to.have.length(1, 'the office was taken a second time');
    expect(await heldFor(tenure, LEASE_MS)).to.equal(true);
  });

  for (const what of ['an office that nobody ever held', 'an office whose holder died'] as const) {
    it(`twenty candidates at once, ${what}: one winner`, async () => {
      const office = what.replaceAll(' ', '-');
      const election = await open(options({ 'lease-ms': 10_000 }));
      if (what.endsWith('died')) {
        await withClient(server(), (client) =>
          client.send(
            new UpdateItemCommand({
              TableName: TABLE,
              Key: { office: { S: office } },
              UpdateExpression: 'SET holder = :h, tenure = :h, #c = :one, leaseMs = :l',
              ExpressionAttributeNames: { '#c': 'counter' },
              ExpressionAttributeValues: { ':h': { S: 'dead' }, ':one': { N: '1' }, ':l': { N: '500' } },
            }),
          ),
        );
      }
      // Nobody's write passes before everybody has written.
      const statuses: number[] = [];
      let release: () => void = () => undefined;
      const everybody = new Promise<void>((resolve) => (release = resolve));
      let waiting = 0;
      gateway.handle(async (call, pass) => {
        if (!isTake(call)) return pass();
        if ((waiting += 1) === 20) release();
        await everybody;
        const answer = await pass();
        statuses.push(answer.status);
        return answer;
      });
      const withdrawn = new AbortController();
      const won: Tenure[] = [];
      const campaigns = Array.from({ length: 20 }, (_, i) => election.campaign(office, `candidate-${String(i)}`, withdrawn.signal).then((tenure) => won.push(tenure)));
      await eventually('all have written', PATIENCE_MS, () => statuses.length === 20);
      await eventually('one has won', PATIENCE_MS, () => won.length > 0);
      withdrawn.abort();
      await Promise.allSettled(campaigns);
      expect(statuses.filter((status) => status === 200)).to.have.length(1);
      expect(won).to.have.length(1);
    });
  }

  it('the answer to an extension is lost: the next one extends, and the office is kept', async () => {
    const { context, lines } = recordingContext();
    const tenure = await elected((await open(options(), context)).campaign('extension', 'a'));
    gateway.handle(first(1, isExtension, loseAnswer));
    expect(await heldFor(tenure, 2 * LEASE_MS)).to.equal(true);
    expect(complaints(lines)).to.deep.equal(['office_extension_failed']);
  });

  it('extensions throttled or answered with a server error within the lease cost nothing', async () => {
    const tenure = await elected((await open(options())).campaign('throttled', 'a'));
    gateway.handle(first(1, isExtension, answerWith('ProvisionedThroughputExceededException')));
    gateway.handle(first(1, isExtension, answerWith('InternalServerError', 500)));
    expect(await heldFor(tenure, 2 * LEASE_MS)).to.equal(true);
  });

  it('extensions throttled for longer: the holder steps down before another is elected', async () => {
    const tenure = await elected((await open(options())).campaign('throttled-long', 'a'));
    const second = (await open(electionOptions(server().url, TABLE))).campaign('throttled-long', 'b');
    const order = orderOf(tenure, second);
    gateway.handle((call, pass) => (call.action === 'UpdateItem' ? Promise.resolve(awsError(call, 'ThrottlingException')) : pass()));
    await elected(second);
    expect(order).to.deep.equal(['lost', 'elected']);
  });

  it('a candidate whose looks are throttled backs off, says so once, and is elected when it is let', async () => {
    const { context, lines } = recordingContext();
    const election = await open(options(), context);
    gateway.handle(first(5, isRead, answerWith('ThrottlingException')));
    await elected(election.campaign('looks', 'a'));
    expect(calls(isRead)).to.have.length(6);
    expect(complaints(lines)).to.deep.equal(['lease_table_unreachable']);
    expect(lines.map(({ event }) => event)).to.include('lease_table_answers');
  });

  it('an item that is no longer ours at an extension: lost at once', async () => {
    const { context, lines } = recordingContext();
    const tenure = await elected((await open(options({ 'lease-ms': 6_000 }), context)).campaign('usurped', 'a'));
    await withClient(server(), (client) =>
      client.send(new UpdateItemCommand({ TableName: TABLE, Key: { office: { S: 'usurped' } }, UpdateExpression: 'SET tenure = :t', ExpressionAttributeValues: { ':t': { S: 'another' } } })),
    );
    const extension = calls(isExtension).length;
    await lost(tenure);
    expect(calls(isExtension)).to.have.length(extension + 1);
    expect(complaints(lines)).to.deep.equal(['office_lease_lost']);
    // And what is another's is left alone.
    await tenure.resign();
    expect((await itemOf(server(), TABLE, 'usurped'))?.['tenure']?.S).to.equal('another');
  });

  it('a table that is there is not made: its looks are strongly consistent, and it needs to describe, get and update only', async () => {
    await open(electionOptions(server().url, TABLE));
    const tenure = await elected((await open(options())).campaign('rights', 'a'));
    const waiting = (await open(options())).campaign('rights', 'b');
    await eventually('it was extended', PATIENCE_MS, () => calls(isExtension).length > 0);
    await tenure.resign();
    await elected(waiting);
    expect([...new Set(gateway.calls.map(({ action }) => action))].sort()).to.deep.equal(['DescribeTable', 'GetItem', 'UpdateItem']);
    expect(calls(isRead).every(({ input }) => input['ConsistentRead'] === true)).to.equal(true);
  });

  it('a start without the service is unavailable, so that whoever starts it tries again', async () => {
    const away = await AwsGateway.start({ dynamodb: server().url });
    const { url } = away;
    await away.close();
    const error = await failsWith('unavailable', 'a start without the service', () => open(electionOptions(url, TABLE)));
    expect(error.message).to.include('DescribeTable').and.to.include(TABLE);
  });

  for (const action of ['DescribeTable', 'CreateTable']) {
    it(`a policy that denies ${action} is told what to allow, or what to make`, async () => {
      gateway.handle((call, pass) => (call.action === action ? Promise.resolve(awsError(call, 'AccessDeniedException', 400, `not authorized to perform: dynamodb:${action}`)) : pass()));
      const error = await failsWith('forbidden', 'a start that is denied', () => open(electionOptions(gateway.url, 'denied')));
      expect(error.message).to.include(`dynamodb:${action}`).and.to.include('make the table "denied" yourself').and.to.include('"office"');
    });
  }

  it('a policy that denies what a candidate needs is told to it, and a table that cannot be made again too', async () => {
    const election = await open(electionOptions(gateway.url, 'refused'));
    const denied = gateway.handle((call, pass) => (isRead(call) ? Promise.resolve(awsError(call, 'AccessDeniedException')) : pass()));
    await failsWith('forbidden', 'a campaign that is denied', () => election.campaign('office', 'a'));
    denied();
    const missing = gateway.handle((call, pass) => (call.action === 'CreateTable' ? Promise.resolve(awsError(call, 'AccessDeniedException')) : isRead(call) || call.action === 'DescribeTable' ? Promise.resolve(awsError(call, 'ResourceNotFoundException')) : pass()));
    const error = await failsWith('forbidden', 'a campaign without a table', () => election.campaign('office', 'a'));
    expect(error.message).to.include('was deleted while this service ran').and.to.include('dynamodb:CreateTable');
    missing();
    await elected(election.campaign('office', 'a'));
  });

  it('the store forgets everything while it is killed: the holder is told at its next extension, and succeeded', async () => {
    const holder = await open(options());
    const tenure = await elected(holder.campaign('forgotten', 'a'));
    const second = (await open(options())).campaign('forgotten', 'b');
    const order = orderOf(tenure, second);
    await control(server()).forget();
    await control(server()).start();
    await elected(second);
    expect(order).to.deep.equal(['lost', 'elected']);
  });

  it('a candidate whose write never arrives tries again', async () => {
    gateway.handle(first(2, isTake, neverArrives));
    await elected((await open(options())).campaign('again', 'a'));
    expect(calls(isTake)).to.have.length(3);
  });
});
