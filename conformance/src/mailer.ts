import assert from 'node:assert/strict';
import type { Mail, Mailer } from '@cave/core';
import type { Harness, TestFrame } from './harness.js';
import { declareKit, type Case, type CaseContext, type Kit } from './kit.js';
import { lifecycleCases } from './lifecycle.js';
import { failsWith } from './wait.js';

export interface ArrivedMail {
  readonly messageId: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string | null;
}

export type MailerSettings = object;

export interface MailerHarness extends Harness<Mailer, MailerSettings> {
  /** Everything that has arrived at this place. */
  arrived(place: string): Promise<readonly ArrivedMail[]>;
  /** A recipient that the other side refuses for good. */
  readonly refusedAddress?: string;
  /** A recipient that the other side refuses for now. */
  readonly greylistedAddress?: string;
  /** A sole recipient for whom the other side answers the whole message with a 4xx. */
  readonly deferredAddress?: string;
  /** A sole recipient for whom the other side answers the whole message with a 5xx. */
  readonly bouncedAddress?: string;
  /** A sole recipient for whom the other side takes the whole message, lets it arrive, and never answers. */
  readonly silentAddress?: string;
  /** A mailer of this place whose user and password the other side does not take. */
  withWrongPassword?(place: string): Promise<Mailer>;
  /** A mailer of this place that must have TLS, on the way to a server that is made to look as if it had none. */
  withTlsStripped?(place: string): Promise<Mailer>;
}

type At = CaseContext<Mailer, MailerSettings, MailerHarness>;

const mail = (change: Partial<Mail> = {}): Mail => ({ id: 'mail-1', to: ['a@example.com'], subject: 'Subject', text: 'Text', ...change });

const cases: Case<Mailer, MailerSettings, MailerHarness>[] = [
  {
    id: 'ML-10',
    title: 'recipients, subject, text and HTML part arrive unchanged',
    async run(at: At) {
      const mailer = await at.open({});
      const sent = mail({ to: ['a@example.com', 'b@example.com'], subject: 'Grüße ✓ '.repeat(20).trim(), text: 'Zeile eins ✓\n.\nFrom here', html: '<p>Grüße &amp; ✓</p>' });
      assert.deepEqual(await mailer.send(sent), { accepted: sent.to, rejected: [] });
      const got = await at.eventually('it arrives', async () => (await at.harness.arrived(at.place))[0] ?? false);
      assert.deepEqual([got.to, got.subject, got.text.replaceAll('\r\n', '\n').trim(), got.html?.trim()], [sent.to, sent.subject, sent.text, sent.html]);
    },
  },
  {
    id: 'ML-11',
    title: 'a retry has the same Message-ID, another mail another one',
    async run(at: At) {
      const mailer = await at.open({});
      await mailer.send(mail());
      await mailer.send(mail());
      await mailer.send(mail({ id: 'mail-2', subject: 'Other' }));
      await at.eventually('both mails arrive', async () => new Set((await at.harness.arrived(at.place)).map(({ subject }) => subject)).size === 2);
      const ids = (await at.harness.arrived(at.place)).map(({ messageId }) => messageId);
      assert.equal(new Set(ids).size, 2, `Message-IDs: ${ids.join(' ')}`);
    },
  },
  {
    id: 'ML-12',
    title: 'CR or LF in an address or subject is refused and nothing is sent',
    async run(at: At) {
      const mailer = await at.open({});
      for (const hostile of ['\r\nBcc: x@example.com', '\nBcc: x@example.com', '\rBcc: x@example.com']) {
        await failsWith('invalid_argument', 'a line break in the subject', () => mailer.send(mail({ subject: `Hello${hostile}` })));
        await failsWith('invalid_argument', 'a line break in an address', () => mailer.send(mail({ to: ['ok@example.com', `a@example.com${hostile}`] })));
      }
      assert.deepEqual(await at.harness.arrived(at.place), []);
    },
  },
  {
    id: 'ML-13',
    title: 'accepted and rejected recipients are told apart',
    needs: ['refusedAddress'],
    async run(at: At) {
      const mailer = await at.open({});
      const refused = at.harness.refusedAddress ?? '';
      const result = await mailer.send(mail({ to: ['a@example.com', refused] }));
      assert.deepEqual(result.accepted, ['a@example.com']);
      assert.deepEqual(result.rejected.map(({ address, permanent }) => ({ address, permanent })), [{ address: refused, permanent: true }]);
      await at.eventually('it arrives', async () => (await at.harness.arrived(at.place)).length === 1);
    },
  },
  {
    id: 'ML-14',
    title: 'an id that would break out, and a mail to nobody, are refused',
    async run(at: At) {
      const mailer = await at.open({});
      for (const id of ['', '../x', 'a b', 'a\r\nb', '<a>']) await failsWith('invalid_argument', `the id ${JSON.stringify(id)}`, () => mailer.send(mail({ id })));
      await failsWith('invalid_argument', 'no recipient', () => mailer.send(mail({ to: [] })));
    },
  },
  {
    id: 'ML-15',
    title: 'a large mail arrives whole, one over the limit is too_large',
    async run(at: At) {
      const mailer = await at.open({});
      const limit = mailer.capabilities.maxMessageBytes;
      const lines = (bytes: number): string => `${'x'.repeat(70)}\n`.repeat(Math.ceil(bytes / 71));
      await failsWith('too_large', 'a mail over the limit', () => mailer.send(mail({ text: lines(limit) })));
      const text = lines(Math.floor(limit / 2));
      await mailer.send(mail({ text }));
      const got = await at.eventually('it arrives', async () => (await at.harness.arrived(at.place))[0] ?? false);
      assert.equal(got.text.replaceAll('\r\n', '\n').trim().length, text.trim().length);
    },
  },
  {
    id: 'ML-16',
    title: 'a send whose signal has fired is aborted and nothing is sent',
    async run(at: At) {
      const mailer = await at.open({});
      await failsWith('aborted', 'send', () => mailer.send(mail(), AbortSignal.abort()));
      assert.deepEqual(await at.harness.arrived(at.place), []);
    },
  },
  {
    id: 'ML-17',
    title: 'a 4xx of the whole message is unavailable',
    needs: ['deferredAddress'],
    async run(at: At) {
      const mailer = await at.open({});
      await failsWith('unavailable', 'send', () => mailer.send(mail({ to: [at.harness.deferredAddress ?? ''] })));
    },
  },
];

