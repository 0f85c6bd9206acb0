/**
 * What travels over the config bus and the outbox. It names the entity and its version;
 * whoever needs the content reads the config store, so that a message is small, carries no
 * secret, and cannot be staler than its reader assumes.
 */
export interface ConfigurationChange {
  readonly entity: 'organization' | 'team' | 'alert' | 'token';
  readonly id: string;
  readonly operation: 'created' | 'updated' | 'deleted';
  /** Version of the entity after the change; grows by at least 1 with each. */
  readonly version: number;
}
