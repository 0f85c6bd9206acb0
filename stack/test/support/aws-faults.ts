import { awsError, type AwsAnswer, type AwsCall, type AwsGateway, type AwsHandler } from '@cave/test-servers';

/*
 * What AWS does to its clients now and then, done at the gateway. Each injection counts how
 * often it bit, so that a test can see that it did.
 */

export interface Injection {
  readonly count: number;
  end(): void;
}

/** The handler answers null where it leaves the call alone. */
type Fault = (call: AwsCall, pass: Parameters<AwsHandler>[1]) => Promise<AwsAnswer> | null;

function inject(gateway: AwsGateway, fault: Fault): Injection {
  let count = 0;
  const end = gateway.handle((call, pass) => {
    const answer = fault(call, pass);
    if (answer === null) return pass();
    count += 1;
    return answer;
  });
  return { get count() { return count; }, end };
}

/** How services name a denial that do not name it `AccessDeniedException`. */
const DENIALS: Partial<Readonly<Record<AwsCall['service'], string>>> = { sqs: 'AccessDenied', sns: 'AuthorizationError' };

/** True for `bitten` of every `of` calls, in turn. */
function inTurn(bitten: number, of: number): () => boolean {
  let turn = 0;
  return () => turn++ % of < bitten;
}

/** These operations, as `service:Operation`, fail with this error: `bitten` of every `of` calls. */
export function failing(gateway: AwsGateway, operations: readonly string[], error: string, [bitten, of]: readonly [number, number]): Injection {
  const turn = inTurn(bitten, of);
  return inject(gateway, (call) => (operations.includes(`${call.service}:${call.action}`) && turn() ? Promise.resolve(awsError(call, error)) : null));
}

/** What is not allowed is denied, as IAM denies it. */
export function denying(gateway: AwsGateway, isAllowed: (call: AwsCall) => boolean): Injection {
  return inject(gateway, (call) => (isAllowed(call) ? null : Promise.resolve(awsError(call, DENIALS[call.service] ?? 'AccessDeniedException'))));
}

/** `operations` of one service, all of them. */
export function failingService(gateway: AwsGateway, service: AwsCall['service'], error: string, share: readonly [number, number]): Injection {
  const turn = inTurn(...share);
  return inject(gateway, (call) => (call.service === service && turn() ? Promise.resolve(awsError(call, error)) : null));
}

interface PutEntry {
  readonly Data: string;
  readonly PartitionKey: string;
}

/**
 * PutRecords takes every second record and refuses the others, as a shard over its limit does.
 * `repeated`: records that had been taken and were sent again all the same.
 */
export function takingHalf(gateway: AwsGateway): Injection & { readonly repeated: number } {
  const taken = new Set<string>();
  let repeated = 0;
  let turn = 0;
  const injection = inject(gateway, (call, pass) => {
    if (call.service !== 'kinesis' || call.action !== 'PutRecords') return null;
    const records = call.input['Records'] as readonly PutEntry[];
    const takes = records.map(() => turn++ % 2 === 0);
    const passed = records.filter((_, i) => takes[i]);
    for (const { Data } of passed) {
      if (taken.has(Data)) repeated += 1;
      taken.add(Data);
    }
    return halfAnswer(takes, passed.length === 0 ? null : () => pass({ ...call.input, Records: passed }));
  });
  return { get count() { return injection.count; }, get repeated() { return repeated; }, end: () => injection.end() };
}

async function halfAnswer(takes: readonly boolean[], pass: (() => Promise<AwsAnswer>) | null): Promise<AwsAnswer> {
  const refused = { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'Rate exceeded for shard, injected by a test' };
  const answer = pass === null ? null : await pass();
  if (answer !== null && answer.status !== 200) return answer;
  const told = answer === null ? [] : [...(JSON.parse(answer.body.toString()) as { Records: readonly object[] }).Records];
  const body = { FailedRecordCount: takes.filter((take) => !take).length, Records: takes.map((take) => (take ? told.shift() : refused)) };
  return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: Buffer.from(JSON.stringify(body)) };
}

/**
 * SQS as a standard queue may be: what was received arrives again with later messages, deleted
 * or not, and messages of one answer come last first.
 */
export function repeatingMessages(gateway: AwsGateway): Injection {
  const seen = new Map<string, readonly object[]>();
  return inject(gateway, (call, pass) => {
    if (call.service !== 'sqs' || call.action !== 'ReceiveMessage') return null;
    const queue = String(call.input['QueueUrl']);
    const most = Number(call.input['MaxNumberOfMessages'] ?? 1);
    return pass().then((answer) => {
      const parsed = answer.status === 200 ? (JSON.parse(answer.body.toString()) as { Messages?: readonly object[] }) : {};
      const fresh = parsed.Messages ?? [];
      if (fresh.length === 0) return answer;
      const messages = [...fresh, ...(seen.get(queue) ?? [])].reverse().slice(-most);
      seen.set(queue, fresh.slice(0, most - 1));
      return { ...answer, body: Buffer.from(JSON.stringify({ ...parsed, Messages: messages })) };
    });
  });
}

/**
 * Each caller is told once of each resource that it is not there, as whoever comes first on an
 * empty account: it makes it, or hears that another was faster. A stream is told once to keep
 * its records for a day, as a new one does.
 */
export function eachComesFirst(gateway: AwsGateway): Injection {
  const missing: Readonly<Record<string, string>> = { 'kinesis:DescribeStreamSummary': 'ResourceNotFoundException', 'dynamodb:DescribeTable': 'ResourceNotFoundException', 'sqs:GetQueueUrl': 'QueueDoesNotExist' };
  const told = new Set<string>();
  const isFirst = (what: string): boolean => !told.has(what) && told.add(what).size > 0;
  return inject(gateway, (call, pass) => {
    const operation = `${call.service}:${call.action}`;
    const error = missing[operation];
    if (error === undefined) return null;
    if (isFirst(`${call.accessKey} ${operation} ${JSON.stringify(call.input)}`)) return Promise.resolve(awsError(call, error));
    if (operation !== 'kinesis:DescribeStreamSummary' || !isFirst(`${call.accessKey} retention`)) return null;
    return pass().then((answer) => changed<{ StreamDescriptionSummary: object }>(answer, (body) => ({ StreamDescriptionSummary: { ...body.StreamDescriptionSummary, RetentionPeriodHours: 24 } })));
  });
}

/** Time to live as AWS tells it of a table where it was switched on: dynalite tells always that it is off. */
export function withTimeToLive(gateway: AwsGateway, attribute: string): Injection {
  return inject(gateway, (call, pass) =>
    call.action === 'DescribeTimeToLive' ? pass().then((answer) => changed(answer, () => ({ TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: attribute } }))) : null,
  );
}

/** The first such call that succeeds is done twice, as by one who got no answer and asks again: the second answer counts. */
export function repeatingOne(gateway: AwsGateway, isMeant: (call: AwsCall) => boolean): Injection {
  let count = 0;
  const end = gateway.handle(async (call, pass) => {
    const answer = await pass();
    if (count > 0 || !isMeant(call) || answer.status !== 200) return answer;
    count += 1;
    return pass();
  });
  return { get count() { return count; }, end };
}

/** An answer of 200 with another body. */
function changed<T>(answer: AwsAnswer, change: (body: T) => object): AwsAnswer {
  return answer.status === 200 ? { ...answer, body: Buffer.from(JSON.stringify(change(JSON.parse(answer.body.toString()) as T))) } : answer;
}
