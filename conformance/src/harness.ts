import type { Lifecycle } from '@cave/core';

/**
 * What an adapter's test gives to the kit. One interface for all ports; a port's kit names
 * its driver, its neutral settings and any further means.
 *
 * A *place* is the name of one isolated piece of the backend: a topic, a queue, a directory.
 * The kit mints a new one for each case; the same place again means the same data again.
 */
export interface Harness<D extends Lifecycle, S extends object = object> {
  /** The adapter's name, such as `embedded`; becomes part of the report's file name. */
  readonly name: string;
  /** As the adapter's definition declares them. */
  readonly capabilities: D extends { readonly capabilities: infer C } ? C : object;
  /** A driver that has not been started. `settings` are the few options that cases need, in the port's words. */
  create(place: string, settings: S): Promise<D>;
  /** Removes what a case left behind in the backend. Called once a case's drivers are closed. */
  remove?(place: string): Promise<void>;

  /** Each must throw `configuration` when called, without having touched disk or network. */
  readonly badOptions?: readonly { readonly title: string; attempt(): unknown }[];

  // Means. A case whose means are absent is reported as not proven.
  /** Kills the broker with SIGKILL; resolves once it is gone. */
  killBroker?(): Promise<void>;
  /** Starts it again on the same data; resolves once it serves. */
  restartBroker?(): Promise<void>;
  /** Cuts every connection between driver and broker; the result heals it. */
  cutNetwork?(): Promise<() => Promise<void>>;
  /** A driver in a process of its own, to be killed with SIGKILL; see remote.ts. */
  spawnProcess?(place: string, settings: S): Promise<RemoteProcess<D>>;
  /** Moves the backend's clock forward. */
  advanceTime?(ms: number): Promise<void>;

  /** Case id → why the adapter legally differs from the contract there. Reported, not run. */
  readonly differs?: Readonly<Record<string, string>>;
  /** Case id → how the server that the test runs against misbehaves. Reported as not proven. */
  readonly testServerLies?: Readonly<Record<string, string>>;

  /** Shortest time-out that the backend tells apart, in milliseconds; leases and delays in cases are multiples. Default 100. */
  readonly tickMs?: number;
  /** How long a case waits for something that should happen, in milliseconds. Default 15,000. */
  readonly patienceMs?: number;
}

/** A started driver that lives in another process. Its calls that take a signal ignore it. */
export interface RemoteProcess<D> {
  readonly driver: D;
  /** SIGKILL; resolves once the process is gone. */
  kill(): Promise<void>;
  /** SIGSTOP: it does nothing, and its connections stay open. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
}

/** The four functions of a test runner. `it` without a function declares a pending test. */
export interface TestFrame {
  describe(title: string, body: () => void): void;
  it(title: string, body?: () => Promise<void>): void;
  before(body: () => Promise<void>): void;
  after(body: () => Promise<void>): void;
}
