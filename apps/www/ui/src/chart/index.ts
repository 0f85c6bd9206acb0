export type { BandKind, ChartPoint, ChartSeries, OverviewStripProps, SparklineProps, StateBandProps, Threshold, TimeBand, TimeRange, TimeSeriesChartProps } from './types.js';
