export * from './change-message.js';
export * from './change-relay.js';
export * from './store-tasks.js';