/** Kills the other side; the result brings it back, and so does the end of the case. */
async function gone(at: At): Promise<() => Promise<void>> {
  await at.harness.killBroker?.();
  let away = true;
  const back = async (): Promise<void> => {
    if (away) await at.harness.restartBroker?.();
    away = false;
  };
  at.cleanup(back);
  return back;
}

/** A mail that the other side has taken and never answers; its outcome is in an object, which awaiting does not wait for. */
async function inFlight(at: At, mailer: Mailer): Promise<{ readonly result: Promise<unknown> }> {
  const result = mailer.send(mail({ to: [at.harness.silentAddress ?? ''] }));
  result.catch(() => undefined); // looked at by the case
  await at.eventually('it is there', async () => (await at.harness.arrived(at.place)).length === 1);
  return { result };
}

const troubles: Case<Mailer, MailerSettings, MailerHarness>[] = [
  {
    id: 'ML-40',
    title: 'a 5xx of the whole message is invalid_argument, and the next mail goes out',
    needs: ['bouncedAddress'],
    async run(at: At) {
      const mailer = await at.open({});
      await failsWith('invalid_argument', 'send', () => mailer.send(mail({ to: [at.harness.bouncedAddress ?? ''] })));
      await mailer.send(mail({ id: 'mail-2' }));
      assert.equal((await at.harness.arrived(at.place)).length, 1);
    },
  },
  {
    id: 'ML-41',
    title: 'a recipient refused for now is told apart from one refused for good, also when no other is left',
    needs: ['greylistedAddress', 'refusedAddress'],
    async run(at: At) {
      const mailer = await at.open({});
      const { greylistedAddress: later = '', refusedAddress: never = '' } = at.harness;
      const permanence = [{ address: later, permanent: false }, { address: never, permanent: true }];
      for (const others of [['a@example.com'], []]) {
        const { accepted, rejected } = await mailer.send(mail({ to: [later, ...others, never] }));
        assert.deepEqual(accepted, others);
        assert.deepEqual(rejected.map(({ address, permanent }) => ({ address, permanent })).sort((a, b) => Number(a.permanent) - Number(b.permanent)), permanence);
      }
      await at.eventually('it arrives once', async () => (await at.harness.arrived(at.place)).length === 1);
    },
  },
  {
    id: 'ML-42',
    title: 'a mail in flight is aborted promptly by its signal, and the next one goes out',
    needs: ['silentAddress'],
    async run(at: At) {
      const mailer = await at.open({});
      const control = new AbortController();
      const sending = mailer.send(mail({ to: [at.harness.silentAddress ?? ''] }), control.signal);
      sending.catch(() => undefined); // looked at below
      await at.eventually('it is there', async () => (await at.harness.arrived(at.place)).length === 1);
      control.abort();
      await failsWith('aborted', 'the aborted send', () => at.within('the aborted send', sending));
      await at.within('the next mail', mailer.send(mail({ id: 'mail-2' })));
    },
  },
  {
    id: 'ML-43',
    title: 'close waits for a mail in flight until the patience of its caller ends, then aborts it',
    needs: ['silentAddress'],
    async run(at: At) {
      const mailer = await at.open({});
      const sending = await inFlight(at, mailer);
      const control = new AbortController();
      let closed = false;
      const closing = mailer.close(control.signal).then(() => (closed = true));
      await failsWith('closed', 'a send while it closes', () => mailer.send(mail({ id: 'mail-2' })));
      assert.equal(closed, false, 'close left a mail in flight behind');
      control.abort();
      await at.within('close', closing);
      await failsWith(['aborted', 'closed'], 'the mail in flight', () => at.within('the mail in flight', sending.result));
    },
  },
  {
    id: 'ML-44',
    title: 'a network cut before the answer is unavailable, and the retry has the same Message-ID',
    needs: ['silentAddress', 'cutNetwork'],
    async run(at: At) {
      const mailer = await at.open({});
      const sending = await inFlight(at, mailer);
      const heal = await at.harness.cutNetwork?.();
      at.cleanup(() => heal?.());
      await failsWith('unavailable', 'the mail in flight', () => at.within('the mail in flight', sending.result));
      await failsWith('unavailable', 'a send while the network is cut', () => at.within('a send', mailer.send(mail())));
      await heal?.();
      await at.within('the retry', mailer.send(mail()));
      const arrived = await at.harness.arrived(at.place);
      assert.equal(arrived.length, 2);
      assert.equal(arrived[1]?.messageId, arrived[0]?.messageId);
    },
  },
  {
    id: 'ML-45',
    title: 'a server that is gone shows in health and in sends, and so does its return',
    needs: ['killBroker', 'restartBroker'],
    async run(at: At) {
      const mailer = await at.open({});
      await mailer.send(mail());
      const back = await gone(at);
      const sick = await at.within('health', mailer.health());
      assert.equal(sick.healthy, false);
      assert.ok((sick.detail ?? '').length > 0, 'a sick mailer says why');
      await failsWith('unavailable', 'a send without a server', () => at.within('a send', mailer.send(mail({ id: 'mail-2' }))));
      await back();
      assert.deepEqual(await at.within('health', mailer.health()), { healthy: true });
      await mailer.send(mail({ id: 'mail-2' }));
      await at.eventually('both arrive', async () => (await at.harness.arrived(at.place)).length === 2);
    },
  },
  {
    id: 'ML-46',
    title: 'a start without a server is unavailable, and start may be called again',
    needs: ['killBroker', 'restartBroker'],
    async run(at: At) {
      const back = await gone(at);
      const mailer = await at.create({});
      await failsWith('unavailable', 'start without a server', () => at.within('start', mailer.start()));
      await back();
      await at.within('start', mailer.start());
      await mailer.send(mail());
    },
  },
  {
    id: 'ML-47',
    title: 'a user that is refused is a matter of configuration, at start and in no message with the password',
    needs: ['withWrongPassword'],
    async run(at: At) {
      const mailer = await at.harness.withWrongPassword?.(at.place);
      at.cleanup(() => mailer?.close());
      const error = await failsWith('configuration', 'start', () => mailer?.start());
      assert.ok(!JSON.stringify([error.message, String(error.cause), error.details]).includes('wrong-password'), 'the password is in the error');
    },
  },
  {
    id: 'ML-48',
    title: 'required TLS that is stripped from the offer fails, and no mail goes out',
    needs: ['withTlsStripped'],
    async run(at: At) {
      const mailer = await at.harness.withTlsStripped?.(at.place);
      at.cleanup(() => mailer?.close());
      await failsWith(['configuration', 'unavailable'], 'start', () => mailer?.start());
      await failsWith('closed', 'send', () => mailer?.send(mail()));
      assert.deepEqual(await at.harness.arrived(at.place), []);
    },
  },
  {
    id: 'ML-49',
    title: 'forty mails at once all arrive, each once',
    async run(at: At) {
      const mailer = await at.open({});
      const ids = Array.from({ length: 40 }, (_, index) => `many-${String(index)}`);
      const results = await at.within('all sends', Promise.all(ids.map((id) => mailer.send(mail({ id, subject: id })))));
      assert.ok(results.every(({ accepted, rejected }) => accepted.length === 1 && rejected.length === 0));
      await at.eventually('all arrive', async () => (await at.harness.arrived(at.place)).length === ids.length);
      assert.deepEqual((await at.harness.arrived(at.place)).map(({ subject }) => subject).sort(), [...ids].sort());
    },
  },
];

/** ML: what every mailer must do. */
export const mailerKit: Kit<Mailer, MailerSettings, MailerHarness> = {
  port: 'mailer',
  prefix: 'ML',
  cases: [...lifecycleCases<Mailer, MailerSettings, MailerHarness>('ML', { settings: {}, calls: [{ name: 'send', use: (mailer) => mailer.send(mail()) }] }), ...cases, ...troubles],
};

export function runMailerConformance(frame: TestFrame, harness: MailerHarness): void {
  declareKit(frame, mailerKit, harness);
}
