export { bandsOfCondition, type BandWords } from './bands/bands.js';
export { formatExact, formatValue } from './format.js';
export { OverviewStrip } from './overview/overview-strip.js';
export { Sparkline } from './sparkline.js';
export { StateBand } from './bands/state-band.js';
export { TimeSeriesChart } from './time-series-chart.js';
export type { BandKind, ChartPoint, ChartSeries, OverviewStripProps, SparklineProps, StateBandProps, Threshold, TimeBand, TimeRange, TimeSeriesChartProps } from './types.js';
export { API_POINT_LIMIT, windowMinutesFor } from './window.js';
