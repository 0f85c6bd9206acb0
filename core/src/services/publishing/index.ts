export * from './number-blocks.js';
export * from './publisher.js';
export * from './split-batch.js';
export * from './tenant-quota.js';
