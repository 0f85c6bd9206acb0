import type { NotifierHarness, NotifierSettings } from '@cave/conformance';
import type { AdapterDefinition } from '@cave/core';
import type { HttpNotifierOptions } from '../src/http-notifier.js';
import { context, type Receiver, request } from './receiver.js';

/** `port` 9 (discard) of loopback stands for an address at which nobody listens. */
const NOBODY = 'http://127.0.0.1:9';

export function harness(definition: AdapterDefinition<'notifier', HttpNotifierOptions>, path: string, receiver: Receiver): NotifierHarness {
  const make = (base: string, timeoutMs: number) => ({ ...request(`${base}${path}`, 'triggered', { pagerduty_service_api_key: 'svc' }), timeoutMs });
  const options = (networks: readonly string[]): HttpNotifierOptions => ({ 'allow-networks': networks, 'timeout-ms': 60_000 });
  return {
    name: definition.name,
    capabilities: definition.capabilities,
    create: async (_place: string, { allowReceiver = false }: NotifierSettings) => definition.create(options(allowReceiver ? ['127.0.0.0/8'] : []), context),
    badOptions: [{ title: 'a wrong network', attempt: () => definition.create(options(['10.0.0.0/99']), context) }],
    request: (timeoutMs) => make(receiver.url('').replace(/\/$/, ''), timeoutMs),
    unreachable: (timeoutMs) => make(NOBODY, timeoutMs),
    answer: (status, headers = {}, body = '') => {
      receiver.received.length = 0;
      receiver.answer = (response) => {
        if (status !== null) response.writeHead(status, headers).end(body);
      };
    },
    received: () => receiver.received,
  };
}
