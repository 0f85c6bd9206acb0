export * from './alert-history.js';
export * from './alert-input.js';
export * from './alert-management.js';
