import { expect } from 'chai';
import { CaveError } from '@cave/core';
import { rawStreamKit, runKit, type RawStreamHarness } from '@cave/conformance';
import { brokenRawStreams } from './support/broken-raw-streams.js';
import { MemoryLog, MemoryRawStream, UncountedRawStream } from './support/memory-raw-stream.js';

function harnessOf(make: typeof MemoryRawStream, patienceMs: number): RawStreamHarness {
  const disks = new Map<string, MemoryLog>();
  return {
    name: 'memory',
    capabilities: new MemoryRawStream(new MemoryLog(), 1).capabilities,
    create: async (place, { partitions }) => {
      const disk = disks.get(place) ?? new MemoryLog();
      disks.set(place, disk);
      return new make(disk, partitions);
    },
    badOptions: [
      {
        title: 'no partitions',
        attempt: () => {
          throw new CaveError('configuration', 'no partitions');
        },
      },
    ],
    tickMs: 20,
    patienceMs,
  };
}

describe('The raw stream kit is itself tested', function () {
  this.timeout(0); // every case has the kit's own deadline

  it('passes the right raw stream on every case whose means are there', async () => {
    const report = await runKit(rawStreamKit, harnessOf(MemoryRawStream, 5_000));
    expect(report.cases.filter(({ status }) => status === 'failed')).to.deep.equal([]);
    expect(report.cases.filter(({ status }) => status === 'passed')).to.have.length.above(30);
  });

  it('passes one that cannot count its lag where that matters', async () => {
    const report = await runKit(rawStreamKit, harnessOf(UncountedRawStream, 5_000), ['RS-21', 'RS-32', 'RS-42']);
    expect(report.cases.map(({ id, status }) => [id, status])).to.deep.equal([['RS-21', 'passed'], ['RS-32', 'passed'], ['RS-42', 'passed']]);
  });

  for (const { defect, fails, make } of brokenRawStreams) {
    it(`fails a raw stream that ${defect} on ${fails}`, async () => {
      const report = await runKit(rawStreamKit, harnessOf(make, 600), [fails]);
      expect(report.cases.map(({ id, status }) => [id, status])).to.deep.equal([[fails, 'failed']]);
    });
  }
});
