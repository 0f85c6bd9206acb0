export * from './checking/index.js';
export * from './notifying/index.js';
export * from './scheduling/index.js';
export * from './change-relay/index.js';
export * from './publishing/index.js';
export * from './store-writer/index.js';
