export * from './condition-check.js';
export * from './metric-space.js';
export * from './metrics-query.js';
