import type { Message, Options } from 'amqplib';
import type { BusMessage } from '@cave/core';

const KEY = 'cave-key';
/** As text: the protocol's numbers are not the language's. */
const VERSION = 'cave-version';
const TYPE = 'cave-change';
/** All headers of a message share one frame, whose size the server bounds. */
export const MAX_KEY_CHARACTERS = 1_000;

/** Not persistent: the queues of subscribers do not outlive the server, and who was cut off from it reloads. */
export const encodeChange = ({ key, version }: BusMessage): Options.Publish => ({ type: TYPE, persistent: false, headers: { [KEY]: key, [VERSION]: String(version) } });

/** Null for what CAVE did not write. */
export function decodeChange(message: Message): BusMessage | null {
  const headers = message.properties.headers ?? {};
  const key: unknown = headers[KEY];
  const version = Number(headers[VERSION]);
  if (message.properties.type !== TYPE || typeof key !== 'string' || !Number.isSafeInteger(version)) return null;
  return { key, version, body: message.content };
}
