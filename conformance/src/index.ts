export * from './harness.js';
export * from './kit.js';
export * from './leaks.js';
export * from './lifecycle.js';
export * from './mocha.js';
export * from './report.js';
export * from './wait.js';
