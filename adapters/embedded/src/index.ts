export { default as rawStream } from './raw-stream.js';
export { default as configBus } from './config-bus.js';
export { default as leaderElection } from './leader-election.js';
export { default as mailer, readOutbox, type OutboxMail } from './mailer.js';
export { lockDataDirectory, type DataDirectoryHolder, type DataDirectoryLock } from './data-directory.js';
export { default as workQueue } from './work-queue.js';
export { default as configStore } from './config-store.js';
