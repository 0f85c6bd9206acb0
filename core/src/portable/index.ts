export * from './backoff.js';
export * from './wake.js';
