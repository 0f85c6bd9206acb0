import type { AlignedData } from '../data/align.js';
import type { ColorScheme } from '../palette.js';
import type { Threshold, TimeBand, TimeRange } from '../types.js';
import type { Hidden } from '../data/visibility.js';

/** What a plot shows. */
export interface PlotModel {
  readonly labels: readonly string[];
  /** Index in the palette for each label. */
  readonly colors: readonly number[];
  readonly data: AlignedData;
  readonly hidden: Hidden;
  readonly range: TimeRange;
  readonly unit: string;
  readonly thresholds: readonly Threshold[];
  readonly bands: readonly TimeBand[];
  readonly scheme: ColorScheme;
}

/** Where the pointer is on a plot. */
export interface Hover {
  /** In CSS pixels, from the upper left of the plot with its axes. */
  readonly x: number;
  readonly y: number;
  /** How wide the plot with its axes is. */
  readonly width: number;
  /** The time of the points that are meant. */
  readonly seconds: number;
  /** The value at the pointer's height. */
  readonly value: number;
  /** For each series the index of its value, or null. */
  readonly indexes: readonly (number | null)[];
}

/** What a plot tells of. */
export interface PlotEvents {
  readonly hover: (hover: Hover | null) => void;
  readonly range: ((range: TimeRange) => void) | undefined;
  readonly reset: (() => void) | undefined;
}
