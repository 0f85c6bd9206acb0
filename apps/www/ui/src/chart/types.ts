/** A stretch of time in seconds since the epoch; `start` belongs to it, `end` does not. */
export interface TimeRange {
  readonly start: number;
  readonly end: number;
}

/** A point as the api answers it: time in ISO 8601, for a window that of its start. */
export interface ChartPoint {
  readonly time: string;
  readonly value: number;
}

/** One line of a chart. */
export interface ChartSeries {
  /** Shown in legend, tooltip and table; unique within a chart, and what its colour hangs on. */
  readonly label: string;
  /** As the api answers: newest first. A new answer is a new array; arrays are never changed in place. */
  readonly points: readonly ChartPoint[];
  /**
   * How wide the windows are, in minutes: where windows are missing the line is broken. Without it
   * the points are raw ones, which nothing promises to come regularly, and the line connects all.
   */
  readonly windowMinutes?: number;
}

/** A horizontal line at a value; its label is written on it. */
export interface Threshold {
  readonly value: number;
  readonly label: string;
}

/** What a stretch of time is painted as. */
export type BandKind = 'good' | 'bad' | 'unknown';

/** A stretch of time painted behind the series. */
export interface TimeBand extends TimeRange {
  readonly kind: BandKind;
  /** What it says in words, such as "firing"; the same words for the same kind in one chart. */
  readonly label: string;
}

export interface TimeSeriesChartProps {
  /** The chart's name for those who do not see it, such as "latency, p99 by host". */
  readonly label: string;
  readonly series: readonly ChartSeries[];
  /** The part of time that is shown; the page owns it (in its URL) and changes it on `onRange`. */
  readonly range: TimeRange;
  /** Dragging over the chart asks for this range, in whole seconds. Without it nothing can be dragged. */
  readonly onRange?: (range: TimeRange) => void;
  /** Asked for by a double-click and by the button "Reset zoom", which is there while `zoomed`. */
  readonly onReset?: () => void;
  readonly zoomed?: boolean;
  /** Written after values, such as "ms". */
  readonly unit?: string;
  /** Of the plot, in CSS pixels. Default 280. */
  readonly height?: number;
  readonly thresholds?: readonly Threshold[];
  readonly bands?: readonly TimeBand[];
  /** New data are on their way: what is shown stays, dimmed. */
  readonly busy?: boolean;
  /** Charts with the same key move their cursors together. */
  readonly syncKey?: string;
}

export interface OverviewStripProps {
  /** The strip's name for those who do not see it. */
  readonly label: string;
  readonly series: readonly ChartSeries[];
  /** All of the time that can be chosen from. */
  readonly range: TimeRange;
  /** The part that the chart above shows. */
  readonly selection: TimeRange;
  /** Once the selection was moved or resized: at the end of a drag, at each key. */
  readonly onSelect: (range: TimeRange) => void;
}

export interface StateBandProps {
  /** The band's name for those who do not see it, such as "State of latency-high". */
  readonly label: string;
  readonly range: TimeRange;
  readonly bands: readonly TimeBand[];
}

export interface SparklineProps {
  /** What it shows; the last value is added to it for those who do not see it. */
  readonly label: string;
  /** As the api answers: newest first. */
  readonly points: readonly ChartPoint[];
  readonly windowMinutes?: number;
  readonly unit?: string;
  /** In CSS pixels. Default 120 × 28. */
  readonly width?: number;
  readonly height?: number;
}
