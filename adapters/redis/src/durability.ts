import { CaveError } from '@cave/core';
import type { RedisConnection, Reply } from './connection.js';
import { replyWord } from './errors.js';

export type Durability = 'checked' | 'vouched' | 'relaxed';

/** The server's settings that decide whether what it has answered can be lost, and why each matters. */
const WANTED: readonly { readonly setting: string; readonly isRight: (value: string, all: ReadonlyMap<string, string>) => boolean; readonly right: string }[] = [
  { setting: 'appendonly', isRight: (value) => value === 'yes', right: '"yes", or what it accepted is gone when it is killed' },
  { setting: 'appendfsync', isRight: (value) => value === 'always', right: '"always", or what it accepted within the last second or more is gone when it is killed' },
  {
    setting: 'maxmemory-policy',
    isRight: (value, all) => !value.startsWith('allkeys') || all.get('maxmemory') === '0',
    right: '"noeviction" (or one of "volatile-…"), or it throws accepted jobs away when its memory is full',
  },
];

/** Throws `configuration` unless the server has on disk what it answers to have accepted, and keeps it. */
export async function checkDurability(connection: RedisConnection): Promise<void> {
  const settings = new Map<string, string>();
  for (const setting of ['maxmemory', ...WANTED.map((wanted) => wanted.setting)]) {
    let reply: Reply;
    try {
      reply = await connection.call('CONFIG', ['GET', setting]);
    } catch (error) {
      throw cannotAsk(error, connection.place);
    }
    settings.set(setting, Array.isArray(reply) && reply[1] instanceof Buffer ? reply[1].toString() : '');
  }
  for (const { setting, isRight, right } of WANTED) {
    const value = settings.get(setting) ?? '';
    if (isRight(value, settings)) continue;
    throw new CaveError('configuration', `Redis at ${connection.place} has "${setting}" set to "${value}"; for the work queue it must be ${right}. To accept such losses, set "durability" to relaxed.`, { reason: 'not_durable' });
  }
}

function cannotAsk(error: unknown, place: string): unknown {
  const forbidden = error instanceof CaveError && (replyWord(error.cause) === 'NOPERM' || /unknown command|unknown subcommand/i.test(error.message));
  if (!forbidden) return error;
  return new CaveError('configuration', `Redis at ${place} does not tell its settings (CONFIG GET is forbidden), so nobody can check that an accepted job is on disk; where "appendonly yes" and "appendfsync always" hold all the same, set "durability" to vouched.`, { cause: error });
}
