/* emulator-main.js kinesis|kinesis-local|dynamodb|sns-sqs PORT DIRECTORY: one emulator on loopback, until it is killed or its standard input ends. */
import { createRequire } from 'node:module';
import type { Server } from 'node:http';
import { dirname, join } from 'node:path';

const STATE_CHANGE_MS = 50;
const SHARDS = 100;

const [name, port, path] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const times = (...states: readonly string[]): object => Object.fromEntries(states.map((state) => [`${state}Ms`, STATE_CHANGE_MS]));

process.stdin.resume().once('close', () => process.exit());

switch (name ?? '') {
  case 'kinesis': {
    const kinesalite = require('kinesalite') as (options: object) => Server;
    kinesalite({ path, shardLimit: SHARDS, ...times('createStream', 'deleteStream', 'updateStream') }).listen(Number(port), '127.0.0.1');
    break;
  }
  case 'kinesis-local': {
    const program = require.resolve('kinesis-local');
    Object.assign(process.env, {
      KINESIS_MOCK_PLAIN_PORT: port,
      KINESIS_MOCK_TLS_PORT: '0',
      KINESIS_MOCK_CERT_PATH: join(dirname(program), 'server.json'),
      LOG_LEVEL: 'ERROR',
      ...Object.fromEntries(['CREATE_STREAM', 'DELETE_STREAM', 'MERGE_SHARDS', 'SPLIT_SHARD', 'UPDATE_SHARD_COUNT'].map((what) => [`${what}_DURATION`, `${STATE_CHANGE_MS}ms`])),
    });
    require(program);
    break;
  }
  case 'dynamodb': {
    const dynalite = require('dynalite') as (options: object) => Server;
    dynalite({ path, ...times('createTable', 'deleteTable', 'updateTable') }).listen(Number(port), '127.0.0.1');
    break;
  }
  case 'sns-sqs': {
    const { startFauxqs } = await import('fauxqs');
    await startFauxqs({ port: Number(port), host: '127.0.0.1', logger: false });
    break;
  }
  default:
    throw new Error('usage: emulator-main.js kinesis|kinesis-local|dynamodb|sns-sqs PORT DIRECTORY');
}
