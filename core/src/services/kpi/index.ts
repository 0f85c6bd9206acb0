export * from './kpi-publisher.js';
export * from './request-timings.js';
