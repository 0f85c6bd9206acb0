/** The twelve aggregators. Their meaning is the same on every store; `aggregate` is the reference. */
export const AGGREGATORS = ['count', 'min', 'max', 'mean', 'mode', 'median', 'sum', 'stddev', 'p90', 'p95', 'p99', 'p999'] as const;

export type Aggregator = (typeof AGGREGATORS)[number];
