/*
 * The parts of kafkajs 2.2.4 (pinned) below its public producer and consumer that this adapter
 * uses: connections with TLS and SASL, and the wire format. Why not the public ones: see
 * broker-link.ts. Only what is used is declared.
 */
declare module 'kafkajs/src/network/connection.js' {
  import type { Socket } from 'node:net';
  import type { ApiVersions, Request } from 'kafkajs/src/protocol/requests/index.js';

  class Connection {
    constructor(options: {
      host: string;
      port: number;
      clientId: string;
      logger: unknown;
      socketFactory: unknown;
      ssl: object | null;
      sasl: object | null;
      connectionTimeout: number;
      requestTimeout: number;
      instrumentationEmitter: null;
    });
    socket?: Socket;
    readonly requestQueue: { readonly pending: readonly unknown[]; scheduleCheckPendingRequests(): void; destroy(): void };
    isConnected(): boolean;
    connect(): Promise<true>;
    authenticate(): Promise<void>;
    setVersions(versions: ApiVersions): void;
    setSupportAuthenticationProtocol(isSupported: boolean): void;
    send<T>(request: Request<T>): Promise<T>;
    rejectRequests(error: Error): void;
  }
  export default Connection;
}

declare module 'kafkajs/src/network/socketFactory.js' {
  export default function createSocketFactory(): unknown;
}

declare module 'kafkajs/src/loggers/index.js' {
  interface Entry {
    readonly label: string;
    readonly namespace: string;
    readonly log: Readonly<Record<string, unknown>>;
  }
  const loggers: {
    readonly LEVELS: { readonly INFO: number };
    createLogger(options: { level: number; logCreator: () => (entry: Entry) => void }): unknown;
  };
  export default loggers;
}

declare module 'kafkajs/src/protocol/requests/index.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js';

  export interface Request<T> {
    readonly request: { readonly apiKey: number; readonly apiVersion: number; readonly apiName: string; encode(): Promise<Encoder> };
    readonly response: { decode(raw: Buffer): Promise<T>; parse(decoded: T): Promise<T> | T };
    readonly requestTimeout?: number;
    readonly logResponseError?: boolean;
  }
  export type ApiVersions = Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>>;
  /** Makes the request in one version. */
  export type Build<A, T> = (argument: A) => Request<T>;
  export interface Definition<A, T> {
    readonly versions: readonly string[];
    protocol(choice: { version: number }): Build<A, T>;
  }
  interface TopicPartitions<P> {
    readonly topic: string;
    readonly partitions: readonly P[];
  }
  interface Coded {
    readonly errorCode: number;
  }

  const module: {
    lookup(versions: ApiVersions): <A, T>(apiKey: number, definition: Definition<A, T>) => Build<A, T>;
    readonly requests: {
      readonly ApiVersions: Definition<void, Coded & { readonly apiVersions: readonly { apiKey: number; minVersion: number; maxVersion: number }[] }>;
      readonly GroupCoordinator: Definition<{ groupId: string; coordinatorType: number }, Coded & { readonly coordinator: { nodeId: number; host: string; port: number } }>;
      readonly JoinGroup: Definition<
        {
          groupId: string;
          sessionTimeout: number;
          rebalanceTimeout: number;
          memberId: string;
          protocolType: 'consumer';
          groupProtocols: readonly { name: string; metadata: Buffer }[];
        },
        Coded & { readonly generationId: number; readonly leaderId: string; readonly memberId: string; readonly members: readonly { memberId: string; memberMetadata: Buffer }[] }
      >;
      readonly SyncGroup: Definition<
        { groupId: string; generationId: number; memberId: string; groupAssignment: readonly { memberId: string; memberAssignment: Buffer }[] },
        Coded & { readonly memberAssignment: Buffer | null }
      >;
      readonly Heartbeat: Definition<{ groupId: string; groupGenerationId: number; memberId: string }, Coded>;
      readonly LeaveGroup: Definition<{ groupId: string; memberId: string }, Coded>;
      readonly OffsetCommit: Definition<
        { groupId: string; groupGenerationId: number; memberId: string; topics: readonly TopicPartitions<{ partition: number; offset: string; metadata: string }>[] },
        { readonly responses: readonly TopicPartitions<{ partition: number; errorCode: number }>[] }
      >;
      readonly OffsetFetch: Definition<
        { groupId: string; topics: readonly TopicPartitions<{ partition: number }>[] },
        { readonly errorCode?: number; readonly responses: readonly TopicPartitions<{ partition: number; offset: string; metadata: string | null; errorCode: number }>[] }
      >;
      readonly ListOffsets: Definition<
        { replicaId: number; isolationLevel: number; topics: readonly TopicPartitions<{ partition: number; timestamp: string }>[] },
        { readonly responses: readonly TopicPartitions<{ partition: number; errorCode: number; offset: string }>[] }
      >;
      readonly CreateTopics: Definition<
        { topics: readonly { topic: string; numPartitions: number; replicationFactor: number; configEntries: readonly { name: string; value: string }[] }[]; timeout: number; validateOnly: boolean },
        { readonly topicErrors: readonly { topic: string; errorCode: number; errorMessage?: string | null }[] }
      >;
      readonly DescribeConfigs: Definition<
        { resources: readonly { type: number; name: string; configNames: readonly string[] }[]; includeSynonyms: boolean },
        { readonly resources: readonly { errorCode: number; errorMessage: string | null; configEntries: readonly { configName: string; configValue: string | null }[] }[] }
      >;
      readonly InitProducerId: Definition<{ transactionalId: undefined; transactionTimeout: number }, Coded & { readonly producerId: string; readonly producerEpoch: number }>;
    };
  };
  export default module;
}

