export * from './backoff.js';
export * from './bus-queue.js';
export * from './gate.js';
export * from './mail.js';
export * from './outbox-loop.js';
export * from './timer.js';
export * from './wake.js';
