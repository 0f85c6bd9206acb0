import { call, type Answer, type TestTenant } from '@cave/app-all-in-one/test-support';
import { healthOf } from '../observe.js';
import type { ServiceProcess } from '../service-process.js';

const ANSWER_WITHIN_MS = 2_000;
/** A ledger is current when its newest row is at most this old. */
const LEDGER_AGE_SECONDS = 8;
const RETRY_MS = 200;
const LOOKS_FOR_A_POINT = 10;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Whether everything flows: every service well, what is published now can be queried, the alerts' ledger is current. */
export class Probe {
  #value = 0;

  constructor(
    private readonly services: readonly ServiceProcess[],
    private readonly tenant: TestTenant,
    private readonly alertIds: readonly string[],
  ) {}

  /** Milliseconds until everything flows again; the name of what does not, when that takes longer than `patienceMs`. */
  async recovery(patienceMs: number, signal: AbortSignal): Promise<number | string> {
    const started = performance.now();
    const steps: readonly (readonly [string, () => Promise<string | null>])[] = [
      ['health', () => this.#sick()],
      ['points', () => this.#pointIsLate()],
      ['ledger', () => this.#ledgerIsOld()],
    ];
    for (const [name, look] of steps) {
      for (let trouble = await look(); trouble !== null; trouble = await look()) {
        if (performance.now() - started > patienceMs || signal.aborted) return `${name}: ${trouble}`;
        await sleep(RETRY_MS);
      }
    }
    return performance.now() - started;
  }

  async #sick(): Promise<string | null> {
    const found = await Promise.all(this.services.map(async (service) => ({ service, health: await healthOf(service) })));
    const sick = found.filter(({ health }) => health?.status !== 200);
    return sick.length === 0 ? null : sick.map(({ service, health }) => `${service.name}: ${health === null ? 'no answer' : JSON.stringify(health.sick)}`).join('; ');
  }

  async #pointIsLate(): Promise<string | null> {
    const apis = this.services.filter(({ service }) => service === 'api');
    const value = (this.#value += 1);
    const body = { metrics: [{ name: 'sentinel', timestamp: Math.floor(Date.now() / 1000), value, tags: {} }] };
    const published = await this.#ask(apis[value % apis.length], 'POST', '/metrics', { token: this.tenant.token, body });
    if (published?.status !== 202) return `publishing answers ${published?.status ?? 'nothing'}`;
    for (let looks = 0; looks < LOOKS_FOR_A_POINT; looks += 1) {
      const answer = await this.#ask<{ metrics: { value: number }[] }>(apis[0], 'GET', '/metrics?metric=sentinel&limit=5', { token: this.tenant.session });
      if (answer?.status === 200 && answer.body.metrics.some((point) => point.value === value)) return null;
      await sleep(RETRY_MS);
    }
    return 'what was published is not found';
  }

  async #ledgerIsOld(): Promise<string | null> {
    const [api] = this.services.filter(({ service }) => service === 'api');
    for (const id of this.alertIds) {
      const answer = await this.#ask<{ metrics: { time: string }[] }>(api, 'GET', `/metrics?metric=alertsHistory&tags=alert:${id}&limit=1`, { token: this.tenant.session });
      const newest = answer?.status === 200 ? Date.parse(answer.body.metrics[0]?.time ?? '') : Number.NaN;
      if (!(Date.now() - newest < LEDGER_AGE_SECONDS * 1000)) return `the newest row of alert ${id} is of ${Number.isNaN(newest) ? 'never' : new Date(newest).toISOString()}`;
    }
    return null;
  }

  /** Null when nothing answered: during a fault that is what is expected. */
  async #ask<T>(api: ServiceProcess | undefined, method: string, path: string, options: { readonly token: string; readonly body?: unknown }): Promise<Answer<T> | null> {
    return call<T>(api?.url ?? '', method, `/organizations/${this.tenant.organization}${path}`, { ...options, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).catch(() => null);
  }
}
