import { CompressionTypes, Kafka, logLevel } from 'kafkajs';

const TOPIC = 'bare';
const PARTITIONS = 4;
const MESSAGES_PER_REQUEST = 100;
const IN_FLIGHT = 4;

/** Points a second that kafkajs' own producer gets acknowledged by all replicas, as JSON messages of `perMessage` points, gzipped. */
export async function bareKafkaProducer(broker: string, points: number, perMessage: number, series: number): Promise<number> {
  const kafka = new Kafka({ clientId: 'bare', brokers: [broker], logLevel: logLevel.ERROR });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: PARTITIONS, configEntries: [{ name: 'flush.messages', value: '1' }] }] });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  let next = 0;
  const message = (): { key: string; value: string } => {
    const timestamp = Math.floor(Date.now() / 1000);
    const metrics: string[] = [];
    for (let i = 0; i < perMessage; i += 1) {
      const id = next % series;
      metrics.push(`{"name":"requests","tags":{"host":"web-${id % 100}","service":"svc-${Math.floor(id / 100)}","env":"production"},"timestamp":${timestamp},"value":${(next % 100_003) / 7}}`);
      next += 1;
    }
    return { key: `k${next % 64}`, value: `{"metrics":[${metrics.join(',')}]}` };
  };
  const started = performance.now();
  const push = async (): Promise<void> => {
    while (next < points) {
      const messages: { key: string; value: string }[] = [];
      while (messages.length < MESSAGES_PER_REQUEST && next < points) messages.push(message());
      await producer.send({ topic: TOPIC, acks: -1, compression: CompressionTypes.GZIP, messages });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, push));
  const rate = (next / (performance.now() - started)) * 1000;
  await producer.disconnect();
  return rate;
}
