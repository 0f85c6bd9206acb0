import { notifierKit, runKit, withDefect, type NotifierHarness } from '@cave/conformance';
import { CaveError, errorCode, type NotificationRequest, type NotificationResult, type Notifier } from '@cave/core';
import { expect } from 'chai';
import webhook from '../src/webhook.js';
import { harness } from './harness.js';
import { Receiver } from './receiver.js';

type Notify = Notifier['notify'];

const PATIENCE_MS = 600;

/** A notifier that makes something else of a sound one's result. */
const telling = (change: (result: NotificationResult) => NotificationResult) => (notify: Notify): Notify => async (request, signal) => change(await notify(request, signal));

const again = async (result: NotificationResult, repeat: () => Promise<NotificationResult>): Promise<NotificationResult> => (result.status === 'retry' ? repeat() : result);

const describedBy = (request: NotificationRequest, description: string): NotificationRequest => ({
  ...request,
  notification: { ...request.notification, alert: { ...request.notification.alert, description } },
});

/** Defects by the case that must see them. */
const NOTIFY: readonly (readonly [string, string, (notify: Notify) => Notify])[] = [
  ['NO-05', 'answers after close', (notify) => (request, signal) => notify(request, signal).catch((error: unknown) => (errorCode(error) === 'closed' ? { status: 'retry', reason: 'closed' } : Promise.reject(error)))],
  ['NO-10', 'drops the answer of the receiver', telling((result) => (result.status === 'delivered' ? { ...result, answer: '' } : result))],
  ['NO-11', 'repeats by itself what failed', (notify) => async (request, signal) => (again(await notify(request, signal), () => notify(request, signal)))],
  ['NO-11', 'forgets Retry-After', telling((result) => (result.status === 'retry' ? { status: 'retry', reason: result.reason } : result))],
  ['NO-12', 'tries again what is refused for good', telling((result) => (result.status === 'refused' ? { status: 'retry', reason: result.reason } : result))],
  ['NO-13', 'takes silence for delivery', telling((result) => (result.status === 'retry' && result.httpStatus === undefined ? { status: 'delivered', httpStatus: 0, answer: '' } : result))],
  ['NO-15', 'sends the signing secret', (notify) => (request, signal) => notify(describedBy(request, request.signingSecret), signal)],
  ['NO-15', 'words a repetition anew', (notify) => (request, signal) => notify(describedBy(request, String(performance.now())), signal)],
  ['NO-17', 'ignores its signal', (notify) => (request) => notify(request)],
];

describe('the notifier kit sees what is broken', function () {
  this.timeout(20_000);
  const receiver = new Receiver();
  let sound: NotifierHarness;
  before(async () => {
    await receiver.listen();
    sound = { ...harness(webhook, '/hook', receiver), patienceMs: PATIENCE_MS };
  });
  after(() => receiver.close());

  const spoilt = (spoil: (notifier: Notifier) => Partial<Notifier>): NotifierHarness => ({
    ...sound,
    create: async (place, settings) => {
      const notifier = await sound.create(place, settings);
      return withDefect(notifier, spoil(notifier));
    },
  });
  const failsOn = async (id: string, broken: NotifierHarness): Promise<void> => {
    expect((await runKit(notifierKit(broken), broken, [id])).cases.map(({ status }) => status)).to.deep.equal(['failed']);
  };

  it('passes the sound one', async () => {
    const report = await runKit(notifierKit(sound), sound);
    expect(report.cases.filter(({ status }) => status !== 'passed')).to.deep.equal([]);
  });

  for (const [id, what, spoil] of NOTIFY) {
    it(`fails a notifier that ${what} on ${id}`, () => failsOn(id, spoilt((notifier) => ({ notify: spoil(notifier.notify.bind(notifier)) }))));
  }

  it('fails a notifier that reaches any address on NO-14', () => failsOn('NO-14', { ...sound, create: (place) => sound.create(place, { allowReceiver: true }) }));
  it('fails a notifier that handles no URL on NO-16', () => failsOn('NO-16', spoilt(() => ({ handles: () => false }))));
  it('fails a notifier that looks at its options too late on NO-07', () => failsOn('NO-07', { ...sound, badOptions: [{ title: 'nothing', attempt: () => undefined }] }));
  it('fails a notifier that starts after close on NO-02', () => failsOn('NO-02', spoilt(() => ({ start: () => Promise.resolve() }))));
  it('fails a notifier whose health is always good on NO-01', () => failsOn('NO-01', spoilt(() => ({ health: () => Promise.resolve({ healthy: true }) }))));
  it('fails a notifier that throws something else than a CaveError on NO-01', () =>
    failsOn('NO-01', spoilt((notifier) => ({ notify: (request, signal) => notifier.notify(request, signal).catch((error: unknown) => Promise.reject(error instanceof CaveError ? new Error(error.message) : error)) }))));
});
