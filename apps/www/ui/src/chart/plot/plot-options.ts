import uPlot from 'uplot';
import { isolatedIndexes, type Value } from '../data/align.js';
import { chartColors, type ChartColors } from '../paint/chart-colors.js';
import { LEAST_VALUE_AXIS_WIDTH, paintAxes, TIME_AXIS_HEIGHT, valueAxis, valueAxisWidth } from '../paint/paint-axes.js';
import { paintBands } from '../paint/paint-bands.js';
import { PALETTES } from '../palette.js';
import { paintSeries } from '../paint/paint-series.js';
import { paintThresholds } from '../paint/paint-thresholds.js';
import type { PlotEvents, PlotModel } from './plot-model.js';
import { dragByTouch } from './touch-drag.js';
import { valueRange, type ValueRange } from '../data/value-range.js';
import { rangeOfDrag } from '../zoom.js';
import type { Zone } from '../zone.js';

const TOP_PADDING = 8;
const RIGHT_PADDING = 16;
const POINT_SIZE = 5;
/** With more lines a mark on each hides what it marks and costs an element per line and move. */
const MOST_CURSOR_POINTS = 24;
/** Without a graphics processor a line wider than a pixel takes some forty times as long as a thin one. */
const MOST_THICK_LINES = 4;

export interface PlotSetting {
  readonly size: { readonly width: number; readonly height: number };
  readonly zone: Zone;
  readonly syncKey: string | undefined;
  /** What is to be drawn now: asked for at each drawing, as it changes while the plot stays. */
  readonly model: () => PlotModel;
  readonly events: () => PlotEvents;
}

/** uPlot with our scales, axes, bands and thresholds. All that changes it asks of the model. */
export function plotOptions(element: HTMLElement, { size, zone, syncKey, model, events }: PlotSetting): uPlot.Options {
  const { labels } = model();
  let read: ChartColors | undefined;
  const colors = (): ChartColors => (read ??= chartColors(element));
  const stroke = (_: uPlot, index: number): string => PALETTES[model().scheme][model().colors[index - 1] as number] as string;
  const points: uPlot.Series.Points = { size: POINT_SIZE, stroke, fill: stroke, filter: isolatedPoints };
  const width = labels.length > MOST_THICK_LINES ? 1 : 1.5;
  return {
    ...size,
    legend: { show: false },
    scales: {
      x: { time: true, range: () => [model().range.start, model().range.end] },
      y: { range: (_, low, high) => withThresholds(low, high, model()) },
    },
    axes: [{ show: false }, { show: false }],
    padding: [TOP_PADDING, RIGHT_PADDING, TIME_AXIS_HEIGHT, (plot) => leftPadding(plot, model().unit, () => colors().font)],
    series: [{}, ...labels.map((label) => ({ label, width, stroke, points, paths: () => null, show: !model().hidden.has(label) }))],
    cursor: {
      y: false,
      points: { show: labels.length <= MOST_CURSOR_POINTS, size: POINT_SIZE + 2 },
      drag: { x: events().range !== undefined, y: false, setScale: false },
      bind: { dblclick: () => () => (events().reset?.(), null) },
      // Cursors alone: a drag on one chart is not a drag on its neighbours.
      ...(syncKey === undefined ? {} : { sync: { key: syncKey, scales: ['x', null], setSeries: false, filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' } } }),
    },
    hooks: {
      ready: [(plot) => dragByTouch(plot.over)],
      drawClear: [
        (plot) => {
          const { range, bands, unit } = model();
          read = undefined;
          paintBands(plot.ctx, plot.bbox, bands, (seconds) => plot.valToPos(seconds, 'x', true), colors().bands, uPlot.pxRatio);
          paintAxes(plot.ctx, plot.bbox, range, valuesOf(plot), unit, zone, colors(), uPlot.pxRatio);
        },
      ],
      drawAxes: [(plot) => paintSeries(plot, width, (index) => stroke(plot, index))],
      draw: [
        (plot) => paintThresholds(plot.ctx, plot.bbox, model().thresholds, (value) => plot.valToPos(value, 'y', true), colors(), uPlot.pxRatio),
        // A canvas does not tell what is on it; whoever waits for the picture (tests, benchmarks) waits for this.
        (plot) => {
          plot.root.dataset['state'] = plot.data[0].length === 0 ? 'empty' : 'drawn';
        },
      ],
      setCursor: [(plot) => events().hover(hoverOf(plot))],
      setSelect: [
        (plot) => {
          const { left, width: selected } = plot.select;
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          const range = rangeOfDrag(model().range, plot.over.clientWidth, left, left + selected);
          if (range !== undefined) events().range?.(range);
        },
      ],
    },
  };
}

function withThresholds(low: number | null, high: number | null, { thresholds }: PlotModel): [number, number] {
  const values = [low, high, ...thresholds.map(({ value }) => value)].filter((value) => value !== null);
  return values.length === 0 ? [...valueRange(null, null)] : [...valueRange(Math.min(...values), Math.max(...values))];
}

/** What the value axis shows; uPlot has no values before it knows its scales. */
function valuesOf(plot: uPlot): ValueRange {
  const { min, max } = plot.scales['y'] ?? {};
  return typeof min === 'number' && typeof max === 'number' ? [min, max] : valueRange(null, null);
}

function leftPadding(plot: uPlot, unit: string, font: () => string): number {
  if (typeof plot.scales['y']?.min !== 'number') return LEAST_VALUE_AXIS_WIDTH;
  const { labels } = valueAxis(valuesOf(plot), plot.height - TOP_PADDING - TIME_AXIS_HEIGHT, unit);
  return valueAxisWidth(plot.ctx, labels, font());
}

const isolatedOf = new WeakMap<object, number[]>();

/** Points where no line would be; all of them (null) where uPlot has found that there is room. */
function isolatedPoints(plot: uPlot, index: number, show: boolean): number[] | null {
  if (show) return null;
  const values = plot.data[index] as Value[];
  let isolated = isolatedOf.get(values);
  if (isolated === undefined) {
    isolated = isolatedIndexes(values);
    isolatedOf.set(values, isolated);
  }
  return isolated.length === 0 ? null : isolated;
}

/** Null where the pointer is elsewhere, such as on another chart that shares the cursor. */
function hoverOf(plot: uPlot): ReturnType<() => Parameters<PlotEvents['hover']>[0]> {
  const { left = -1, top = -1, idx, idxs = [], event } = plot.cursor;
  const seconds = idx === null || idx === undefined ? undefined : plot.data[0][idx];
  // The event is absent where the cursor follows another chart's.
  if (left < 0 || top < 0 || seconds === undefined || event === undefined || event === null) return null;
  return {
    x: left + plot.over.offsetLeft, y: top + plot.over.offsetTop, width: plot.width, seconds,
    value: plot.posToVal(top, 'y'), indexes: idxs.slice(1),
  };
}
