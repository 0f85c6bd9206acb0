import { expect } from 'chai';
import { CaveError, errorCode, LeasedTenure, Offices, pause, type Candidature, type Clock, type Extension, type Logger, type OfficeLease } from '../../src/index.js';

const LEASE_MS = 300;
const TIMES = { leaseMs: LEASE_MS, marginMs: 50, retryMs: 20 };
const never = new AbortController().signal;

/** Its clock can be moved, as if the process had stood still. */
class MovedClock implements Clock {
  #movedMs = 0;
  nowMs = (): number => Date.now();
  monotonicMs = (): number => performance.now() + this.#movedMs;
  move(ms: number): void {
    this.#movedMs += ms;
  }
}

/** Answers extensions as it was told, the last answer again and again, and notes what it was asked. */
class ScriptedLease implements OfficeLease {
  readonly asked: string[] = [];
  constructor(private readonly answers: (Extension | (() => Extension))[] = [{ outcome: 'extended' }]) {}

  extend(): Promise<Extension> {
    this.asked.push('extend');
    const answer = (this.answers.length > 1 ? this.answers.shift() : this.answers[0]) ?? { outcome: 'extended' };
    return Promise.resolve(typeof answer === 'function' ? answer() : answer);
  }

  release(): Promise<void> {
    this.asked.push('release');
    return Promise.resolve();
  }
}

function recorded(): { logger: Logger; events: string[] } {
  const events: string[] = [];
  const note = (event: string): void => void events.push(event);
  const logger: Logger = { debug: note, info: note, warn: note, error: note, child: () => logger };
  return { logger, events };
}

const lost = (tenure: LeasedTenure): Promise<void> => new Promise((resolve) => (tenure.lost.aborted ? resolve() : tenure.lost.addEventListener('abort', () => resolve())));

describe('LeasedTenure', () => {
  const opened: LeasedTenure[] = [];
  afterEach(() => Promise.all(opened.splice(0).map((tenure) => tenure.resign())));
  const hold = (lease: OfficeLease, clock: Clock = new MovedClock(), askedAt = clock.monotonicMs()) => {
    const { logger, events } = recorded();
    const ended: LeasedTenure[] = [];
    const tenure = new LeasedTenure('office', askedAt, lease, TIMES, { clock, logger, closing: never, onEnd: (one) => ended.push(one) });
    opened.push(tenure);
    return { tenure, events, ended };
  };

  it('is kept as long as it is extended, and says nothing', async () => {
    const lease = new ScriptedLease();
    const { tenure, events } = hold(lease);
    await pause(2 * LEASE_MS, tenure.lost);
    expect(tenure.lost.aborted).to.equal(false);
    expect(lease.asked.length).to.be.above(2);
    expect(events).to.deep.equal([]);
  });

  it('is lost before the lease is over when nobody answers, says so once, and is given up', async () => {
    const lease = new ScriptedLease([{ outcome: 'unanswered', reason: 'silence' }]);
    const clock = new MovedClock();
    const from = clock.monotonicMs();
    const { tenure, events, ended } = hold(lease, clock, from);
    await lost(tenure);
    expect(clock.monotonicMs() - from).to.be.below(LEASE_MS);
    await tenure.resign();
    expect(events).to.deep.equal(['office_extension_failed', 'office_lease_lost']);
    expect(lease.asked.filter((what) => what === 'release')).to.have.length(1);
    expect(ended).to.deep.equal([tenure]);
  });

  it('survives an extension that nobody answered', async () => {
    const { tenure } = hold(new ScriptedLease([{ outcome: 'unanswered', reason: 'silence' }, { outcome: 'extended' }]));
    await pause(2 * LEASE_MS, tenure.lost);
    expect(tenure.lost.aborted).to.equal(false);
  });

  it('is lost at once when the store says that it is gone', async () => {
    const lease = new ScriptedLease([{ outcome: 'gone', reason: 'taken' }]);
    const { tenure } = hold(lease);
    await lost(tenure);
    expect(lease.asked[0]).to.equal('extend');
    expect(lease.asked.filter((what) => what === 'extend')).to.have.length(1);
  });

  it('is lost without asking when the process stood still for longer than the lease', async () => {
    const clock = new MovedClock();
    const lease = new ScriptedLease();
    const { tenure } = hold(lease, clock);
    clock.move(LEASE_MS);
    await lost(tenure);
    expect(lease.asked).to.not.include('extend');
  });

  it('is lost when the extension was answered later than it helps', async () => {
    const clock = new MovedClock();
    const late = (): Extension => {
      clock.move(LEASE_MS);
      return { outcome: 'extended' };
    };
    const { tenure } = hold(new ScriptedLease([late]), clock);
    await lost(tenure);
  });

  it('tells its listeners before it is given up, and gives up once', async () => {
    const lease = new ScriptedLease();
    const { tenure } = hold(lease);
    tenure.lost.addEventListener('abort', () => lease.asked.push('lost'));
    await Promise.all([tenure.resign(), tenure.resign()]);
    await tenure.resign();
    expect(lease.asked).to.deep.equal(['lost', 'release']);
  });
});

