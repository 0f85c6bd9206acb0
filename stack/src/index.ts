export * from './observe.js';
export * from './servers.js';
export * from './service-process.js';
export * from './stack.js';
