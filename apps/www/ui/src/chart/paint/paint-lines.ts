import { isolatedIndexes, type AlignedData, type Value } from '../data/align.js';
import { traceLine } from './line-path.js';
import type { TimeRange } from '../types.js';
import { valueRange } from '../data/value-range.js';

const PADDING = 2;
const DOT_RADIUS = 1.5;

/** Lines without axes, filling the canvas: for a sparkline and the overview. */
export function paintLines(canvas: HTMLCanvasElement, data: AlignedData, range: TimeRange, colors: readonly string[], ratio: number): void {
  const ctx = canvas.getContext('2d');
  if (ctx === null) throw new Error('This browser gives no canvas to draw on.');
  const [times, ...columns] = data;
  const { width, height } = canvas;
  const padding = PADDING * ratio;
  const [low, high] = valueRange(...extremes(times, columns, range));
  const toX = (seconds: number): number => padding + ((seconds - range.start) / (range.end - range.start)) * (width - 2 * padding);
  const toY = (value: number): number => height - padding - ((value - low) / (high - low)) * (height - 2 * padding);
  ctx.clearRect(0, 0, width, height);
  ctx.lineWidth = ratio;
  ctx.lineJoin = 'round';
  columns.forEach((values, i) => {
    ctx.strokeStyle = ctx.fillStyle = colors[i] as string;
    ctx.beginPath();
    traceLine(ctx, times, values, 0, values.length - 1, toX, toY);
    ctx.stroke();
    for (const at of isolatedIndexes(values)) {
      ctx.beginPath();
      ctx.arc(toX(times[at] as number), toY(values[at] as number), DOT_RADIUS * ratio, 0, 2 * Math.PI);
      ctx.fill();
    }
  });
}

function extremes(times: readonly number[], columns: readonly (readonly Value[])[], { start, end }: TimeRange): [low: number | null, high: number | null] {
  let [low, high] = [Infinity, -Infinity];
  for (const values of columns) {
    values.forEach((value, i) => {
      const time = times[i] as number;
      if (value === null || value === undefined || time < start || time >= end) return;
      if (value < low) low = value;
      if (value > high) high = value;
    });
  }
  return low > high ? [null, null] : [low, high];
}
