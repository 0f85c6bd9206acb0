import type { Notifier } from '@cave/core';
import { expect } from 'chai';
import pagerduty from '../src/pagerduty.js';
import { context, Receiver, request } from './receiver.js';

const GENERIC = '/generic/2010-04-15/create_event.json';
const ROUTING = { pagerduty_service_api_key: 'svc', pagerduty_routing_key: 'rt' };
const DETAILS = {
  organization: 'gilt',
  team: 'twain',
  cluster: null,
  condition: 'orders > 5',
  handbook_url: 'https://example.com/h',
  event: { id: 'e-1', type: 'triggered', state: 'firing', since: 1_699_999_940, values: [{ time: 1_699_999_950, left: 7, right: 5 }] },
};

describe('pagerduty notifier', () => {
  let receiver: Receiver;
  let notifier: Notifier;

  beforeEach(async () => {
    receiver = await new Receiver().listen();
    notifier = pagerduty.create({ 'allow-networks': ['127.0.0.0/8'], 'timeout-ms': 10_000 }, context);
    await notifier.start();
  });

  afterEach(async () => {
    await notifier.close();
    await receiver.close();
  });

  const sent = (): Record<string, unknown> => JSON.parse(receiver.received.at(-1)?.body ?? '') as Record<string, unknown>;

  it('handles its two URLs and no other', () => {
    const urls = [`https://events.pagerduty.com${GENERIC}`, 'https://events.pagerduty.com/v2/enqueue', 'https://events.pagerduty.com/v2/change/enqueue', 'https://example.com/hook', 'nonsense'];
    expect(urls.map((url) => notifier.handles(url, null))).to.deep.equal([true, true, false, false, false]);
  });

  it('sends the generic API what it asks for', async () => {
    await notifier.notify(request(receiver.url(GENERIC), 'triggered', ROUTING));
    expect(sent()).to.deep.equal({
      service_key: 'svc', incident_key: '42', event_type: 'trigger', description: 'Bestellungen zu hoch ✓', client: 'CAVE', client_url: 'http://cave.example/alerts/42', details: DETAILS,
    });
    await notifier.notify(request(receiver.url(GENERIC), 'resolved', ROUTING));
    expect(sent()).to.include({ service_key: 'svc', incident_key: '42', event_type: 'resolve' });
  });

  it('sends Events API v2 what it asks for', async () => {
    await notifier.notify(request(receiver.url('/v2/enqueue'), 'triggered', ROUTING));
    expect(sent()).to.deep.equal({
      routing_key: 'rt', event_action: 'trigger', dedup_key: '42', client: 'CAVE', client_url: 'http://cave.example/alerts/42',
      links: [{ href: 'https://example.com/h', text: 'Handbook' }],
      payload: { summary: 'Bestellungen zu hoch ✓', source: 'twain.gilt', severity: 'critical', custom_details: DETAILS },
    });
    await notifier.notify(request(receiver.url('/v2/enqueue'), 'resolved', ROUTING));
    expect(sent()).to.include({ event_action: 'resolve', dedup_key: '42' });
  });

  it('refuses, naming the key, when routing lacks it', async () => {
    const result = await notifier.notify(request(receiver.url(GENERIC)));
    expect(result.status === 'refused' && result.reason).to.include('pagerduty_service_api_key');
    expect(receiver.received).to.have.length(0);
  });

  it('tries again after 403 of the generic API, which means throttled there, and not of v2', async () => {
    receiver.answer = (response) => response.writeHead(403).end();
    expect((await notifier.notify(request(receiver.url(GENERIC), 'triggered', ROUTING))).status).to.equal('retry');
    expect((await notifier.notify(request(receiver.url('/v2/enqueue'), 'triggered', ROUTING))).status).to.equal('refused');
  });
});
