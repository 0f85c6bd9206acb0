import assert from 'node:assert/strict';
import type { NotificationRequest, Notifier } from '@cave/core';
import type { Harness, TestFrame } from './harness.js';
import { declareKit, type Case, type CaseContext, type Kit } from './kit.js';
import { lifecycleCases } from './lifecycle.js';
import { failsWith } from './wait.js';

export interface ReceivedNotification {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface NotifierSettings {
  /** False: private addresses, the receiver's among them, must be refused. */
  readonly allowReceiver?: boolean;
}

export interface NotifierHarness extends Harness<Notifier, NotifierSettings> {
  /** A request for the harness's receiver, which this notifier handles. */
  request(timeoutMs: number): NotificationRequest;
  /** The same for an address at which nobody listens. */
  unreachable(timeoutMs: number): NotificationRequest;
  /** From now on the receiver answers so; null: never. Forgets what it received. */
  answer(status: number | null, headers?: Readonly<Record<string, string>>, body?: string): void;
  received(): readonly ReceivedNotification[];
}

type At = CaseContext<Notifier, NotifierSettings, NotifierHarness>;
const ALLOWED: NotifierSettings = { allowReceiver: true };

const cases: Case<Notifier, NotifierSettings, NotifierHarness>[] = [
  {
    id: 'NO-10',
    title: 'a 2xx is delivered, with the answer',
    async run(at: At) {
      const notifier = await at.open(ALLOWED);
      at.harness.answer(202, {}, 'thanks');
      assert.deepEqual(await notifier.notify(at.harness.request(at.patienceMs)), { status: 'delivered', httpStatus: 202, answer: 'thanks' });
      assert.equal(at.harness.received().length, 1);
    },
  },
  {
    id: 'NO-11',
    title: '5xx and 429 say retry, with Retry-After, and are not repeated by the notifier',
    async run(at: At) {
      const notifier = await at.open(ALLOWED);
      for (const status of [500, 503, 429]) {
        at.harness.answer(status, { 'retry-after': '7' });
        const result = await notifier.notify(at.harness.request(at.patienceMs));
        assert.equal(result.status, 'retry', `after ${String(status)}`);
        assert.equal(result.retryAfterMs, 7000);
        assert.equal(at.harness.received().length, 1, 'the notifier repeated it by itself');
      }
    },
  },
  {
    id: 'NO-12',
    title: 'any other answer is refused',
    async run(at: At) {
      const notifier = await at.open(ALLOWED);
      for (const status of [400, 404, 410]) {
        at.harness.answer(status);
        assert.equal((await notifier.notify(at.harness.request(at.patienceMs))).status, 'refused', `after ${String(status)}`);
      }
    },
  },
  {
    id: 'NO-13',
    title: 'no connection and no answer in time say retry',
    async run(at: At) {
      const notifier = await at.open(ALLOWED);
      assert.equal((await notifier.notify(at.harness.unreachable(at.patienceMs))).status, 'retry');
      at.harness.answer(null);
      assert.equal((await at.within('the attempt', notifier.notify(at.harness.request(at.tickMs)))).status, 'retry');
    },
  },
  {
    id: 'NO-14',
    title: 'an address that is not allowed is refused and never reached',
    async run(at: At) {
      const notifier = await at.open({ allowReceiver: false });
      at.harness.answer(200);
      assert.equal((await notifier.notify(at.harness.request(at.patienceMs))).status, 'refused');
      assert.equal(at.harness.received().length, 0);
    },
  },
  {
    id: 'NO-15',
    title: 'a repetition carries the same body, and never the signing secret',
    async run(at: At) {
      const notifier = await at.open(ALLOWED);
      at.harness.answer(200);
      const request = at.harness.request(at.patienceMs);
      await notifier.notify(request);
      await notifier.notify(request);
      const [first, second] = at.harness.received();
      assert.equal(second?.body, first?.body);
      assert.ok(!JSON.stringify([first, second]).includes(request.signingSecret), 'the secret was sent');
    },
  },
  {
    id: 'NO-16',
    title: 'it handles the URL that it was made for',
    async run(at: At) {
      const notifier = await at.create(ALLOWED);
      const { url, notification } = at.harness.request(at.patienceMs);
      assert.equal(notifier.handles(url, notification.alert.routing), true);
    },
  },
  {
    id: 'NO-17',
    title: 'an attempt in flight is aborted by its signal',
    async run(at: At) {
      const notifier = await at.open(ALLOWED);
      at.harness.answer(null);
      const control = new AbortController();
      const attempt = notifier.notify(at.harness.request(at.patienceMs * 3), control.signal);
      setImmediate(() => control.abort());
      await failsWith('aborted', 'the attempt', () => at.within('the attempt', attempt));
    },
  },
];

/** NO: what every notifier must do. Made for a harness, since any call needs a request of its receiver. */
export function notifierKit(harness: NotifierHarness): Kit<Notifier, NotifierSettings, NotifierHarness> {
  const lifecycle = lifecycleCases<Notifier, NotifierSettings, NotifierHarness>('NO', {
    settings: ALLOWED,
    calls: [{ name: 'notify', use: (notifier) => notifier.notify(harness.unreachable(1000)) }],
  });
  return { port: 'notifier', prefix: 'NO', cases: [...lifecycle, ...cases] };
}

export function runNotifierConformance(frame: TestFrame, harness: NotifierHarness): void {
  declareKit(frame, notifierKit(harness), harness);
}
