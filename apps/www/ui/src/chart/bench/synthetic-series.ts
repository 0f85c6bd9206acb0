import type { ChartSeries, TimeRange } from '../types.js';

/** A fixed beginning: the same run draws the same picture. */
const START = Date.UTC(2026, 0, 1) / 1000;
const WINDOW_SECONDS = 60;

/** So many series of so many one-minute windows, without randomness: waves of different lengths, with a gap here and there. */
export function syntheticSeries(count: number, windows: number): ChartSeries[] {
  return Array.from({ length: count }, (_, series) => ({
    label: `host=bench-${String(series).padStart(3, '0')}`,
    windowMinutes: WINDOW_SECONDS / 60,
    // Newest first, as the api answers.
    points: Array.from({ length: windows }, (_point, i) => windows - 1 - i).filter((window) => !missing(series, window)).map((window) => pointOf(series, window)),
  }));
}

/** The same series a window later: the oldest one goes, a new one comes. */
export function advanced(series: readonly ChartSeries[], window: number): ChartSeries[] {
  return series.map((one, i) => ({ ...one, points: [pointOf(i, window), ...one.points.slice(0, -1)] }));
}

/** From the window `first` on. */
export function syntheticRange(first: number, windows: number): TimeRange {
  return { start: START + first * WINDOW_SECONDS, end: START + (first + windows) * WINDOW_SECONDS };
}

function pointOf(series: number, window: number): { time: string; value: number } {
  const value = 50 + series + 20 * Math.sin(window / (20 + series)) + 8 * Math.sin(window * 1.7 + series) + 3 * Math.sin(window * 5.3);
  return { time: new Date((START + window * WINDOW_SECONDS) * 1000).toISOString(), value };
}

function missing(series: number, window: number): boolean {
  return (window + series * 37) % 500 < 3;
}
