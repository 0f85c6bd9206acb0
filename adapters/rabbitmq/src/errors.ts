import { CaveError } from '@cave/core';
import type { RabbitConnectionOptions } from './options.js';

/** Reply codes of AMQP 0-9-1 that tell who has to act. */
const ACCESS_REFUSED = 403;
const NOT_FOUND = 404;
const RESOURCE_LOCKED = 405;
const PRECONDITION_FAILED = 406;
const NOT_ALLOWED = 530;

export const placeOf = (options: RabbitConnectionOptions): string => `RabbitMQ at ${options.host}:${options.port}`;

const messageOf = (error: unknown): string => {
  const { message, code } = error as { message?: string; code?: unknown };
  // Node says of several refused addresses of one host only their code.
  return message === undefined || message === '' ? String(code) : message;
};

/** The server's own words, without what the library puts around them. */
const said = (error: unknown): string => /with message "(.*)"/s.exec(messageOf(error))?.[1] ?? messageOf(error);

/** Why no connection came about, as a sentence that names the place and what to do. */
export function connectError(error: unknown, options: RabbitConnectionOptions): CaveError {
  if (error instanceof CaveError) return error;
  const message = messageOf(error);
  const place = placeOf(options);
  if (/^Handshake terminated by server: 403/.test(message)) {
    return new CaveError('configuration', `${place} refuses the user "${options.user}" (${said(error)}); check "user" and "password".`, { cause: error });
  }
  // The library keeps nothing of the server's reason when it refuses to open the virtual host.
  if (/^Expected ConnectionOpenOk; got <ConnectionClose/.test(message)) {
    return new CaveError('configuration', `${place} does not open the virtual host "${options.vhost}" to the user "${options.user}"; create it, grant the user access to it, raise its limit of connections, or correct "vhost".`, { cause: error });
  }
  return new CaveError('unavailable', `${place} cannot be reached (${message}).`, { cause: error });
}

/** What a channel failed with while queues and exchanges were declared or used. */
export function channelError(error: unknown, options: RabbitConnectionOptions): CaveError {
  if (error instanceof CaveError) return error;
  const place = placeOf(options);
  const text = said(error);
  switch ((error as { code?: unknown }).code) {
    case ACCESS_REFUSED:
      return new CaveError('configuration', `${place} does not allow the user "${options.user}" to do this (${text}); grant it the right to configure, write and read in the virtual host "${options.vhost}".`, { cause: error });
    case PRECONDITION_FAILED:
      if (/delivery acknowledgement .* timed out/.test(text)) {
        return new CaveError('unavailable', `${place} closed the channel because a job was held for longer than its consumer_timeout (${text}); set "consumer-timeout-ms" to that.`, { cause: error });
      }
      if (/invalid arg/.test(text)) {
        return new CaveError('configuration', `${place} does not know what this adapter needs (${text}); RabbitMQ 3.10 or later is needed, with all feature flags enabled.`, { cause: error });
      }
      return new CaveError('configuration', `On ${place} something of this name exists with other settings (${text}); set the option that differs to what is there, choose another name, or remove what is there once it is empty.`, { cause: error });
    case RESOURCE_LOCKED:
    case NOT_ALLOWED:
      return new CaveError('configuration', `${place} does not allow this (${text}).`, { cause: error });
    case NOT_FOUND:
      return new CaveError('unavailable', `${place} has lost what this adapter declared (${text}); it is declared again with the next connection.`, { cause: error });
    default:
      return new CaveError('unavailable', `The connection to ${place} broke (${text}).`, { cause: error });
  }
}

export const unknownOutcome = (what: string, options: RabbitConnectionOptions, cause?: unknown): CaveError =>
  new CaveError('unknown_outcome', `${what} before ${placeOf(options)} confirmed the message, which may or may not be taken.`, cause === undefined ? {} : { cause });

export const blockedError = (reason: string, options: RabbitConnectionOptions): CaveError =>
  new CaveError('resource_exhausted', `${placeOf(options)} takes no messages because of a resource alarm (${reason}); free memory or disk on the server.`, { reason: 'blocked' });
