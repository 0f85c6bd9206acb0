import { expect } from 'chai';
import { adaptersPage, verdict } from './adapters.mjs';

const passed = (id, title = `what ${id} says`, milliseconds = 7) => ({ id, title, status: 'passed', milliseconds });
const embedded = {
  port: 'work-queue',
  adapter: 'embedded',
  capabilities: { leases: true, maxBytes: 1024 },
  cases: [passed('WQ-01', 'a | in a title'), { id: 'WQ-02', title: 'two', status: 'not_proven', reason: 'The harness gives no killBroker.' }, { id: 'WQ-03', title: 'three', status: 'not_proven', reason: 'The harness gives no killBroker.' }],
};
const broker = {
  port: 'work-queue',
  adapter: 'broker',
  capabilities: { leases: false },
  cases: [{ id: 'WQ-03', title: 'three', status: 'differs', reason: 'It has no leases.' }, passed('WQ-02', 'two', 9), passed('WQ-01', 'a | in a title', 5)],
};

describe('the adapter matrix', () => {
  it('has a column for each adapter, the embedded one first, a row for each case, and each reason once', () => {
    const page = adaptersPage([broker, embedded]);
    expect(page).to.include('| work-queue | embedded | 1 | 0 | 2 |\n| work-queue | broker | 2 | 1 | 0 |');
    expect(page).to.include('| `leases` | `true` | `false` |\n| `maxBytes` | `1024` |  |');
    expect(page).to.include('| case |  | embedded | broker |\n|---|---|---|---|\n| WQ-01 | a \\| in a title | ✓ | ✓ |\n| WQ-02 | two | not proven | ✓ |\n| WQ-03 | three | not proven | differs |');
    expect(page).to.include('- embedded, not proven: The harness gives no killBroker. (WQ-02, WQ-03)\n- broker, differs: It has no leases. (WQ-03)');
  });

  it('is the same whatever order the reports come in and however long the cases took', () => {
    const slower = { ...broker, cases: [...broker.cases].reverse().map((one) => ({ ...one, milliseconds: 1_000 })) };
    expect(adaptersPage([embedded, slower])).to.equal(adaptersPage([broker, embedded]));
  });

  it('has ports in their own order, and none that nobody reported', () => {
    const page = adaptersPage([{ ...embedded, port: 'mailer', cases: [] }, broker]);
    expect([...page.matchAll(/^## (.*)$/gm)].map(([, port]) => port)).to.deep.equal(['work-queue', 'mailer']);
  });

  it('is not made of a failure, nor of reports that know different cases', () => {
    expect(() => adaptersPage([{ ...broker, cases: [{ id: 'WQ-01', title: 'one', status: 'failed', reason: 'It broke.' }] }])).to.throw('broker says that WQ-01 failed');
    expect(() => adaptersPage([embedded, { ...broker, cases: broker.cases.slice(1) }])).to.throw('broker has no case WQ-03');
  });

  it('is compared by a run that lacked nothing, and by no other', () => {
    const reports = [broker, embedded];
    const committed = adaptersPage(reports);
    expect(verdict({ reports, committed, obstacles: [] }).stale).to.equal(false);
    const stale = verdict({ reports, committed: `${committed}x`, obstacles: [] });
    expect(stale.stale).to.equal(true);
    expect(stale.sentence).to.include('npm run docs:adapters');
    const partial = verdict({ reports: [], committed, obstacles: ['there was no kafka', 'there was no redis'] });
    expect(partial).to.deep.equal({ stale: false, sentence: 'The adapter matrix was not compared: there was no kafka; there was no redis.' });
  });
});
