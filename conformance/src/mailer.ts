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
  /** A sole recipient for whom the other side answers the whole message with a 4xx. */
  readonly deferredAddress?: string;
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

/** ML: what every mailer must do. */
export const mailerKit: Kit<Mailer, MailerSettings, MailerHarness> = {
  port: 'mailer',
  prefix: 'ML',
  cases: [...lifecycleCases<Mailer, MailerSettings, MailerHarness>('ML', { settings: {}, calls: [{ name: 'send', use: (mailer) => mailer.send(mail()) }] }), ...cases],
};

export function runMailerConformance(frame: TestFrame, harness: MailerHarness): void {
  declareKit(frame, mailerKit, harness);
}
