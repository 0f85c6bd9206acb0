import { call, type TestTenant } from './tenant.js';

const BATCH = 50;
/** So that a raw query of one second and client never meets the limit of 1,440. */
const POINTS_PER_SECOND = 1_000;
const ANSWER_WITHIN_MS = 30_000;

/** One client that publishes unique values, and the outcome of each of its batches by its first sequence number. */
export class UniqueLoad {
  readonly acknowledged: number[] = [];
  readonly unanswered: number[] = [];
  #sequence = 0;

  constructor(
    readonly number: number,
    private readonly tenant: TestTenant,
    /** Time of its first point, seconds since the epoch. */
    private readonly start: number,
    /** Between two batches, in milliseconds. */
    private readonly pauseMs = 0,
  ) {}

  /** `url` is asked for each batch, so that batches can go to several instances in turn. */
  async run(url: () => string, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const first = this.#sequence;
      this.#sequence += BATCH;
      const metrics = Array.from({ length: BATCH }, (_, i) => this.point(first + i));
      try {
        const { status } = await call(url(), 'POST', `/organizations/${this.tenant.organization}/metrics`, { token: this.tenant.token, body: { metrics }, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
        if (status === 202) this.acknowledged.push(first);
        else this.unanswered.push(first);
      } catch {
        // It died or fell silent before it answered: the batch may be there, once, or not.
        this.unanswered.push(first);
        await sleep(20);
      }
      if (this.pauseMs > 0) await sleep(this.pauseMs);
    }
  }

  /** Sequence numbers that were acknowledged, and those of batches whose fate nobody told. */
  get sequences(): { readonly acknowledged: ReadonlySet<number>; readonly unanswered: ReadonlySet<number> } {
    const all = (firsts: readonly number[]): ReadonlySet<number> => new Set(firsts.flatMap((first) => Array.from({ length: BATCH }, (_, i) => first + i)));
    return { acknowledged: all(this.acknowledged), unanswered: all(this.unanswered) };
  }

  point(sequence: number): { name: string; timestamp: number; value: number; tags: Record<string, string> } {
    return { name: 'load', timestamp: this.start + Math.floor(sequence / POINTS_PER_SECOND), value: sequence, tags: { client: String(this.number) } };
  }

  get sent(): number {
    return this.#sequence;
  }
}

/** The metric that the judged alerts watch. */
export const FLIP_METRIC = 'flip';

/** Turns the alerts on and off every few seconds. */
export async function flip(url: () => string, tenant: TestTenant, stop: AbortSignal): Promise<void> {
  for (let value = 1; !stop.aborted; value = 1 - value) {
    const until = performance.now() + 5_000;
    while (performance.now() < until && !stop.aborted) {
      const timestamp = Math.floor(Date.now() / 1000);
      // A process that is down takes no points; the next second brings the next try.
      await call(url(), 'POST', `/organizations/${tenant.organization}/metrics`, { token: tenant.token, body: { metrics: [{ name: FLIP_METRIC, timestamp, value, tags: {} }] }, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).catch(() => undefined);
      await sleep(250);
    }
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
