import { createHash } from 'node:crypto';
import type { PublishAccess, PublishGrant } from '@cave/core';
import { LRUCache } from 'lru-cache';

export interface CacheOptions {
  readonly maxEntries: number;
  /** How long a withdrawn token may still work when its change has not arrived over the config bus. */
  readonly ttlMs: number;
}

/** Remembers for a moment which token may publish where, so that publishing asks no database. Refusals are not kept. */
export class CachedPublishAccess {
  private readonly grants: LRUCache<string, PublishGrant>;
  private generation = 0;

  constructor(
    private readonly access: Pick<PublishAccess, 'authorize'>,
    options: CacheOptions,
  ) {
    this.grants = new LRUCache({ max: options.maxEntries, ttl: options.ttlMs });
  }

  async authorize(secret: string, organizationName: string, teamName: string | null): Promise<PublishGrant> {
    // Not the secret itself: a heap dump should not hold what the database does not.
    const key = `${createHash('sha256').update(secret).digest('base64')} ${organizationName}/${teamName ?? ''}`;
    const known = this.grants.get(key);
    if (known !== undefined) return known;
    const generation = this.generation;
    const grant = await this.access.authorize(secret, organizationName, teamName);
    // What was read before a change must not be kept after it.
    if (generation === this.generation) this.grants.set(key, grant);
    return grant;
  }

  /** Tokens, teams or organizations changed. They do so rarely: forget everything. */
  invalidate(): void {
    this.generation += 1;
    this.grants.clear();
  }
}
