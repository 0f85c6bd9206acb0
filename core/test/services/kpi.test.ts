import { expect } from 'chai';
import { CaveError, KpiPublisher, NumberBlocks, RequestTimings, decodePointRecord, type ConfigStore } from '../../src/index.js';
import { MemoryStream } from './doubles/memory-stream.js';
import { KeptLog, TestClock } from './doubles/quiet.js';

const MINUTE = 1_800_000_000;

/** What the stream holds: database, metric, tags, time, value, and how the point is known again. */
function published(stream: MemoryStream): unknown[] {
  return stream.log.flatMap(({ body }) => {
    const { points } = decodePointRecord(body);
    return [...points.times].map((time, i) => {
      const series = points.series[points.seriesIndex[i] as number];
      return [points.database, series?.name, series?.tags, time, points.values[i], points.identity.kind];
    });
  });
}

describe("CAVE's own points", () => {
  let stream: MemoryStream;
  let numbers: NumberBlocks;

  beforeEach(() => {
    stream = new MemoryStream();
    let next = 0;
    numbers = new NumberBlocks({ reserve: (size) => Promise.resolve((next += size) - size) });
  });

  it('say once a minute how many alerts are active and how many checks were recorded', async () => {
    const configStore = { alerts: { countEnabled: () => Promise.resolve(7) } } as unknown as ConfigStore;
    const kpi = new KpiPublisher({ configStore, rawStream: stream, numbers, clock: new TestClock(), logger: new KeptLog() });
    kpi.addOperations(3);
    kpi.addOperations(2);
    await kpi.publish(MINUTE);
    await kpi.publish(MINUTE + 60);
    expect(published(stream)).to.deep.equal([
      ['cave-kpi', 'alertsActive', {}, MINUTE, 7, 'keyed'],
      ['cave-kpi', 'alertsOperations', {}, MINUTE, 5, 'numbered'],
      ['cave-kpi', 'alertsActive', {}, MINUTE + 60, 7, 'keyed'],
    ]);
  });

  it('keep checks counted that could not be published', async () => {
    const configStore = { alerts: { countEnabled: () => Promise.resolve(0) } } as unknown as ConfigStore;
    const kpi = new KpiPublisher({ configStore, rawStream: stream, numbers, clock: new TestClock(), logger: new KeptLog() });
    kpi.addOperations(4);
    const error = new CaveError('unavailable', 'The stream is down.');
    stream.outcomes = [{ status: 'not_appended', error }, { status: 'not_appended', error }];
    let thrown: unknown;
    await kpi.publish(MINUTE).catch((reason: unknown) => (thrown = reason));
    expect(thrown).to.be.instanceOf(CaveError);
    await kpi.publish(MINUTE + 60);
    expect(published(stream)).to.deep.include(['cave-kpi', 'alertsOperations', {}, MINUTE + 60, 4, 'numbered']);
  });

  it('tell count, mean and longest time of the requests of each route', async () => {
    const timings = new RequestTimings({ rawStream: stream, numbers, clock: new TestClock(), logger: new KeptLog() });
    await timings.publish(MINUTE - 60);
    timings.record('login', 0.25);
    timings.record('login', 0.75);
    await timings.publish(MINUTE);
    await timings.publish(MINUTE + 60);
    expect(published(stream)).to.deep.equal([
      ['cave-internal', 'requestCount', { route: 'login' }, MINUTE, 2, 'numbered'],
      ['cave-internal', 'requestSecondsMean', { route: 'login' }, MINUTE, 0.5, 'numbered'],
      ['cave-internal', 'requestSecondsMax', { route: 'login' }, MINUTE, 0.75, 'numbered'],
    ]);
  });
});
