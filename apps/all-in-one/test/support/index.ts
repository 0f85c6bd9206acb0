export * from './instance.js';
export * from './tenant.js';
export * from './eventually.js';
export * from './receiver.js';
export * from './judge.js';
export * from './unique-load.js';
