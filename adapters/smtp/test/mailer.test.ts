import { failsWith, testContext } from '@cave/conformance';
import type { Mail, Mailer } from '@cave/core';
import { expect } from 'chai';
import smtp from '../src/mailer.js';
import type { SmtpOptions } from '../src/options.js';
import { selfSigned } from './support/certificate.js';
import { make, options } from './support/harness.js';
import { ADDRESSES, MailServer, MAX_BYTES } from './support/mail-server.js';
import { ScriptedServer, type Script } from './support/scripted-server.js';

const mail = (change: Partial<Mail> = {}): Mail => ({ id: 'mail-1', to: ['a@example.com'], subject: 'Subject', text: 'Text', ...change });
const SENDER = 'cave@example.com';

describe('SMTP mailer on a real server', function () {
  this.timeout(20_000);
  let server: MailServer;
  const open = async (changes: Partial<SmtpOptions> = {}): Promise<Mailer> => {
    const mailer = make({ port: server.port, 'tls-ca': server.certificate.cert, ...changes });
    opened.push(mailer);
    await mailer.start();
    return mailer;
  };
  const opened: Mailer[] = [];

  beforeEach(async () => {
    server = await new MailServer().listen();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((mailer) => mailer.close(AbortSignal.abort())));
    await server.kill();
  });

  it('uses one connection for mails that come one after another, and no more than it may for many at once', async () => {
    const mailer = await open();
    for (let n = 0; n < 10; n += 1) await mailer.send(mail({ id: `mail-${String(n)}` }));
    expect(server.connections).to.equal(1);
    await Promise.all(Array.from({ length: 30 }, (_, n) => mailer.send(mail({ id: `more-${String(n)}` }))));
    expect(server.connections).to.be.within(2, 3);
    expect(server.arrivedFrom(SENDER)).to.have.length(40);
  });

  it('sends on a new connection when the server dropped the kept one, and loses no mail by it', async () => {
    const mailer = await open();
    await mailer.send(mail());
    server.dropAll();
    expect((await mailer.send(mail({ id: 'mail-2' }))).accepted).to.deep.equal(['a@example.com']);
    expect(server.connections).to.equal(2);
  });

  it('says goodbye to a connection that is idle for too long', async () => {
    const mailer = await open({ 'idle-timeout-ms': 100 });
    await server.allClosed();
    await mailer.send(mail());
    expect(server.connections).to.equal(2);
  });

  it('lets a mail that was put off once go through at the retry, under the same Message-ID', async () => {
    const mailer = await open();
    server.deferNext = 1;
    const error = await failsWith('unavailable', 'send', () => mailer.send(mail()));
    expect(error.message).to.include('451 4.3.0 Try again later').and.include(`127.0.0.1:${String(server.port)}`);
    await mailer.send(mail());
    await mailer.send(mail());
    expect(server.arrivedFrom(SENDER).map(({ messageId }) => messageId)).to.deep.equal(['<mail-1@example.com>', '<mail-1@example.com>']);
    expect(server.connections).to.equal(1);
  });

  it('tells a full mailbox as a refused recipient, with what the server said', async () => {
    const mailer = await open();
    const { accepted, rejected } = await mailer.send(mail({ to: ['a@example.com', ADDRESSES.full, 'no address'] }));
    expect(accepted).to.deep.equal(['a@example.com']);
    expect(rejected).to.deep.equal([
      { address: 'no address', reason: 'This is not an address.', permanent: true },
      { address: ADDRESSES.full, reason: '552 5.2.2 The mailbox is full', permanent: true },
    ]);
  });

  it('refuses what is larger than the server announces, without sending it', async () => {
    const mailer = await open({ 'max-message-bytes': MAX_BYTES * 4 });
    await failsWith('too_large', 'send', () => mailer.send(mail({ text: 'x'.repeat(MAX_BYTES * 2) })));
    expect(server.recipients).to.deep.equal([]);
    await mailer.send(mail());
  });

  it('understands a server that announces no size and refuses a large mail at its end', async () => {
    const quiet = await new MailServer({ hideSize: true }).listen();
    const mailer = await open({ port: quiet.port, 'tls-ca': quiet.certificate.cert, 'max-message-bytes': MAX_BYTES * 4 });
    await failsWith('too_large', 'send', () => mailer.send(mail({ text: 'x\n'.repeat(MAX_BYTES) })));
    await quiet.kill();
  });

  it('speaks TLS from the first byte where that is asked for', async () => {
    const implicit = await new MailServer({ secure: true }).listen();
    const mailer = await open({ port: implicit.port, tls: 'implicit', 'tls-ca': implicit.certificate.cert });
    await mailer.send(mail());
    expect(implicit.arrivedFrom(SENDER)).to.have.length(1);
    await mailer.close();
    await implicit.kill();
  });

  it('logs in without TLS only where TLS is off', async () => {
    const plain = await new MailServer({ disabledCommands: ['STARTTLS'] }).listen();
    await (await open({ port: plain.port, tls: 'off' })).send(mail());
    expect(plain.arrivedFrom(SENDER)).to.have.length(1);
    const error = await failsWith('configuration', 'start', () => open({ port: plain.port, tls: 'starttls' }));
    expect(error.message).to.include('are not sent without TLS');
    await plain.kill();
  });

  it('names a certificate that it does not trust and the setting for it; verifies none where told so', async () => {
    const error = await failsWith('configuration', 'start', () => open({ 'tls-ca': '' }));
    expect(error.message).to.include(`127.0.0.1:${String(server.port)}`).and.include('mail.tls-ca');
    await failsWith('configuration', 'start where TLS is taken if offered', () => open({ 'tls-ca': '', tls: 'starttls' }));
    const foreign = await new MailServer({ secure: true, ...selfSigned(['mail.example.com'], []) }).listen();
    await failsWith('configuration', 'start on a server whose certificate is for another name', () => open({ port: foreign.port, tls: 'implicit', 'tls-ca': foreign.certificate.cert }));
    await foreign.kill();
    await (await open({ 'tls-ca': '', 'tls-verify': false })).send(mail());
  });

  it('names user and place when the login is refused, and the missing login where one is needed', async () => {
    const wrong = await failsWith('configuration', 'start', () => open({ password: 'wrong-password' }));
    expect(wrong.message).to.include('"cave"').and.include(`127.0.0.1:${String(server.port)}`).and.not.include('wrong-password');
    const mailer = await open({ user: '', password: '' });
    const missing = await failsWith('configuration', 'send', () => mailer.send(mail()));
    expect(missing.message).to.include('mail.user');
  });

  it('names the place that it cannot reach', async () => {
    const { port } = server;
    await server.kill();
    const error = await failsWith('unavailable', 'start', () => open());
    expect(error.message).to.include(`127.0.0.1:${String(port)}`);
    await server.restart();
  });

  it('has the defaults that its schema states', () => {
    const { properties } = smtp.options;
    expect(properties['tls']?.default).to.equal('required');
    expect(properties['password']?.['x-secret']).to.equal(true);
    const stated = Object.fromEntries(Object.entries(properties).flatMap(([key, { default: value }]) => (value === undefined ? [] : [[key, value]])));
    expect(() => smtp.create({ ...options({}), ...stated, from: 'cave@example.com' }, testContext())).not.to.throw();
  });
});

