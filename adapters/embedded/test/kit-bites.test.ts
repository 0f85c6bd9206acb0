import { configBusKit, leaderElectionKit, mailerKit, runKit, withDefect } from '@cave/conformance';
import { CaveError, type ConfigBus, type LeaderElection, type Mailer, type Tenure } from '@cave/core';
import { expect } from 'chai';
import { configBusHarness, leaderElectionHarness, mailerHarness } from './harnesses.js';

const PATIENCE_MS = 300;

/** Defects by the case that must see them: each takes a sound driver and breaks one thing. */
const BUS: readonly [string, string, (bus: ConfigBus) => Partial<ConfigBus>][] = [
  ['CB-10', 'loses every second message', (bus) => ({ publish: async (all, signal) => (await bus.publish(all.filter(({ version }) => version % 2 === 0), signal), all.map(() => ({ status: 'published' as const }))) })],
  ['CB-11', 'cuts bodies at a zero byte', (bus) => ({ publish: (all, signal) => bus.publish(all.map((one) => ({ ...one, body: one.body.subarray(0, Math.max(0, one.body.indexOf(0))) })), signal) })],
  ['CB-13', 'goes on after unsubscribe', (bus) => ({ subscribe: async (subscriber, signal) => (await bus.subscribe(subscriber, signal), { unsubscribe: () => Promise.resolve() }) })],
  ['CB-15', 'forgets to say resync', (bus) => ({ subscribe: (subscriber, signal) => bus.subscribe({ onMessage: (one) => subscriber.onMessage(one), onResync: () => undefined }, signal) })],
  ['CB-17', 'truncates large bodies', (bus) => ({ publish: (all, signal) => bus.publish(all.map((one) => ({ ...one, body: one.body.subarray(0, 4096) })), signal) })],
  ['CB-18', 'ignores signals', (bus) => ({ publish: (all) => bus.publish(all) })],
];

const ELECTION: readonly [string, string, (election: LeaderElection) => Partial<LeaderElection>][] = [
  ['LE-10', 'elects everybody', (election) => ({ campaign: (office, candidate, signal) => election.campaign(`${office}-${candidate}`, candidate, signal) })],
  ['LE-12', 'never fires lost', (election) => ({ campaign: async (...all) => silent(await election.campaign(...all)) })],
  ['LE-13', 'lets a withdrawn candidate wait on', (election) => ({ campaign: (office, candidate) => election.campaign(office, candidate) })],
  ['LE-14', 'keeps its offices on close', () => ({ close: () => Promise.resolve() })],
];

const silent = (tenure: Tenure): Tenure => ({ ...tenure, lost: new AbortController().signal });

let sent = 0;
const MAILER: readonly [string, string, (mailer: Mailer) => Partial<Mailer>][] = [
  ['ML-10', 'drops the HTML part', (mailer) => ({ send: ({ id, to, subject, text }, signal) => mailer.send({ id, to, subject, text }, signal) })],
  ['ML-11', 'mints a Message-ID for each attempt', (mailer) => ({ send: (mail, signal) => mailer.send({ ...mail, id: `${mail.id}-${String((sent += 1))}` }, signal) })],
  ['ML-12', 'lets line breaks in', (mailer) => ({ send: (mail, signal) => mailer.send({ ...mail, subject: mail.subject.replaceAll(/[\r\n]/g, ' ') }, signal) })],
  ['ML-13', 'says that all were accepted', (mailer) => ({ send: async (mail, signal) => (await mailer.send(mail, signal), { accepted: mail.to, rejected: [] }) })],
  ['ML-15', 'truncates large mails', (mailer) => ({ send: (mail, signal) => mailer.send({ ...mail, text: mail.text.slice(0, 1000) }, signal) })],
  ['ML-05', 'answers after close', (mailer) => ({ send: async (mail, signal) => mailer.send(mail, signal).catch((error: unknown) => (error instanceof CaveError && error.code === 'closed' ? { accepted: mail.to, rejected: [] } : Promise.reject(error))) })],
];

describe('the kits see what is broken', function () {
  this.timeout(20_000);

  const bites = (id: string, what: string, run: (broken: boolean) => ReturnType<typeof runKit>): void => {
    it(`${id} fails an adapter that ${what}, and passes the sound one`, async () => {
      expect((await run(false)).cases.map(({ status }) => status)).to.deep.equal(['passed']);
      expect((await run(true)).cases.map(({ status }) => status)).to.deep.equal(['failed']);
    });
  };

  for (const [id, what, defect] of BUS) {
    bites(id, what, (broken) => runKit(configBusKit, { ...configBusHarness, patienceMs: PATIENCE_MS, create: async (place, settings) => maybe(broken, await configBusHarness.create(place, settings), defect) }, [id]));
  }
  for (const [id, what, defect] of ELECTION) {
    bites(id, what, (broken) => runKit(leaderElectionKit, { ...leaderElectionHarness, patienceMs: PATIENCE_MS, create: async (place, settings) => maybe(broken, await leaderElectionHarness.create(place, settings), defect) }, [id]));
  }
  for (const [id, what, defect] of MAILER) {
    bites(id, what, (broken) => runKit(mailerKit, { ...mailerHarness, patienceMs: PATIENCE_MS, create: async (place, settings) => maybe(broken, await mailerHarness.create(place, settings), defect) }, [id]));
  }
});

function maybe<D extends object>(broken: boolean, driver: D, defect: (driver: D) => Partial<D>): D {
  return broken ? withDefect(driver, defect(driver)) : driver;
}
