import { CaveError, type ErrorCode } from '@cave/core';

/** What is known of the server when something goes wrong, for the sentence. No secrets. */
export interface Place {
  /** `host:port` */
  readonly place: string;
  readonly user: string;
  readonly db: number;
  readonly tls: boolean;
}

/**
 * When it went wrong: `start` before anything served, where a wrong setting is the likely
 * cause; `unsent` and `sent` in a running adapter: only what was sent can have happened.
 */
export type Phase = 'start' | 'unsent' | 'sent';

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME/;
const NO_TLS = ['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG'];
/** Said by a script of Redis 6 about a command within it: the word stands inside of the sentence. */
const INNER_WORD = /-?\b(READONLY|OOM|MISCONF|NOPERM|NOREPLICAS|MASTERDOWN|WRONGTYPE|CROSSSLOT)\b/;

/**
 * ioredis attaches to each error the command that failed with all its arguments: a password
 * (AUTH), bodies of jobs. They must not travel into a log with the error, so they go.
 */
export function withoutArguments(error: unknown): unknown {
  if (typeof error === 'object' && error !== null && 'command' in error) delete error.command;
  return error;
}

/** Whether the server itself answered with an error: then it has done nothing. */
export function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** The first word of an error reply, such as `WRONGPASS`: what Redis means programs to act on. */
export function replyWord(error: unknown): string {
  if (!isReply(error)) return '';
  const word = /^-?([A-Z][A-Z0-9]*)\b/.exec(error.message)?.[1] ?? '';
  return word === 'ERR' ? (INNER_WORD.exec(error.message)?.[1] ?? word) : word;
}

/** What ioredis or Redis said as an error of core, with a sentence that says what to do. */
export function redisError(cause: unknown, { place, user, db, tls }: Place, phase: Phase): CaveError {
  if (cause instanceof CaveError) return cause;
  withoutArguments(cause);
  const message = cause instanceof Error ? cause.message : String(cause);
  const fail = (code: ErrorCode, sentence: string): CaveError => new CaveError(code, `Redis at ${place} ${sentence}`, { cause });
  const who = user === '' ? 'its default user' : `the user "${user}"`;
  if (!isReply(cause)) return connectionError(cause, message, tls, phase, fail);
  switch (replyWord(cause)) {
    case 'WRONGPASS':
      return fail('configuration', `refuses ${who} (${message}); check "user" and "password".`);
    case 'NOAUTH':
      return fail('configuration', 'wants a password; set "password", and "user" where it is not the default one.');
    case 'NOPERM':
      return fail(phase === 'start' ? 'configuration' : 'forbidden', `does not let ${who} do this (${message}); grant it by ACL SETUSER.`);
    case 'READONLY':
      return fail(phase === 'start' ? 'configuration' : 'unavailable', 'is a replica that takes no writes; "host" and "port" must name the primary.');
    case 'OOM':
      return fail('resource_exhausted', 'is full up to its "maxmemory"; raise it, or remove what is not needed.');
    case 'MISCONF':
      return fail('resource_exhausted', `takes no writes because it cannot write to its disk (${message}); make room there, or see its log.`);
    case 'LOADING':
      return fail('unavailable', 'is still loading its data.');
    case 'NOREPLICAS':
      return fail('unavailable', 'takes no writes because too few replicas follow it ("min-replicas-to-write").');
    case 'BUSY':
    case 'MASTERDOWN':
    case 'CLUSTERDOWN':
    case 'TRYAGAIN':
      return fail('unavailable', `cannot serve now (${message}).`);
    case 'MOVED':
    case 'ASK':
    case 'CROSSSLOT':
      return fail('configuration', 'is part of a Redis Cluster, which this adapter does not speak; name a single server or its primary.');
    case 'WRONGTYPE':
      return fail('configuration', 'keeps something else under a key of CAVE; set "key-prefix" to a prefix of its own.');
    default:
      return errReply(message, db, who, fail);
  }
}

/** Replies that begin with ERR, or with a word that nobody knows here. */
function errReply(message: string, db: number, who: string, fail: (code: ErrorCode, sentence: string) => CaveError): CaveError {
  if (/DB index/i.test(message)) return fail('configuration', `has no database ${String(db)}; correct "db", or raise "databases" in its configuration.`);
  if (/invalid password|AUTH/i.test(message)) return fail('configuration', `refuses ${who} (${message}); check "user" and "password".`);
  if (/max number of clients/i.test(message)) return fail('unavailable', 'has no connection left ("maxclients").');
  if (/unknown command|invalid stream ID/i.test(message)) return fail('configuration', `does not understand a command that CAVE needs (${message}); it must be Redis 6.2 or newer.`);
  return fail('internal', `refused a command of CAVE (${message}).`);
}

/** Nothing was answered. */
function connectionError(cause: unknown, message: string, tls: boolean, phase: Phase, fail: (code: ErrorCode, sentence: string) => CaveError): CaveError {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  if (NO_TLS.includes(code)) return fail('configuration', `does not speak TLS on this port (${code}); set "tls" to off, or name its TLS port.`);
  if (CERTIFICATE.test(code)) return fail('configuration', `shows a certificate that cannot be verified (${code}: ${message}); set "tls-ca" to the authority that issued it.`);
  if (phase === 'sent') return fail('unknown_outcome', `did not answer (${message}): the command may or may not have been carried out.`);
  // A server without TLS waits for the rest of what it takes for a command.
  const hint = tls && code === 'ETIMEDOUT' ? ', or it speaks no TLS on this port; see "tls"' : '';
  return fail('unavailable', `cannot be reached (${message === '' ? code : message})${hint}.`);
}