declare module 'kafkajs/src/protocol/encoder.js' {
  class Encoder {
    readonly buffer: Buffer;
    size(): number;
    writeInt8(value: number): this;
    writeInt16(value: number): this;
    writeInt32(value: number): this;
    writeInt64(value: string): this;
    writeBoolean(value: boolean): this;
    writeString(value: string | null): this;
    writeBytes(value: Buffer): this;
    writeBuffer(value: Buffer): this;
    writeEncoder(value: Encoder): this;
    writeUVarInt(value: number): this;
    writeUVarIntString(value: string | null): this;
    writeArray(values: readonly Encoder[]): this;
  }
  export default Encoder;
}

declare module 'kafkajs/src/protocol/decoder.js' {
  class Decoder {
    constructor(buffer: Buffer);
    readInt8(): number;
    readInt16(): number;
    readInt32(): number;
    readInt64(): bigint;
    readBoolean(): boolean;
    readString(): string | null;
    readUVarInt(): number;
    readUVarIntString(): string | null;
    readBytes(length: number): Buffer;
    readArray<T>(reader: (decoder: Decoder) => T): T[];
    canReadBytes(length: number): boolean;
    forward(length: number): void;
  }
  export default Decoder;
}

declare module 'kafkajs/src/protocol/recordBatch/v0/index.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js';
  const module: {
    RecordBatch(options: {
      compression: number;
      records: readonly Encoder[];
      firstTimestamp: number;
      maxTimestamp: number;
      producerId: string;
      producerEpoch: number;
      firstSequence: number;
      lastOffsetDelta: number;
    }): Promise<Encoder>;
  };
  export default module;
}

declare module 'kafkajs/src/protocol/recordBatch/v0/decoder.js' {
  import type Decoder from 'kafkajs/src/protocol/decoder.js';
  export interface DecodedBatch {
    readonly firstOffset: string;
    readonly lastOffsetDelta: number;
    readonly records: readonly {
      readonly offset: string;
      readonly timestamp: string;
      readonly key: Buffer | null;
      readonly value: Buffer | null;
      readonly headers: Readonly<Record<string, Buffer>>;
      readonly isControlRecord: boolean;
    }[];
  }
  export default function decodeRecordBatch(decoder: Decoder): Promise<DecodedBatch>;
}

declare module 'kafkajs/src/protocol/recordBatch/record/v0/index.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js';
  export default function encodeRecord(record: {
    offsetDelta: number;
    timestampDelta: number;
    key: Buffer;
    value: Buffer;
    headers: Readonly<Record<string, string>>;
  }): Encoder;
}

declare module 'kafkajs/src/protocol/error.js' {
  const module: { readonly errorCodes: readonly { readonly code: number; readonly type: string; readonly message: string }[] };
  export default module;
}

declare module 'kafkajs/src/producer/partitioners/default/murmur2.js' {
  export default function murmur2(key: Buffer): number;
}

declare module 'kafkajs/src/consumer/assignerProtocol.js' {
  const module: {
    readonly MemberMetadata: {
      encode(metadata: { version: number; topics: readonly string[]; userData: Buffer }): Buffer;
      decode(buffer: Buffer): { readonly topics: readonly string[]; readonly userData: Buffer | null };
    };
    readonly MemberAssignment: {
      encode(assignment: { version: number; assignment: Readonly<Record<string, readonly number[]>> }): Buffer;
      decode(buffer: Buffer): { readonly assignment: Readonly<Record<string, readonly number[]>> } | null;
    };
  };
  export default module;
}
