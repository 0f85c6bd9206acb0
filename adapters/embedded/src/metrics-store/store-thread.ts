import { Worker } from 'node:worker_threads';
import { CaveError } from '@cave/core';
import { fromPlainError } from './errors.js';
import type { CallName, Calls, ThreadRequest, ThreadResponse, ThreadSettings } from './protocol.js';

interface Pending {
  resolve(value: unknown): void;
  reject(error: CaveError): void;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Memory that moves to the thread. */
  readonly transfer?: readonly ArrayBuffer[];
}

/** One life of the store's thread, seen from the main thread: calls and their answers. */
export class StoreThread {
  /** Resolves once the thread is gone, with what ended it if that was an error. */
  readonly ended: Promise<unknown>;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;
  #gone = false;
  #idle: (() => void)[] = [];

  constructor(settings: ThreadSettings) {
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: settings });
    this.#worker.on('message', (response: ThreadResponse) => this.#settle(response));
    let cause: unknown;
    this.#worker.on('error', (error) => (cause = error));
    this.ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#gone = true;
        this.rejectAll(new CaveError('unavailable', 'The thread of the metrics store ended; it is started again.', { cause }));
        resolve(cause);
      });
    });
  }

  /** Settles with `aborted` as soon as the signal fires; the thread may still do what was asked. */
  call<C extends CallName>(call: C, request: Calls[C]['request'], { signal, transfer = [] }: CallOptions = {}): Promise<Calls[C]['response']> {
    return new Promise((resolve, reject) => {
      if (this.#gone) {
        reject(new CaveError('unavailable', 'The thread of the metrics store is gone; it is started again.'));
        return;
      }
      if (signal?.aborted === true) {
        reject(new CaveError('aborted', 'The call was aborted.', { cause: signal.reason }));
        return;
      }
      const id = this.#nextId++;
      const onAbort = (): void => {
        this.#take(id)?.reject(new CaveError('aborted', 'The call was aborted.', { cause: signal?.reason }));
        this.#post({ cancel: id });
      };
      const done = (): void => signal?.removeEventListener('abort', onAbort);
      this.#pending.set(id, {
        resolve: (value) => {
          done();
          resolve(value as Calls[C]['response']);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      });
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#post({ id, call, request }, transfer);
    });
  }

  /** Resolves once no call is under way. */
  idle(): Promise<void> {
    return this.#pending.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  rejectAll(error: CaveError): void {
    for (const id of [...this.#pending.keys()]) this.#take(id)?.reject(error);
  }

  /** Ends the thread in order. Resolves once it is gone. @param hurry interrupt what it reads. */
  async close(hurry: boolean): Promise<void> {
    if (!this.#gone) this.#post({ id: this.#nextId++, call: 'close', request: { hurry } });
    await this.ended;
  }

  #post(message: ThreadRequest, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #settle(response: ThreadResponse): void {
    const pending = this.#take(response.id);
    if ('error' in response) pending?.reject(fromPlainError(response.error));
    else pending?.resolve(response.value);
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.#pending.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
    return pending;
  }
}
