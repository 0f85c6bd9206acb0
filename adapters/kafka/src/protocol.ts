import Decoder from 'kafkajs/src/protocol/decoder.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import decodeRecordBatch, { type DecodedBatch } from 'kafkajs/src/protocol/recordBatch/v0/decoder.js';
import type { Request } from 'kafkajs/src/protocol/requests/index.js';

/*
 * Requests in versions that kafkajs 2.2.4 does not know. It stops at Metadata 6 and Fetch 11,
 * which name a topic; only Metadata 10 and Fetch 13 (Kafka 3.1, KIP-516) carry the topic's id,
 * which tells a topic that was deleted and made anew from the one before. Both are "flexible":
 * their headers end with a tag buffer, which for kafkajs is the first byte of the body. Produce
 * is here because kafkajs encodes a batch anew for each attempt, and a repetition that the
 * broker is to recognise must be the same bytes. Source: kafka.apache.org/protocol.
 */

export const API = { metadata: 3, fetch: 1, produce: 0 } as const;
export const METADATA_VERSION = 10;
export const FETCH_VERSION = 13;
const PRODUCE_VERSION = 7;

export interface TopicMetadata {
  readonly errorCode: number;
  readonly name: string;
  /** As Kafka's tools print it; null for a broker that knows none. */
  readonly id: string | null;
  readonly partitions: readonly { readonly partition: number; readonly leader: number }[];
}

export interface ClusterMetadata {
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];
  readonly controllerId: number;
  readonly topics: readonly TopicMetadata[];
}

export interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: bigint;
  readonly logStartOffset: bigint;
  readonly batches: readonly DecodedBatch[];
}

const NO_ID = Buffer.alloc(16);
const NO_TAGS = 0;

const compact = (encoder: Encoder, items: readonly ((encoder: Encoder) => unknown)[]): Encoder => {
  encoder.writeUVarInt(items.length + 1);
  for (const item of items) item(encoder);
  return encoder;
};

function skipTags(decoder: Decoder): void {
  for (let left = decoder.readUVarInt(); left > 0; left--) {
    decoder.readUVarInt();
    decoder.forward(decoder.readUVarInt());
  }
}

function compactArray<T>(decoder: Decoder, read: (decoder: Decoder) => T): T[] {
  const items: T[] = [];
  for (let left = decoder.readUVarInt() - 1; left > 0; left--) items.push(read(decoder));
  return items;
}

function readId(decoder: Decoder): string | null {
  const id = decoder.readBytes(NO_ID.length);
  return id.equals(NO_ID) ? null : id.toString('base64url');
}

const unchanged = <T>(decoded: T): T => decoded;

export function metadataRequest(topics: readonly string[]): Request<ClusterMetadata> {
  return {
    request: {
      apiKey: API.metadata,
      apiVersion: METADATA_VERSION,
      apiName: 'Metadata',
      encode: () => {
        const encoder = new Encoder().writeUVarInt(NO_TAGS);
        compact(encoder, topics.map((topic) => (to: Encoder) => to.writeBuffer(NO_ID).writeUVarIntString(topic).writeUVarInt(NO_TAGS)));
        // No topic is made by asking for it; no lists of permitted operations.
        return Promise.resolve(encoder.writeBoolean(false).writeBoolean(false).writeBoolean(false).writeUVarInt(NO_TAGS));
      },
    },
    response: { decode: (raw) => Promise.resolve(decodeMetadata(new Decoder(raw))), parse: unchanged },
  };
}

function decodeMetadata(decoder: Decoder): ClusterMetadata {
  skipTags(decoder);
  decoder.readInt32(); // throttle time
  const brokers = compactArray(decoder, (from) => {
    const broker = { nodeId: from.readInt32(), host: from.readUVarIntString() ?? '', port: from.readInt32() };
    from.readUVarIntString(); // rack
    skipTags(from);
    return broker;
  });
  decoder.readUVarIntString(); // cluster id
  const controllerId = decoder.readInt32();
  const topics = compactArray(decoder, decodeTopic);
  return { brokers, controllerId, topics };
}

function decodeTopic(decoder: Decoder): TopicMetadata {
  const errorCode = decoder.readInt16();
  const name = decoder.readUVarIntString() ?? '';
  const id = readId(decoder);
  decoder.readBoolean(); // internal
  const partitions = compactArray(decoder, (from) => {
    from.readInt16(); // error: told again by whoever is asked for the partition
    const partition = from.readInt32();
    const leader = from.readInt32();
    from.readInt32(); // leader epoch
    for (let list = 0; list < 3; list++) compactArray(from, (item) => item.readInt32()); // replicas, in sync, offline
    skipTags(from);
    return { partition, leader };
  });
  decoder.readInt32(); // permitted operations
  skipTags(decoder);
  return { errorCode, name, id, partitions: partitions.sort((a, b) => a.partition - b.partition) };
}

export interface FetchOptions {
  readonly topicId: string;
  readonly positions: readonly { readonly partition: number; readonly offset: bigint }[];
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly requestTimeout: number;
}

