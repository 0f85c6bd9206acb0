import { inspect } from 'node:util';
import type { ErrorCode } from '@cave/core';
import { expect } from 'chai';
import { redisError, replyWord, type Phase } from '../src/errors.js';

const PLACE = { place: 'redis.example:6379', user: '', db: 7, tls: false };

function reply(message: string, command?: object): Error {
  const error = Object.assign(new Error(message), command === undefined ? {} : { command });
  error.name = 'ReplyError';
  return error;
}

describe('Redis errors', () => {
  const replies: readonly (readonly [message: string, code: ErrorCode, says: string, phase?: Phase])[] = [
    ['WRONGPASS invalid username-password pair or user is disabled.', 'configuration', '"password"'],
    ['NOAUTH Authentication required.', 'configuration', 'set "password"'],
    ['ERR invalid password', 'configuration', '"password"'],
    ['NOPERM this user has no permissions to run the \'config|get\' command', 'forbidden', 'ACL SETUSER'],
    ['NOPERM No permissions to access a key', 'configuration', 'ACL SETUSER', 'start'],
    ['ERR DB index is out of range', 'configuration', 'no database 7'],
    ["READONLY You can't write against a read only replica.", 'unavailable', 'primary'],
    ["READONLY You can't write against a read only replica.", 'configuration', 'primary', 'start'],
    ["ERR Error running script (call to f_0): @user_script:3: @user_script: 3: -READONLY You can't write against a read only replica.", 'unavailable', 'primary'],
    ["OOM command not allowed when used memory > 'maxmemory'. script: 0, on @user_script:12.", 'resource_exhausted', 'maxmemory'],
    ['MISCONF Errors writing to the AOF file: No space left on device', 'resource_exhausted', 'disk'],
    ['LOADING Redis is loading the dataset in memory', 'unavailable', 'loading'],
    ['BUSY Redis is busy running a script.', 'unavailable', 'BUSY'],
    ['NOREPLICAS Not enough good replicas to write.', 'unavailable', 'min-replicas'],
    ['MOVED 3999 127.0.0.1:6381', 'configuration', 'Cluster'],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', 'configuration', '"key-prefix"'],
    ["ERR unknown command 'XADD', with args beginning with: ", 'configuration', '6.2'],
    ['ERR something else', 'internal', 'something else'],
  ];
  for (const [message, code, says, phase = 'sent'] of replies) {
    it(`${message.slice(0, 60)} is ${code} (${phase}): the server answered, so nothing was done`, () => {
      const error = redisError(reply(message), PLACE, phase);
      expect(error.code).to.equal(code);
      expect(error.message).to.include('redis.example:6379').and.include(says);
      expect(error.cause).to.be.instanceOf(Error);
    });
  }

  it('what was sent and not answered has an unknown outcome; what was not sent is unavailable', () => {
    const closed = new Error('Connection is closed.');
    expect(redisError(closed, PLACE, 'sent').code).to.equal('unknown_outcome');
    expect(redisError(closed, PLACE, 'unsent').code).to.equal('unavailable');
    expect(redisError(closed, PLACE, 'start').code).to.equal('unavailable');
  });

  it('a certificate that cannot be verified, and a port without TLS, are settings', () => {
    const failed = (code: string): string => redisError(Object.assign(new Error('failed'), { code }), PLACE, 'start').message;
    expect(failed('DEPTH_ZERO_SELF_SIGNED_CERT')).to.include('"tls-ca"');
    expect(failed('ERR_TLS_CERT_ALTNAME_INVALID')).to.include('"tls-ca"');
    expect(failed('ERR_SSL_WRONG_VERSION_NUMBER')).to.include('"tls"');
  });

  it('the arguments of the failed command do not travel with the error', () => {
    const error = redisError(reply('WRONGPASS no', { name: 'auth', args: ['cave', 'the-secret'] }), PLACE, 'start');
    expect(inspect(error, { depth: 20 })).not.to.include('the-secret');
  });

  it('the word of a reply', () => {
    expect(replyWord(reply('NOSCRIPT No matching script. Please use EVAL.'))).to.equal('NOSCRIPT');
    expect(replyWord(new Error('NOSCRIPT'))).to.equal('');
  });
});
