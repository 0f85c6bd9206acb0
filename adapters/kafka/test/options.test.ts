import { failsWith, testContext } from '@cave/conformance';
import { expect } from 'chai';
import configBus from '../src/config-bus.js';
import type { KafkaRawStreamOptions } from '../src/options.js';
import rawStream from '../src/raw-stream.js';
import { configBusOptions, rawStreamOptions } from './support/kafka.js';

describe("the Kafka adapter's options", () => {
  const refused = async (changes: Partial<KafkaRawStreamOptions>): Promise<string> => (await failsWith('configuration', 'create', () => rawStream.create(rawStreamOptions(changes), testContext()))).message;

  it('have defaults that are right, each with a description', () => {
    for (const { options } of [rawStream, configBus]) {
      for (const [name, property] of Object.entries(options.properties)) {
        expect(property.default, name).not.to.equal(undefined);
        expect(property.description, name).to.match(/\.$/);
      }
    }
    rawStream.create(rawStreamOptions({}), testContext());
    configBus.create(configBusOptions({}), testContext());
  });

  it('say which one is wrong and what would be right', async () => {
    expect(await refused({ brokers: 'one:9092,two' })).to.include('"brokers"').and.to.include('host:port');
    expect(await refused({ brokers: 'one:99999' })).to.include('"brokers"');
    expect(await refused({ 'dead-letter-topic': 'raw-metric-data' })).to.include('"dead-letter-topic"');
    expect(await refused({ partitions: 0 })).to.include('"partitions"').and.to.include('from 1 to 1024');
    expect(await refused({ 'delivery-timeout-ms': 1 })).to.include('"delivery-timeout-ms"').and.to.include('at least 1000');
    expect(await refused({ user: 'cave' })).to.include('"sasl-mechanism"').and.to.include('scram-sha-256');
  });

  it('take several addresses, also of IPv6', () => {
    rawStream.create(rawStreamOptions({ brokers: 'one:9092, [::1]:9093,10.0.0.1:9094' }), testContext());
  });

  it('keep a password that was put into an address out of the message', async () => {
    expect(await refused({ brokers: 'kafka://cave:hidden@one:9092' })).not.to.include('hidden');
  });
});
