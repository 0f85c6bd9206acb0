import type { OptionsSchema } from '@cave/core';
import { addressVariable, type TestServer } from '@cave/test-servers';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import configBus from '../../src/config-bus.js';
import type { KafkaConfigBusOptions, KafkaRawStreamOptions } from '../../src/options.js';
import rawStream from '../../src/raw-stream.js';

const defaults = ({ properties }: OptionsSchema): object => Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, property.default]));

/** As the runtime would fill them in, with what a test cannot wait for made short. */
export const rawStreamOptions = (changes: Partial<KafkaRawStreamOptions>): KafkaRawStreamOptions =>
  ({ ...defaults(rawStream.options), 'session-timeout-ms': 6_000, 'metadata-refresh-ms': 500, ...changes }) as KafkaRawStreamOptions;

export const configBusOptions = (changes: Partial<KafkaConfigBusOptions>): KafkaConfigBusOptions =>
  ({ ...defaults(configBus.options), 'metadata-refresh-ms': 500, ...changes }) as KafkaConfigBusOptions;

/** The server is ours: the environment named none. */
export const isOurs = process.env[addressVariable('kafka')] === undefined;

export const brokersOf = (url: string): string => new URL(url).host;

/** By a way that can be cut, where there is one. */
export const cuttableBrokers = (server: TestServer): string => brokersOf(server.cuttable?.url ?? server.url);

/** kafkajs' own tool, straight to the server. */
export async function asAdmin<T>(server: TestServer, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Kafka({ brokers: [brokersOf(server.url)], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}

/** As retention does: what lies before `offset` in partition 0 is gone. */
export async function deleteRecords(server: TestServer, topic: string, offset: string): Promise<void> {
  await asAdmin(server, async (admin) => {
    await admin.fetchTopicOffsets(topic); // by which kafkajs learns of the topic
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset }] });
  });
}

export async function removeTopics(server: TestServer, prefix: string): Promise<void> {
  await asAdmin(server, async (admin) => {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
    if (topics.length > 0) await admin.deleteTopics({ topics });
    const { groups } = await admin.listGroups();
    const left = groups.map(({ groupId }) => groupId).filter((group) => group.startsWith(prefix));
    // A group whose member was killed is not empty yet; it is forgotten by the server in time.
    if (left.length > 0) await admin.deleteGroups(left).catch(() => undefined);
  });
}
