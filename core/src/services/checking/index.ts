export * from './check-plan.js';
export * from './check-runner.js';
export * from './history-relay.js';
export * from './obligations.js';
export * from './data-gate.js';
export * from './data-gates.js';
