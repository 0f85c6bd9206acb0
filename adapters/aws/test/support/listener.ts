import type { BusMessage, BusSubscriber, Logger } from '@cave/core';

/** Keeps what it was told. */
export class Listener implements BusSubscriber {
  readonly messages: BusMessage[] = [];
  readonly resyncs: string[] = [];
  onMessage(message: BusMessage): void {
    this.messages.push(message);
  }
  onResync(reason: string): void {
    this.resyncs.push(reason);
  }
  has(version: number): boolean {
    return this.messages.some((one) => one.version === version);
  }
}

/** Keeps the names of events at warn and error. */
export class Complaints implements Logger {
  readonly events: string[] = [];
  debug(): void {
    // no complaint
  }
  info(): void {
    // no complaint
  }
  warn(event: string): void {
    this.events.push(event);
  }
  error(event: string): void {
    this.events.push(event);
  }
  child(): Logger {
    return this;
  }
}
