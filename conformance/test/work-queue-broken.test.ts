import { expect } from 'chai';
import { CaveError } from '@cave/core';
import { runKit, workQueueKit, type WorkQueueHarness } from '@cave/conformance';
import { brokenWorkQueues } from './support/broken-work-queues.js';
import { MemoryJobs, MemoryWorkQueue } from './support/memory-work-queue.js';

function harnessOf(make: typeof MemoryWorkQueue, patienceMs: number): WorkQueueHarness {
  const disks = new Map<string, MemoryJobs>();
  const disk = (place: string): MemoryJobs => {
    const found = disks.get(place) ?? new MemoryJobs();
    disks.set(place, found);
    return found;
  };
  return {
    name: 'memory',
    capabilities: new MemoryWorkQueue(new MemoryJobs(), 1).capabilities,
    create: async (place, { maxAttempts }) => new make(disk(place), maxAttempts),
    injectGarbage: async (place) => {
      disk(place).jobs.push({ id: 'garbage', body: Buffer.from('{'), attempt: 0, hiddenUntil: 0, lease: null, leaseUntil: 0, readable: false });
    },
    badOptions: [
      {
        title: 'no attempts',
        attempt: () => {
          throw new CaveError('configuration', 'no attempts');
        },
      },
    ],
    tickMs: 20,
    patienceMs,
  };
}

describe('The work queue kit is itself tested', function () {
  this.timeout(0); // every case has the kit's own deadline

  it('passes the right work queue on every case whose means are there', async () => {
    const report = await runKit(workQueueKit, harnessOf(MemoryWorkQueue, 5_000));
    expect(report.cases.filter(({ status }) => status === 'failed')).to.deep.equal([]);
    expect(report.cases.filter(({ status }) => status === 'passed')).to.have.length.above(30);
  });

  for (const { defect, fails, make } of brokenWorkQueues) {
    it(`fails a work queue that ${defect} on ${fails}`, async () => {
      const report = await runKit(workQueueKit, harnessOf(make, 600), [fails]);
      expect(report.cases.map(({ id, status }) => [id, status])).to.deep.equal([[fails, 'failed']]);
    });
  }
});
