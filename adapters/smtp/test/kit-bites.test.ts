import { mailerKit, runKit, withDefect, type MailerHarness } from '@cave/conformance';
import { CaveError, errorCode, type ErrorCode, type Mailer } from '@cave/core';
import { CutProxy } from '@cave/test-servers';
import { expect } from 'chai';
import { harness } from './support/harness.js';
import { MailServer } from './support/mail-server.js';

type Send = Mailer['send'];

/** A mailer that tells one kind of failure as another. */
const mistaking = (code: ErrorCode, other: ErrorCode) => (send: Send): Send => (mail, signal) =>
  send(mail, signal).catch((error: unknown) => Promise.reject(errorCode(error) === code ? new CaveError(other, 'mistaken') : error));

let retries = 0;

/** Defects by the case that must see them. */
const DEFECTS: readonly (readonly [string, string, (mailer: Mailer) => Partial<Mailer>])[] = [
  ['ML-17', 'takes a 4xx for good', (mailer) => ({ send: mistaking('unavailable', 'invalid_argument')(mailer.send.bind(mailer)) })],
  ['ML-40', 'takes a 5xx for now', (mailer) => ({ send: mistaking('invalid_argument', 'unavailable')(mailer.send.bind(mailer)) })],
  ['ML-41', 'calls every refused recipient permanent', (mailer) => ({ send: async (mail, signal) => permanent(await mailer.send(mail, signal)) })],
  ['ML-42', 'ignores its signal', (mailer) => ({ send: (mail) => mailer.send(mail) })],
  ['ML-43', 'leaves a mail in flight behind when it closes', (mailer) => ({ close: async (signal) => void mailer.close(signal) })],
  ['ML-44', 'mints a Message-ID for each attempt', (mailer) => ({ send: (mail, signal) => mailer.send({ ...mail, id: `${mail.id}-${String((retries += 1))}` }, signal) })],
  ['ML-45', 'says that it is well whatever happens', () => ({ health: () => Promise.resolve({ healthy: true }) })],
  ['ML-46', 'starts without looking at its server', (mailer) => ({ start: (signal) => mailer.start(signal).catch(() => undefined) })],
];

const permanent = (result: Awaited<ReturnType<Send>>): Awaited<ReturnType<Send>> => ({ ...result, rejected: result.rejected.map((one) => ({ ...one, permanent: true })) });

describe('the mailer kit sees what is broken', function () {
  this.timeout(60_000);
  const server = new MailServer();
  let proxy: CutProxy;
  let sound: MailerHarness;
  before(async () => {
    await server.listen();
    proxy = await CutProxy.start({ host: '127.0.0.1', port: server.port });
    sound = { ...harness(server, () => proxy), patienceMs: 3_000 };
  });
  after(async () => {
    await proxy.close();
    await server.kill();
  });

  const failsOn = async (id: string, broken: MailerHarness): Promise<void> => {
    expect((await runKit(mailerKit, broken, [id])).cases.map(({ status }) => status)).to.deep.equal(['failed']);
  };
  const spoilt = (spoil: (mailer: Mailer) => Partial<Mailer>): MailerHarness => ({
    ...sound,
    create: async (place, settings) => {
      const mailer = await sound.create(place, settings);
      return withDefect(mailer, spoil(mailer));
    },
  });

  for (const [id, what, spoil] of DEFECTS) it(`fails a mailer that ${what} on ${id}`, () => failsOn(id, spoilt(spoil)));

  it('fails a mailer that takes a refused login for an outage on ML-47', () =>
    failsOn('ML-47', { ...sound, withWrongPassword: async (place) => refusingAs('unavailable', await sound.withWrongPassword?.(place)) }));
  it('fails a mailer that starts without the TLS that it must have on ML-48', () =>
    failsOn('ML-48', { ...sound, withTlsStripped: async (place) => careless(await sound.withTlsStripped?.(place)) }));
});

function refusingAs(code: ErrorCode, mailer: Mailer | undefined): Mailer {
  if (mailer === undefined) throw new Error('The sound harness has one.');
  return withDefect(mailer, { start: (signal) => mailer.start(signal).catch(() => Promise.reject(new CaveError(code, 'mistaken'))) });
}

function careless(mailer: Mailer | undefined): Mailer {
  if (mailer === undefined) throw new Error('The sound harness has one.');
  return withDefect(mailer, { start: (signal) => mailer.start(signal).catch(() => undefined) });
}
