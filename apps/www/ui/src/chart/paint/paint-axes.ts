import type { Box } from './box.js';
import type { ChartColors } from './chart-colors.js';
import { formatTicks } from '../format.js';
import { scaledFont } from './paint-thresholds.js';
import { timeTickLabels, timeTicks } from '../plot/time-axis.js';
import type { TimeRange } from '../types.js';
import { valueTicks, type ValueRange } from '../data/value-range.js';
import type { Zone } from '../zone.js';

/** Room that a label needs, in CSS pixels. */
const TIME_LABEL_WIDTH = 64;
const VALUE_LABEL_HEIGHT = 36;
const LINE_HEIGHT = 13;
const GAP = 6;
/** The grid is to be seen only by who looks for it. */
const GRID_ALPHA = 0.6;
/** Quieter than the text of the page, with more than the contrast that small text needs. */
const LABEL_ALPHA = 0.75;

/** Below the plot: two lines of labels. In CSS pixels. */
export const TIME_AXIS_HEIGHT = 2 * LINE_HEIGHT + GAP;
/** What the value axis needs at least, so that charts under each other mostly line up. */
export const LEAST_VALUE_AXIS_WIDTH = 48;

/** Ticks of values and what is written at them, for an axis of that height in CSS pixels. */
export function valueAxis(range: ValueRange, height: number, unit: string): { ticks: number[]; labels: string[] } {
  const ticks = valueTicks(range, Math.max(1, Math.floor(height / VALUE_LABEL_HEIGHT)));
  return { ticks, labels: formatTicks(ticks, unit) };
}

/** How wide the value axis must be for its labels, in CSS pixels. */
export function valueAxisWidth(ctx: CanvasRenderingContext2D, labels: readonly string[], font: string): number {
  ctx.save();
  ctx.font = font;
  const widest = Math.max(0, ...labels.map((label) => ctx.measureText(label).width));
  ctx.restore();
  return Math.max(LEAST_VALUE_AXIS_WIDTH, Math.ceil(widest) + 2 * GAP);
}

/**
 * Grid lines and labels of both axes. uPlot's own axes know the browser's zone only by way of
 * slow conversions of each date, and show nothing from 10¹⁷ on; these are the helpers' ticks.
 */
export function paintAxes(ctx: CanvasRenderingContext2D, box: Box, times: TimeRange, values: ValueRange, unit: string, zone: Zone, colors: ChartColors, ratio: number): void {
  ctx.save();
  ctx.font = scaledFont(colors.font, ratio);
  ctx.fillStyle = colors.text;
  ctx.strokeStyle = colors.grid;
  ctx.lineWidth = Math.max(1, Math.round(ratio));
  ctx.globalAlpha = LABEL_ALPHA;
  paintValues(ctx, box, values, unit, ratio);
  paintTimes(ctx, box, times, zone, ratio);
  ctx.restore();
}

function paintValues(ctx: CanvasRenderingContext2D, box: Box, range: ValueRange, unit: string, ratio: number): void {
  const { ticks, labels } = valueAxis(range, box.height / ratio, unit);
  ctx.textAlign = 'right';
  ctx.textBaseline = 'middle';
  ctx.beginPath();
  ticks.forEach((tick, i) => {
    const y = crisp(box.top + box.height * (1 - (tick - range[0]) / (range[1] - range[0])), ctx.lineWidth);
    ctx.moveTo(box.left, y);
    ctx.lineTo(box.left + box.width, y);
    ctx.fillText(labels[i] as string, box.left - GAP * ratio, y);
  });
  strokeGrid(ctx);
}

function paintTimes(ctx: CanvasRenderingContext2D, box: Box, range: TimeRange, zone: Zone, ratio: number): void {
  const ticks = timeTicks(range, Math.max(1, Math.floor(box.width / ratio / TIME_LABEL_WIDTH)), zone);
  const labels = timeTickLabels(ticks, zone);
  ctx.textAlign = 'center';
  ctx.textBaseline = 'top';
  ctx.beginPath();
  ticks.forEach((tick, i) => {
    const x = crisp(box.left + (box.width * (tick - range.start)) / (range.end - range.start), ctx.lineWidth);
    ctx.moveTo(x, box.top);
    ctx.lineTo(x, box.top + box.height);
    (labels[i] as string).split('\n').forEach((line, row) => ctx.fillText(line, x, box.top + box.height + (GAP + row * LINE_HEIGHT) * ratio));
  });
  strokeGrid(ctx);
}

function strokeGrid(ctx: CanvasRenderingContext2D): void {
  ctx.globalAlpha = GRID_ALPHA;
  ctx.stroke();
  ctx.globalAlpha = LABEL_ALPHA;
}

/** The middle of a pixel for lines of odd width: between two pixels they would be two grey ones. */
function crisp(position: number, lineWidth: number): number {
  return Math.round(position) + (lineWidth % 2) / 2;
}
