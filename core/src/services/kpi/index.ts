export * from './kpi-publisher.js';
