export * from './checking/index.js';
export * from './notifying/index.js';
export * from './scheduling/index.js';
