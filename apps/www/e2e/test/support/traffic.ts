import type { CDPSession, Page } from 'playwright-core';

/** One answer that a page got. */
export interface Received {
  readonly url: string;
  readonly status: number;
  /** Headers and body as they came over the wire, compressed; 0 for what the browser still had. */
  readonly bytes: number;
  /** As the server named it; null: as it is. */
  readonly encoding: string | null;
  readonly cached: boolean;
}

interface Answered {
  readonly url: string;
  readonly status: number;
  readonly encoding: string | null;
  readonly cached: boolean;
}

/**
 * What a page loads, by the browser's own count. Playwright's sizes of a response miss what came
 * from the cache, and its interception of requests would switch the cache off.
 */
export class Traffic {
  #received: Received[] = [];
  readonly #answered = new Map<string, Answered>();
  readonly #cached = new Set<string>();

  private constructor(private readonly page: Page) {}

  /** Counts from now on. */
  static async of(page: Page): Promise<Traffic> {
    const traffic = new Traffic(page);
    await traffic.#listen(await page.context().newCDPSession(page));
    return traffic;
  }

  /** What came since the last time, once nothing is on its way any more. */
  async untilQuiet(): Promise<readonly Received[]> {
    await this.page.waitForLoadState('networkidle');
    const received = this.#received;
    this.#received = [];
    return received;
  }

  async #listen(session: CDPSession): Promise<void> {
    session.on('Network.requestServedFromCache', ({ requestId }) => this.#cached.add(requestId));
    session.on('Network.responseReceived', ({ requestId, response: { url, status, headers, fromDiskCache = false } }) => {
      const encoding = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-encoding')?.[1] ?? null;
      this.#answered.set(requestId, { url, status, encoding, cached: fromDiskCache || this.#cached.has(requestId) });
    });
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      const answered = this.#answered.get(requestId);
      if (answered !== undefined && /^https?:/.test(answered.url)) this.#received.push({ ...answered, bytes: answered.cached ? 0 : encodedDataLength });
    });
    await session.send('Network.enable');
  }
}
