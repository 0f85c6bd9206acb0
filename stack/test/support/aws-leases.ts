import type { Environment } from '../../src/index.js';

/** Every lease of the profile, in milliseconds: short, so that tests need not wait for production's. */
export const SHORT_LEASE_MS = 4_000;
const BUS_HEARTBEAT_MS = 500;

/** How long the queue of a killed instance stays: four heartbeats without one, and one to look. */
export const DEAD_QUEUE_MS = 5 * BUS_HEARTBEAT_MS;

export const SHORT_LEASES: Environment = {
  RAW_STREAM_LEASE_MS: String(SHORT_LEASE_MS),
  LEADER_ELECTION_LEASE_MS: String(SHORT_LEASE_MS),
  CONFIG_BUS_HEARTBEAT_MS: String(BUS_HEARTBEAT_MS),
  CONFIG_BUS_SETTLE_MS: '500',
};
