export * from './observe.js';
export * from './profiles/index.js';
export * from './servers.js';
export * from './service-process.js';
export * from './stack.js';
export * from './walk.js';
