export { default as configBus } from './config-bus.js';
export { default as leaderElection } from './leader-election.js';
export { default as workQueue } from './work-queue.js';