export function fetchRequest(options: FetchOptions): Request<{ readonly errorCode: number; readonly partitions: readonly FetchedPartition[] }> {
  return {
    requestTimeout: options.requestTimeout,
    request: { apiKey: API.fetch, apiVersion: FETCH_VERSION, apiName: 'Fetch', encode: () => Promise.resolve(encodeFetch(options)) },
    response: { decode: (raw) => decodeFetch(new Decoder(raw)), parse: unchanged },
  };
}

function encodeFetch({ topicId, positions, maxWaitMs, maxBytes }: FetchOptions): Encoder {
  const encoder = new Encoder()
    .writeUVarInt(NO_TAGS)
    .writeInt32(-1) // a client
    .writeInt32(maxWaitMs)
    .writeInt32(1) // answer as soon as there is a byte
    .writeInt32(maxBytes)
    .writeInt8(0) // up to the high watermark: nobody here writes transactions
    .writeInt32(0) // no session
    .writeInt32(-1);
  const partitions = positions.map(({ partition, offset }) => (to: Encoder) =>
    to.writeInt32(partition).writeInt32(-1).writeInt64(offset.toString()).writeInt32(-1).writeInt64('-1').writeInt32(maxBytes).writeUVarInt(NO_TAGS),
  );
  compact(encoder, [(to) => compact(to.writeBuffer(Buffer.from(topicId, 'base64url')), partitions).writeUVarInt(NO_TAGS)]);
  return compact(encoder, []).writeUVarIntString('').writeUVarInt(NO_TAGS); // nothing forgotten, no rack
}

async function decodeFetch(decoder: Decoder): Promise<{ errorCode: number; partitions: FetchedPartition[] }> {
  skipTags(decoder);
  decoder.readInt32(); // throttle time
  const errorCode = decoder.readInt16();
  decoder.readInt32(); // session
  const raw = compactArray(decoder, (from) => {
    from.readBytes(NO_ID.length); // the one topic asked for
    const partitions = compactArray(from, decodeFetchedPartition);
    skipTags(from);
    return partitions;
  }).flat();
  const partitions: FetchedPartition[] = [];
  for (const { records, ...partition } of raw) partitions.push({ ...partition, batches: await decodeBatches(records) });
  return { errorCode, partitions };
}

function decodeFetchedPartition(decoder: Decoder): Omit<FetchedPartition, 'batches'> & { readonly records: Buffer } {
  const partition = decoder.readInt32();
  const errorCode = decoder.readInt16();
  const highWatermark = decoder.readInt64();
  decoder.readInt64(); // last stable offset
  const logStartOffset = decoder.readInt64();
  compactArray(decoder, (from) => {
    from.readInt64();
    from.readInt64();
    skipTags(from);
  }); // aborted transactions
  decoder.readInt32(); // preferred replica
  const records = decoder.readBytes(Math.max(0, decoder.readUVarInt() - 1));
  skipTags(decoder);
  return { partition, errorCode, highWatermark, logStartOffset, records };
}

const BATCH_HEADER_BYTES = 12;

/** The last batch may be cut off by the size limit of the fetch: it comes whole with the next one. */
async function decodeBatches(records: Buffer): Promise<DecodedBatch[]> {
  const batches: DecodedBatch[] = [];
  for (let at = 0; at + BATCH_HEADER_BYTES <= records.length; ) {
    const end = at + BATCH_HEADER_BYTES + records.readInt32BE(at + 8);
    if (end > records.length) break;
    batches.push(await decodeRecordBatch(new Decoder(records.subarray(at, end))));
    at = end;
  }
  return batches;
}

export interface ProducedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly baseOffset: bigint;
}

/** `batches` are encoded record batches. */
export function produceRequest(topic: string, batches: readonly { readonly partition: number; readonly encoded: Buffer }[], ackTimeoutMs: number): Request<readonly ProducedPartition[]> {
  return {
    request: {
      apiKey: API.produce,
      apiVersion: PRODUCE_VERSION,
      apiName: 'Produce',
      encode: () => {
        const partitions = batches.map(({ partition, encoded }) => new Encoder().writeInt32(partition).writeBytes(encoded));
        return Promise.resolve(
          new Encoder()
            .writeString(null) // no transaction
            .writeInt16(-1) // acknowledged by all replicas in sync
            .writeInt32(ackTimeoutMs)
            .writeArray([new Encoder().writeString(topic).writeArray(partitions)]),
        );
      },
    },
    response: { decode: (raw) => Promise.resolve(decodeProduced(new Decoder(raw))), parse: unchanged },
  };
}

function decodeProduced(decoder: Decoder): ProducedPartition[] {
  const topics = decoder.readArray((topic) => {
    topic.readString();
    return topic.readArray((from) => {
      const produced = { partition: from.readInt32(), errorCode: from.readInt16(), baseOffset: from.readInt64() };
      from.readInt64(); // append time
      from.readInt64(); // log start
      return produced;
    });
  });
  return topics.flat();
}
