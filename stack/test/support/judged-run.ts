import { FLIP_METRIC, Receiver, UniqueLoad, checkEvents, checkLedger, checkPoints, createTenant, expectCall, flip, type TestTenant } from '@cave/app-all-in-one/test-support';
import type { Stack } from '../../src/index.js';

const CLIENTS = 4;
/** Between two batches of 50 points of one client. */
const PAUSE_MS = 100;
const ALERT_PERIOD = 2;
const PATIENCE_MS = 120_000;
/** Times of the clients' points begin this long ago: each second holds 1,000 of them, so that a run stays in the past. */
const PAST_SECONDS = 80_000;

/** Receivers on this machine are private addresses. */
export const ALLOW_RECEIVER = { WORKER_NOTIFICATIONS_ALLOW_NETWORKS: '127.0.0.0/8' };

/** Load with unique values and an alert that flips, on a running stack, judged as docs/guarantees.md says. */
export class JudgedRun {
  readonly clients: readonly UniqueLoad[];
  readonly #load: Promise<unknown>;
  readonly #stop = new AbortController();
  #turn = 0;

  private constructor(
    /** Where the api is; who stops an instance takes its address out first. */
    readonly apis: string[],
    readonly tenant: TestTenant,
    readonly alertId: string,
    private readonly receiver: Receiver,
    now: number,
  ) {
    const nextApi = (): string => apis[this.#turn++ % apis.length] as string;
    this.clients = Array.from({ length: CLIENTS }, (_, i) => new UniqueLoad(i, tenant, now - PAST_SECONDS, PAUSE_MS));
    this.#load = Promise.all([...this.clients.map((client) => client.run(nextApi, this.#stop.signal)), flip(nextApi, tenant, this.#stop.signal)]);
  }

  /** A tenant and an alert of its own; the load flows when this resolves. */
  static async start(stack: Stack, organization: string): Promise<JudgedRun> {
    const receiver = await Receiver.start();
    const apis = stack.instances('api').map(({ url }) => url);
    const [api = ''] = apis;
    const tenant = await createTenant(api, stack.directory, organization, receiver.url);
    const now = Math.floor(Date.now() / 1000);
    await expectCall(202, api, 'POST', `/organizations/${organization}/metrics`, { token: tenant.token, body: { metrics: [{ name: FLIP_METRIC, timestamp: now, value: 0, tags: {} }] } });
    const body = { description: 'flip', enabled: true, period: `${ALERT_PERIOD}s`, condition: `${FLIP_METRIC} > 0`, handbook_url: null, routing: null };
    const { id } = await expectCall<{ id: string }>(201, api, 'POST', `/organizations/${organization}/alerts`, { token: tenant.session, body });
    return new JudgedRun(apis, tenant, id, receiver, now);
  }

  /** Ends the load; idempotent. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#load;
  }

  /** Ends the load and answers what was seen, a sentence each; throws where a rule is broken. */
  async judge(): Promise<readonly string[]> {
    await this.stop();
    const [api = ''] = this.apis;
    return [
      await checkPoints(api, this.tenant, this.clients, PATIENCE_MS),
      await checkLedger(api, this.tenant, [this.alertId], ALERT_PERIOD, PATIENCE_MS),
      await checkEvents(api, this.tenant, [this.alertId], this.receiver, PATIENCE_MS),
    ];
  }

  async close(): Promise<void> {
    await this.stop();
    await this.receiver.close();
  }
}
