import { eventually, failsWith, within } from '@cave/conformance';
import { describeOnServer } from '@cave/test-servers';
import { expect } from 'chai';
import { accepted, leasesOf, LONG_MS, MovableClock, PATIENCE_MS, receive, receiveOne, SqsScene, unique } from './support/sqs-scene.js';

const HOUR_MS = 3_600_000;

describeOnServer('sns-sqs', 'SQS work queue: leases', (server) => {
  const scene = new SqsScene(server);

  it('that ran out by this process\'s clock is lost, and SQS is not asked', async () => {
    const clock = new MovableClock();
    const queue = await scene.open(unique(), { clock });
    await accepted(queue, 'a');
    const { lease } = await receiveOne(queue, 60_000);
    clock.advance(60_000 + 5_000);
    scene.forget();
    expect(await queue.extend([lease], 60_000)).to.deep.equal(['lost']);
    expect(await queue.ack([lease])).to.deep.equal(['lost']);
    expect(await queue.nack([lease], { reason: 'late' })).to.deep.equal(['lost']);
    expect(scene.actions).to.deep.equal([]);
  });

  it('that runs out while SQS is asked is lost, whatever SQS says', async () => {
    const clock = new MovableClock();
    const queue = await scene.open(unique(), { clock });
    await accepted(queue, 'a');
    const { lease } = await receiveOne(queue, 60_000);
    scene.on('DeleteMessageBatch', async (_, pass) => {
      clock.advance(70_000);
      return pass();
    });
    expect(await queue.ack([lease])).to.deep.equal(['lost']);
  });

  it('lasts for as long as was asked, however long the request waited for the job', async () => {
    const clock = new MovableClock();
    const name = unique();
    const [queue, publisher] = [await scene.open(name, { clock }), await scene.open(name)];
    const waiting = queue.receive({ maxJobs: 1, waitMs: LONG_MS, leaseMs: 60_000 });
    await eventually('the request is on its way', PATIENCE_MS, () => scene.count('ReceiveMessage') === 1);
    clock.advance(19_000); // as if SQS had held it
    await accepted(publisher, 'a');
    const [one] = await within('the receive', PATIENCE_MS, waiting);
    clock.advance(59_000);
    expect(await queue.ack([one?.lease ?? ''])).to.deep.equal(['ok']);
  });

  for (const Code of ['ReceiptHandleIsInvalid', 'InvalidParameterValue', 'MessageNotInflight', 'AWS.SimpleQueueService.MessageNotInflight']) {
    it(`whose receipt SQS calls old (${Code}) is lost, and its neighbours are not`, async () => {
      const queue = await scene.open();
      await accepted(queue, 'a', 'b', 'c');
      const leases = leasesOf(await receive(queue, 3));
      const ends = ['DeleteMessageBatch', 'ChangeMessageVisibilityBatch'].map((action) => scene.failEntry(action, 1, { Code, SenderFault: true }));
      expect(await queue.extend(leases, LONG_MS)).to.deep.equal(['ok', 'lost', 'ok']);
      ends.forEach((end) => end());
      expect(await queue.ack(leases)).to.deep.equal(['ok', 'lost', 'ok']);
    });
  }

  it('of which SQS does not say that it is settled goes on; the others are settled', async () => {
    const queue = await scene.open();
    await accepted(queue, 'a', 'b', 'c');
    const leases = leasesOf(await receive(queue, 3));
    const end = scene.failEntry('DeleteMessageBatch', 1, { Code: 'InternalError', SenderFault: false });
    await failsWith('unavailable', 'ack', () => queue.ack(leases));
    end();
    expect(await queue.ack(leases)).to.deep.equal(['lost', 'ok', 'lost']);
    expect(await queue.depth()).to.deep.equal({ ready: 0, leased: 0, delayed: 0, dead: 0 });
  });

  it('goes on after an ack whose answer was lost, and is lost after such a nack', async () => {
    const queue = await scene.open();
    await accepted(queue, 'a', 'b');
    const [a, b] = await receive(queue, 2);
    const end = scene.loseAnswers('DeleteMessageBatch', 'ChangeMessageVisibilityBatch');
    await failsWith('unknown_outcome', 'ack', () => queue.ack([a?.lease ?? '']));
    await failsWith('unknown_outcome', 'nack', () => queue.nack([b?.lease ?? ''], { reason: 'r' }));
    end();
    expect(await queue.ack([a?.lease ?? '', b?.lease ?? ''])).to.deep.equal(['ok', 'lost']);
    expect((await receiveOne(queue)).id).to.equal('b');
  });

  it('is acknowledged also while it is being extended', async () => {
    const queue = await scene.open();
    await accepted(queue, 'a');
    const { lease } = await receiveOne(queue);
    let pass: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      scene.on('ChangeMessageVisibilityBatch', async (_, go) => {
        resolve();
        await new Promise<void>((end) => (pass = end));
        return go();
      });
    });
    const extending = queue.extend([lease], LONG_MS);
    await asked;
    expect(await queue.ack([lease])).to.deep.equal(['ok']);
    pass();
    expect(await extending).to.deep.equal(['lost']);
  });

  it('that is named twice in one call is settled once', async () => {
    const queue = await scene.open();
    await accepted(queue, 'a', 'b');
    const [a, b] = await receive(queue, 2);
    const leases = [a?.lease ?? '', b?.lease ?? '', a?.lease ?? '', 'no lease'];
    expect(await queue.extend(leases, LONG_MS)).to.deep.equal(['ok', 'ok', 'lost', 'lost']);
    expect(await queue.ack(leases)).to.deep.equal(['ok', 'ok', 'lost', 'lost']);
  });

  it('is not extended beyond the twelve hours that SQS allows, and a delay is cut to what is left of them', async () => {
    const clock = new MovableClock();
    const queue = await scene.open(unique(), { clock });
    await accepted(queue, 'a', 'b');
    const [a, b] = await receive(queue, 2, 11 * HOUR_MS);
    clock.advance(10 * HOUR_MS);
    expect(await queue.extend([a?.lease ?? ''], 3 * HOUR_MS)).to.deep.equal(['lost']);
    expect(scene.count('ChangeMessageVisibilityBatch')).to.equal(0);
    expect(await queue.nack([b?.lease ?? ''], { delayMs: 3 * HOUR_MS, reason: 'later' })).to.deep.equal(['ok']);
    expect(scene.hidden[0]).to.be.within(2 * 3_600 - 60, 2 * 3_600);
    await failsWith('invalid_argument', 'a delay of a day', () => queue.nack([], { delayMs: 24 * HOUR_MS, reason: 'later' }));
    await failsWith('invalid_argument', 'a lease of a day', () => queue.receive({ maxJobs: 1, waitMs: 0, leaseMs: 24 * HOUR_MS }));
  });

  it('and a delay of parts of a second are rounded up', async () => {
    const queue = await scene.open();
    await accepted(queue, 'a');
    const { lease } = await receiveOne(queue);
    await queue.extend([lease], 1_001);
    await queue.nack([lease], { delayMs: 1, reason: 'later' });
    expect(scene.hidden).to.deep.equal([2, 1]);
  });
});
