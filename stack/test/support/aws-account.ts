import type { EmulatorName } from '@cave/test-servers';
import type { Stack } from '../../src/index.js';

/** Services with a JSON protocol, and how each wants to be asked. */
const PROTOCOLS = {
  kinesis: { emulator: 'kinesis', target: 'Kinesis_20131202', type: 'application/x-amz-json-1.1' },
  dynamodb: { emulator: 'dynamodb', target: 'DynamoDB_20120810', type: 'application/x-amz-json-1.0' },
  sqs: { emulator: 'sns-sqs', target: 'AmazonSQS', type: 'application/x-amz-json-1.0' },
} as const satisfies Readonly<Record<string, { readonly emulator: EmulatorName; readonly target: string; readonly type: string }>>;

/** The account as its operator sees it: asks the emulators themselves, past the gateway, whose notes are of the services alone. */
export class AwsAccount {
  constructor(private readonly stack: Stack) {}

  /** Names. */
  async queues(): Promise<readonly string[]> {
    const { QueueUrls = [] } = await this.ask<{ QueueUrls?: readonly string[] }>('sqs', 'ListQueues', {});
    return QueueUrls.map((url) => url.slice(url.lastIndexOf('/') + 1));
  }

  /** ARNs of what is subscribed to any topic. */
  async subscriptions(): Promise<readonly string[]> {
    const answer = await this.#post('sns-sqs', 'sns', { 'content-type': 'application/x-www-form-urlencoded' }, new URLSearchParams({ Action: 'ListSubscriptions', Version: '2010-03-31' }).toString());
    return [...answer.matchAll(/<Endpoint>([^<]*)<\/Endpoint>/g)].map(([, endpoint = '']) => endpoint);
  }

  /** One call of a service with a JSON protocol; throws its error. */
  async ask<T>(service: keyof typeof PROTOCOLS, action: string, input: object): Promise<T> {
    const { emulator, target, type } = PROTOCOLS[service];
    const answer = await this.#post(emulator, service, { 'content-type': type, 'x-amz-target': `${target}.${action}` }, JSON.stringify(input));
    return (answer === '' ? {} : JSON.parse(answer)) as T;
  }

  async #post(emulator: EmulatorName, service: string, headers: Readonly<Record<string, string>>, body: string): Promise<string> {
    const authorization = `AWS4-HMAC-SHA256 Credential=operator/20260101/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
    const response = await fetch(this.stack.server(emulator).url, { method: 'POST', headers: { ...headers, authorization, 'x-amz-date': '20260101T000000Z' }, body });
    const text = await response.text();
    if (!response.ok) throw new Error(`${service} answered ${response.status}: ${text}`);
    return text;
  }
}