describe('SMTP mailer on a server that does what it should not', function () {
  this.timeout(20_000);
  const plain: Partial<SmtpOptions> = { tls: 'off', user: '', password: '' };
  let scripted: ScriptedServer | null = null;
  let mailer: Mailer | null = null;

  const on = async (script: Script, changes: Partial<SmtpOptions> = plain, greeting?: string | null): Promise<Mailer> => {
    scripted = await new ScriptedServer(script, greeting).listen();
    mailer = make({ port: scripted.port, ...changes });
    return mailer;
  };
  /** An honest server, but for the lines that `odd` answers. */
  const but = (odd: (...all: Parameters<Script>) => string | null | undefined): Script => (line, socket) => {
    const answer = odd(line, socket);
    if (answer !== undefined) return answer;
    return line.startsWith('EHLO') ? '250-scripted\r\n250-STARTTLS\r\n250 AUTH PLAIN' : line === 'DATA' ? '354 Go on' : line === 'QUIT' ? '221 Bye' : '250 OK';
  };
  const heard = (word: string): boolean => (scripted?.heard ?? []).some((line) => line.startsWith(word));

  afterEach(async () => {
    await mailer?.close(AbortSignal.abort());
    await scripted?.close();
  });

  for (const [when, line] of [['at the beginning of the message', 'DATA'], ['after the last byte of the message', '.'], ['at the envelope', 'MAIL']] as const) {
    it(`is unavailable when the server dies ${when}, and connects again for the next mail`, async () => {
      let dies = true;
      const one = await on(but((said, socket) => {
        if (!dies || !said.startsWith(line)) return undefined;
        socket.resetAndDestroy();
        return null;
      }));
      await one.start();
      const error = await failsWith('unavailable', 'send', () => one.send(mail()));
      expect(error.message).to.include('127.0.0.1:');
      dies = false;
      expect((await one.send(mail())).accepted).to.deep.equal(['a@example.com']);
    });
  }

  it('never goes on without TLS that is required: not offered, refused for now, or answered in plain text', async () => {
    const secret: Partial<SmtpOptions> = { tls: 'required' };
    const cases: readonly (readonly [string, string, Script])[] = [
      ['configuration', 'not offered', but((line) => (line.startsWith('EHLO') ? '250-scripted\r\n250 AUTH PLAIN' : line === 'STARTTLS' ? '502 What?' : undefined))],
      ['unavailable', 'refused for now', but((line) => (line === 'STARTTLS' ? '454 4.7.0 TLS not available' : undefined))],
      ['unavailable', 'no EHLO', but((line) => (line.startsWith('EHLO') ? '500 What?' : undefined))],
    ];
    for (const [code, what, script] of cases) {
      const one = await on(script, secret);
      const error = await failsWith(code as 'configuration', what, () => one.start());
      expect(error.message).to.include('127.0.0.1:');
      expect([heard('AUTH'), heard('MAIL'), heard('HELO')], what).to.deep.equal([false, false, false]);
      await one.close();
      await scripted?.close();
    }
    const injected = await on(but((line, socket) => {
      if (line !== 'STARTTLS') return undefined;
      socket.write('220 Go on\r\n250-scripted\r\n250 AUTH PLAIN\r\n');
      setImmediate(() => socket.end());
      return null;
    }), secret);
    await failsWith(['configuration', 'unavailable'], 'plain text instead of TLS', () => injected.start());
    expect([heard('AUTH'), heard('MAIL')]).to.deep.equal([false, false]);
  });

  it('says which mode of TLS a port without it needs', async () => {
    const one = await on(but(() => undefined), { ...plain, tls: 'implicit' });
    const error = await failsWith('configuration', 'start', () => one.start());
    expect(error.message).to.include('mail.tls "implicit"');
  });

  it('sends in plain where TLS is taken only if offered, and there is no user to protect', async () => {
    const one = await on(but((line) => (line.startsWith('EHLO') ? '250 scripted' : undefined)), { ...plain, tls: 'starttls' });
    await one.start();
    await one.send(mail());
    expect(heard('STARTTLS')).to.equal(false);
  });

  it('says unavailable for a server that greets with a refusal', async () => {
    const one = await on(but(() => undefined), plain, '554 5.7.1 Your address is on a list');
    const error = await failsWith('unavailable', 'start', () => one.start());
    expect(error.message).to.include('Your address is on a list');
  });

  it('gives up a server that never greets after its patience, and at once when told to', async () => {
    const one = await on(() => null, { ...plain, 'connection-timeout-ms': 200 }, null);
    await failsWith('unavailable', 'start', () => one.start());
    await one.close();
    await scripted?.close();
    const slow = await on(() => null, plain, null);
    const control = new AbortController();
    const starting = slow.start(control.signal);
    setImmediate(() => control.abort());
    await failsWith('aborted', 'start', () => starting);
    const again = slow.start();
    const failed = failsWith(['aborted', 'closed'], 'start while it closes', () => again);
    await slow.close();
    await failed;
  });

  it('says within two seconds that a server answers no more', async () => {
    let frozen = false;
    const one = await on(but(() => (frozen ? null : undefined)));
    await one.start();
    expect(await one.health()).to.deep.equal({ healthy: true });
    frozen = true;
    const began = performance.now();
    const health = await one.health();
    expect(health.healthy).to.equal(false);
    expect(health.detail).to.include('did not answer within 2000 ms');
    expect(performance.now() - began).to.be.below(2_500);
  });

  it('speaks the ASCII form of a domain to the server, and answers with the address as it was given', async () => {
    const one = await on(but((line) => (line.startsWith('RCPT TO:<b@') ? '550 No such user' : undefined)));
    await one.start();
    const { accepted, rejected } = await one.send(mail({ to: ['a@münchen.example', 'b@münchen.example'] }));
    expect(accepted).to.deep.equal(['a@münchen.example']);
    expect(rejected.map(({ address }) => address)).to.deep.equal(['b@münchen.example']);
    expect(heard('RCPT TO:<a@xn--mnchen-3ya.example>')).to.equal(true);
  });

  it('sends nothing of a mail that would break out of its header', async () => {
    const one = await on(but(() => undefined));
    await one.start();
    const before = scripted?.heard.length;
    for (const hostile of [{ subject: 'Hello\r\nBcc: x@example.com' }, { to: ['a@example.com\r\nDATA'] }, { id: 'a\r\nb' }]) {
      await failsWith('invalid_argument', JSON.stringify(hostile), () => one.send(mail(hostile)));
    }
    expect(scripted?.heard.length).to.equal(before);
  });
});
