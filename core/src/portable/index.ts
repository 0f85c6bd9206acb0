export * from './backoff.js';
export * from './bus-queue.js';
export * from './gate.js';
export * from './outbox-loop.js';
export * from './wake.js';
