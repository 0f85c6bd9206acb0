import { CaveError, sleep } from '@cave/core';
import ipaddr from 'ipaddr.js';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/**
 * So many requests of one kind from one address in a window; beyond, `resource_exhausted`.
 * Each api process counts for itself: behind a load balancer the sum may be higher.
 */
export class AddressLimit {
  private readonly limiter: RateLimiterMemory;

  constructor(points: number, seconds: number) {
    this.limiter = new RateLimiterMemory({ points, duration: seconds });
  }

  /** Takes one request; throws when there is none left. */
  async take(clientAddress: string): Promise<void> {
    try {
      await this.limiter.consume(networkOf(clientAddress));
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw new CaveError('resource_exhausted', 'Too many attempts from this address; wait and try again.', { reason: 'rate_limited', retryAfterMs: refusal.msBeforeNext });
    }
  }

  /** Gives one back: it was rightful. */
  async giveBack(clientAddress: string): Promise<void> {
    await this.limiter.reward(networkOf(clientAddress));
  }
}

/** An IPv6 customer owns a /64 at least: all of it counts as one address. */
function networkOf(clientAddress: string): string {
  if (!ipaddr.isValid(clientAddress)) return clientAddress;
  const address = ipaddr.process(clientAddress);
  if (address.kind() === 'ipv4') return address.toString();
  const parts = (address as ipaddr.IPv6).parts.slice(0, 4);
  return `${parts.map((part) => part.toString(16)).join(':')}::/64`;
}

export interface AccountDelayOptions {
  /** Attempts that cost no time. */
  readonly free: number;
  /** Attempts are forgotten this long after the first one. */
  readonly windowSeconds: number;
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * Makes attempts on one account slower and slower, up to a bound, wherever they come from. It
 * never refuses: otherwise anybody could lock anybody out.
 */
export class AccountDelay {
  private readonly attempts: RateLimiterMemory;

  constructor(private readonly options: AccountDelayOptions) {
    this.attempts = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: options.windowSeconds });
  }

  /** Counts an attempt and waits for as long as the earlier ones demand. */
  async attempt(account: string, signal: AbortSignal): Promise<void> {
    const { consumedPoints } = await this.attempts.penalty(account.toLowerCase());
    const beyond = consumedPoints - this.options.free;
    if (beyond > 0) await sleep(Math.min(this.options.maxMs, this.options.firstMs * 2 ** Math.min(beyond - 1, 20)), signal);
  }

  /** A success: earlier attempts are forgotten. */
  async clear(account: string): Promise<void> {
    await this.attempts.delete(account.toLowerCase());
  }
}
