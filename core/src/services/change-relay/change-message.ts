import { CaveError } from '../../errors.js';
import type { ConfigurationChange } from '../../domain/configuration-change.js';
import type { BusMessage } from '../../ports/config-bus.js';

const ENTITIES: readonly string[] = ['organization', 'team', 'alert', 'token'];
const OPERATIONS: readonly string[] = ['created', 'updated', 'deleted'];

export function toBusMessage(change: ConfigurationChange): BusMessage {
  return { key: `${change.entity}:${change.id}`, version: change.version, body: Buffer.from(JSON.stringify(change), 'utf8') };
}

/** Throws `invalid_argument` for anything that `toBusMessage` did not make. */
export function fromBusMessage(message: BusMessage): ConfigurationChange {
  let change: Partial<ConfigurationChange>;
  try {
    change = JSON.parse(Buffer.from(message.body).toString('utf8')) as Partial<ConfigurationChange>;
  } catch (cause) {
    throw new CaveError('invalid_argument', `The message "${message.key}" on the config bus is not JSON.`, { cause });
  }
  const { entity, id, operation, version } = change;
  if (entity === undefined || !ENTITIES.includes(entity) || typeof id !== 'string' || operation === undefined || !OPERATIONS.includes(operation) || typeof version !== 'number') {
    throw new CaveError('invalid_argument', `The message "${message.key}" on the config bus is not a configuration change.`);
  }
  return { entity, id, operation, version };
}
