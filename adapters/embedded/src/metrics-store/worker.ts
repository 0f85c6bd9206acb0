import { parentPort, workerData } from 'node:worker_threads';
import { Engine } from './engine.js';
import { toPlainError } from './errors.js';
import type { CallName, Calls, ThreadRequest, ThreadResponse, ThreadSettings } from './protocol.js';

/* Entry of the store's thread: takes calls, gives answers; `close` is the last one. */

if (parentPort === null) throw new Error('This module runs as a worker thread only.');
const port = parentPort;
const engine = new Engine(workerData as ThreadSettings);
/** Calls under way that nobody waits for any more. */
const underWay = new Set<number>();
const cancelled = new Set<number>();

type Handlers = { readonly [C in CallName]: (request: Calls[C]['request'], id: number) => Calls[C]['response'] | Promise<Calls[C]['response']> };

const handlers: Handlers = {
  open: () => nothing(engine.open()),
  createDatabase: ({ database }) => nothing(engine.createDatabase(database)),
  dropDatabase: ({ database }) => nothing(engine.dropDatabase(database)),
  write: (request) => engine.write(request, request.nowMs),
  mark: ({ incarnation, partition }) => engine.mark(incarnation, partition),
  setStoredUpTo: ({ marks }) => nothing(engine.setStoredUpTo(marks)),
  storedUpTo: () => engine.storedUpTo(),
  query: ({ questions, nowMs }, id) => engine.query(questions, nowMs, () => cancelled.has(id)),
  listMetrics: ({ database }) => engine.listMetrics(database),
  tagValues: ({ database, metric, tagKey }) => engine.tagValues(database, metric, tagKey),
  dropMetric: ({ database, metric }) => engine.dropMetric(database, metric),
  clean: ({ nowMs }) => nothing(engine.clean(nowMs)),
  health: () => engine.health(),
  warm: () => nothing(engine.warm()),
  close: ({ hurry }) => nothing(engine.close(hurry)),
};

async function nothing(work: Promise<void>): Promise<undefined> {
  await work;
  return undefined;
}

async function handle<C extends CallName>(call: C, request: Calls[C]['request'], id: number): Promise<void> {
  const respond = (response: ThreadResponse): void => port.postMessage(response);
  underWay.add(id);
  try {
    respond({ id, value: await handlers[call](request, id) });
  } catch (error) {
    respond({ id, error: toPlainError(error) });
  } finally {
    underWay.delete(id);
    cancelled.delete(id);
  }
  if (call === 'close') port.close();
}

port.on('message', (message: ThreadRequest) => {
  if ('cancel' in message) {
    if (underWay.has(message.cancel)) cancelled.add(message.cancel);
    return;
  }
  void handle(message.call, message.request as never, message.id);
});
