import { expect } from 'chai';
import { LIMITS, LogQueue, type LogEvent } from '../src/cloudwatch/log-queue.js';

const NO_BOUND = Number.MAX_SAFE_INTEGER;
const NOW = 1_800_000_000_000;
const filled = (lines: readonly string[], bound = NO_BOUND): LogQueue => {
  const queue = new LogQueue(bound);
  for (const [i, line] of lines.entries()) queue.add(line, NOW + i);
  return queue;
};
const messages = (batch: readonly LogEvent[]): string[] => batch.map(({ message }) => message);
const sizeOf = (batch: readonly LogEvent[]): number => batch.reduce((sum, { message }) => sum + Buffer.byteLength(message) + LIMITS.eventOverhead, 0);

describe('LogQueue', () => {
  it('gives lines in their order, and is empty then', () => {
    const queue = filled(['a', 'b', 'c']);
    expect(messages(queue.take())).to.deep.equal(['a', 'b', 'c']);
    expect(queue.size).to.equal(0);
    expect(queue.take()).to.deep.equal([]);
  });

  it('cuts batches at 10,000 lines', () => {
    const queue = filled(Array.from({ length: LIMITS.batchEvents + 1 }, (_, i) => String(i)));
    expect(queue.hasBatch).to.equal(true);
    expect(queue.take()).to.have.length(LIMITS.batchEvents);
    expect(queue.hasBatch).to.equal(false);
    expect(messages(queue.take())).to.deep.equal([String(LIMITS.batchEvents)]);
  });

  it('cuts batches at 1 MiB of UTF-8 with 26 bytes for each line, to the byte', () => {
    const line = 'ü'.repeat(50_000); // 100,000 bytes
    const rest = LIMITS.batchBytes - 10 * (100_000 + LIMITS.eventOverhead) - LIMITS.eventOverhead;
    const queue = filled([...Array.from({ length: 10 }, () => line), 'x'.repeat(rest), 'y']);
    const batch = queue.take();
    expect(sizeOf(batch)).to.equal(LIMITS.batchBytes);
    expect(messages(queue.take())).to.deep.equal(['y']);
    const over = filled([...Array.from({ length: 10 }, () => line), 'x'.repeat(rest + 1)]);
    expect(over.take()).to.have.length(10);
  });

  it('cuts batches where they would span more than 24 hours, and keeps the order of time although a clock was set back', () => {
    const queue = new LogQueue(NO_BOUND);
    const times = [NOW + 500, NOW, NOW + LIMITS.batchSpanMs, NOW + LIMITS.batchSpanMs + 1, NOW + LIMITS.batchSpanMs + 2];
    for (const [i, time] of times.entries()) queue.add(String(i), time);
    const [first, second] = [queue.take(), queue.take()];
    expect(messages(first)).to.deep.equal(['1', '0', '2']);
    expect(messages(second)).to.deep.equal(['3', '4']);
    expect(first.map(({ timestamp }) => timestamp)).to.deep.equal([...first.map(({ timestamp }) => timestamp)].sort((a, b) => a - b));
  });

  it('cuts a line that is too long between two characters, and says how long it was', () => {
    for (const padding of ['', 'x', 'xx', 'xxx']) {
      const line = `${padding}${'😀'.repeat(70_000)}`;
      const [event] = filled([line]).take();
      const text = event?.message ?? '';
      expect(Buffer.byteLength(text) + LIMITS.eventOverhead).to.be.at.most(256 * 1024);
      expect(text).to.match(/😀 \[cut: 28000\d bytes\]$/u);
      expect(text).to.not.include('\uFFFD');
    }
    const most = 'x'.repeat(256 * 1024 - LIMITS.eventOverhead);
    expect(messages(filled([most]).take())).to.deep.equal([most]);
  });

  it('drops the oldest over its bound, and says how many', () => {
    const size = 100 + LIMITS.eventOverhead;
    const line = (i: number): string => String(i).padStart(100, '0');
    const queue = new LogQueue(3 * size);
    expect([0, 1, 2, 3, 4].map((i) => queue.add(line(i), NOW))).to.deep.equal([0, 0, 0, 1, 1]);
    const batch = queue.take();
    expect(messages(batch)).to.deep.equal([line(2), line(3), line(4)]);
    expect(queue.add(line(5), NOW)).to.equal(0);
    expect(queue.putBack(batch)).to.equal(1);
    expect(messages(queue.take())).to.deep.equal([line(3), line(4), line(5)]);
  });

  it('stays bounded and in order over many lines put in, taken and put back', () => {
    const queue = new LogQueue(50_000 * (5 + LIMITS.eventOverhead));
    const seen: string[] = [];
    for (let i = 0; i < 60_000; i += 1) {
      queue.add(String(i).padStart(5, '0'), NOW);
      if (i % 7_000 === 6_999) queue.putBack(queue.take());
      if (i % 9_000 === 8_999) seen.push(...messages(queue.take()));
    }
    while (queue.size > 0) seen.push(...messages(queue.take()));
    expect(seen).to.deep.equal(Array.from({ length: 60_000 }, (_, i) => String(i).padStart(5, '0')));
  });
});
