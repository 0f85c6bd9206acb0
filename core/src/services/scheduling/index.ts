export * from './schedule.js';
export * from './job.js';
export * from './alert-synchronizer.js';
export * from './scheduler.js';
