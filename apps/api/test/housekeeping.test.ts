import { expect } from 'chai';
import { CaveError, Housekeeping, type KeepLimits, type Pruned } from '@cave/core';
import { HousekeepingLoop } from '../src/housekeeping-loop.js';
import { RecordingLogger, TestClock } from './support/doubles.js';

const KEEP = { eventSeconds: 90, eventsPerAlert: 100, auditSeconds: 400 };
const NOTHING: Pruned = { events: 0, deliveries: 0, issues: 0, audit: 0 };

describe('housekeeping', () => {
  /** A store that gives these answers, and then that there is nothing left. */
  function loop(answers: readonly (Pruned | CaveError)[]): { readonly run: () => Promise<void>; readonly asked: KeepLimits[]; readonly logger: RecordingLogger; readonly counted: unknown[] } {
    const left = [...answers];
    const asked: KeepLimits[] = [];
    const counted: unknown[] = [];
    const expired = { deleteExpired: () => Promise.resolve(0) };
    const pruning = {
      prune: (limits: KeepLimits) => {
        asked.push(limits);
        const answer = left.shift() ?? NOTHING;
        return answer instanceof CaveError ? Promise.reject(answer) : Promise.resolve(answer);
      },
    };
    const housekeeping = new Housekeeping({ sessions: expired, confirmations: expired, pruning } as unknown as ConstructorParameters<typeof Housekeeping>[0], new TestClock());
    const logger = new RecordingLogger();
    const telemetry = { count: (...what: unknown[]) => void counted.push(what), gauge: () => undefined, observe: () => undefined };
    const made = new HousekeepingLoop(housekeeping, KEEP, logger, telemetry, 600_000);
    return { run: () => made.run(), asked, logger, counted };
  }

  it('deletes until nothing is left beyond the limits, and tells how much went', async () => {
    const { run, asked, logger, counted } = loop([{ ...NOTHING, events: 5_000, deliveries: 10 }, { ...NOTHING, events: 20 }]);
    await run();
    expect(asked).to.deep.equal(Array(3).fill({ ...KEEP, busySeconds: 1_200 }));
    expect(counted).to.deep.equal([
      ['cave_api_rows_pruned_total', 5_020, { kind: 'events' }],
      ['cave_api_rows_pruned_total', 10, { kind: 'deliveries' }],
    ]);
    expect(logger.lines.filter(({ level }) => level === 'info')).to.deep.equal([{ level: 'info', event: 'old_rows_pruned', fields: { events: 5_020, deliveries: 10, issues: 0, audit: 0 } }]);
  });

  it('says nothing of a round that found nothing, and goes on after one that failed', async () => {
    const { run, asked, logger } = loop([new CaveError('unavailable', 'The config store is away.')]);
    await run();
    await run();
    expect(asked).to.have.length(2);
    expect(logger.lines.filter(({ level }) => level !== 'debug').map(({ level, event }) => [level, event])).to.deep.equal([['warn', 'housekeeping_failed']]);
  });

  it('begins no round while another is under way', async () => {
    const { run, asked } = loop([]);
    await Promise.all([run(), run(), run()]);
    expect(asked).to.have.length(1);
  });
});
