import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { RawStream } from '../../ports/raw-stream.js';
import type { NumberBlocks } from '../publishing/number-blocks.js';
import { MinuteLoop } from './minute-loop.js';
import { appendOwnPoints, ownPoints } from './own-points.js';

/** Database of the api's request timings. */
export const INTERNAL_DATABASE = 'cave-internal';

export interface RequestTimingsDependencies {
  readonly rawStream: RawStream;
  readonly numbers: NumberBlocks;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Timing {
  count: number;
  sumSeconds: number;
  maxSeconds: number;
}

/**
 * Publishes, each minute and for each route that was called, `requestCount`,
 * `requestSecondsMean` and `requestSecondsMax`, tagged with the route. Numbered, so that those
 * of several api processes stand beside each other. A minute that cannot be published is lost:
 * these are no tenant's data.
 */
export class RequestTimings {
  readonly #loop: MinuteLoop;
  #timings = new Map<string, Timing>();

  constructor(private readonly dependencies: RequestTimingsDependencies) {
    this.#loop = new MinuteLoop(dependencies.clock, dependencies.logger, INTERNAL_DATABASE, (minute) => this.publish(minute));
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  record(route: string, seconds: number): void {
    const timing = this.#timings.get(route);
    if (timing === undefined) {
      this.#timings.set(route, { count: 1, sumSeconds: seconds, maxSeconds: seconds });
      return;
    }
    timing.count += 1;
    timing.sumSeconds += seconds;
    timing.maxSeconds = Math.max(timing.maxSeconds, seconds);
  }

  async publish(minute: number): Promise<void> {
    if (this.#timings.size === 0) return;
    const { rawStream, numbers, clock } = this.dependencies;
    const points = [...this.#timings].flatMap(([route, { count, sumSeconds, maxSeconds }]) => [
      { name: 'requestCount', tags: { route }, value: count },
      { name: 'requestSecondsMean', tags: { route }, value: sumSeconds / count },
      { name: 'requestSecondsMax', tags: { route }, value: maxSeconds },
    ]);
    this.#timings = new Map();
    await appendOwnPoints(rawStream, clock, [ownPoints(INTERNAL_DATABASE, points, minute, { kind: 'numbered', firstNumber: await numbers.take(points.length) })]);
  }
}