describe('Offices', () => {
  const { logger } = recorded();
  const clock = new MovedClock();
  let offices: Offices;
  beforeEach(() => {
    offices = new Offices('test election', TIMES, clock, logger);
  });
  afterEach(() => offices.close());

  /** Attempts as given, the last one again and again. */
  function candidature(...attempts: (() => Promise<LeasedTenure | null>)[]): Candidature & { readonly withdrawn: number; readonly attempted: number } {
    let [withdrawn, attempted] = [0, 0];
    return {
      attempt: () => {
        const attempt = attempts[Math.min(attempted, attempts.length - 1)];
        attempted += 1;
        return attempt?.() ?? Promise.resolve(null);
      },
      pauseMs: () => 1,
      withdraw: () => {
        withdrawn += 1;
        return Promise.resolve();
      },
      get withdrawn() {
        return withdrawn;
      },
      get attempted() {
        return attempted;
      },
    };
  }
  const wins = (lease: OfficeLease = new ScriptedLease()) => () => Promise.resolve(offices.hold('office', clock.monotonicMs(), lease));
  const failure = (call: Promise<unknown>): Promise<string> => call.then(() => 'none', errorCode);

  it('asks until the office is won', async () => {
    const asked = candidature(() => Promise.resolve(null), () => Promise.resolve(null), wins());
    const tenure = await offices.campaign('office', 'a', asked);
    expect(tenure.lost.aborted).to.equal(false);
    expect([asked.attempted, asked.withdrawn]).to.deep.equal([3, 0]);
  });

  it('withdraws once when the signal fires between two attempts', async () => {
    const control = new AbortController();
    const asked = candidature(() => {
      setImmediate(() => control.abort());
      return Promise.resolve(null);
    });
    expect(await failure(offices.campaign('office', 'a', { ...asked, pauseMs: () => 60_000 }, control.signal))).to.equal('aborted');
    await offices.close();
    expect(asked.withdrawn).to.equal(1);
  });

  it('does not wait for an attempt whose signal has fired, and gives up what it wins', async () => {
    const control = new AbortController();
    const lease = new ScriptedLease();
    let answer: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => (answer = resolve));
    const asked = candidature(() => slow.then(wins(lease)));
    const campaign = failure(offices.campaign('office', 'a', asked, control.signal));
    control.abort();
    expect(await campaign).to.equal('aborted');
    expect(lease.asked).to.deep.equal([]);
    answer();
    await offices.close();
    expect(lease.asked).to.deep.equal(['release']);
    expect(asked.withdrawn).to.equal(0);
  });

  it('withdraws and tells what waiting does not mend', async () => {
    const asked = candidature(() => Promise.reject(new CaveError('forbidden', 'No.')));
    expect(await failure(offices.campaign('office', 'a', asked))).to.equal('forbidden');
    expect(asked.withdrawn).to.equal(1);
  });

  it('gives up at once what was over when it was won', async () => {
    const lease = new ScriptedLease();
    expect(offices.hold('office', clock.monotonicMs() - LEASE_MS, lease)).to.equal(null);
    await offices.close();
    expect(lease.asked).to.deep.equal(['release']);
  });

  it('closing ends tenures and candidates, and waits for what is under way', async () => {
    const lease = new ScriptedLease();
    const tenure = await offices.campaign('office', 'a', candidature(wins(lease)));
    let answer: () => void = () => undefined;
    const slow = new Promise<null>((resolve) => (answer = () => resolve(null)));
    const waiting = candidature(() => slow);
    const campaign = failure(offices.campaign('other', 'a', waiting));
    const closed = offices.close();
    expect(tenure.lost.aborted).to.equal(true);
    expect(await campaign).to.equal('closed');
    expect(waiting.withdrawn).to.equal(0);
    answer();
    await closed;
    expect(waiting.withdrawn).to.equal(1);
    expect(lease.asked).to.deep.equal(['release']);
    expect(await failure(offices.campaign('office', 'a', candidature(wins())))).to.equal('closed');
  });

  it("closing ends with the caller's patience", async () => {
    void failure(offices.campaign('office', 'a', candidature(() => new Promise(() => undefined))));
    await offices.close(AbortSignal.abort());
    offices = new Offices('test election', TIMES, clock, logger);
  });

  it('refuses what has no name, and a signal that has fired', async () => {
    expect(await failure(offices.campaign('', 'a', candidature(wins())))).to.equal('invalid_argument');
    expect(await failure(offices.campaign('office', '', candidature(wins())))).to.equal('invalid_argument');
    expect(await failure(offices.campaign('office', 'a', candidature(wins()), AbortSignal.abort()))).to.equal('aborted');
  });
});
