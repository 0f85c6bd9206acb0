import uPlot from 'uplot';
import type { Value } from '../data/align.js';
import { clipped } from './box.js';
import { traceLine } from './line-path.js';

/**
 * The lines of all series that are shown, `width` CSS pixels wide, under one clip. uPlot would clip
 * each series twice: to the plot, and to what is no gap. With a hundred series those clips take
 * longer than the lines.
 */
export function paintSeries(plot: uPlot, width: number, colorOf: (index: number) => string): void {
  const { ctx, bbox } = plot;
  const { x, y } = plot.scales as Record<'x' | 'y', { min: number; max: number }>;
  const [perSecond, perValue] = [bbox.width / (x.max - x.min), bbox.height / (y.max - y.min)];
  const toX = (time: number): number => bbox.left + (time - x.min) * perSecond;
  const toY = (value: number): number => bbox.top + (y.max - value) * perValue;
  const [times] = plot.data;
  clipped(ctx, bbox, () => {
    ctx.lineWidth = width * uPlot.pxRatio;
    ctx.lineJoin = 'round';
    // A line as wide as a pixel lies on one, and not half on each of two.
    const shift = (ctx.lineWidth % 2) / 2;
    ctx.translate(shift, shift);
    plot.series.forEach(({ show, idxs }, index) => {
      if (index === 0 || show !== true || idxs === undefined) return;
      const values = plot.data[index] as Value[];
      const [first, last] = idxs;
      ctx.strokeStyle = colorOf(index);
      ctx.beginPath();
      // One value more on either side, as the line goes on beyond the edges.
      traceLine(ctx, times, values, reach(values, first, -1), reach(values, last, 1), toX, toY);
      ctx.stroke();
    });
  });
}

/** The nearest index beyond `index` in that direction with a value or a gap; `index` where there is none. */
function reach(values: readonly Value[], index: number, step: 1 | -1): number {
  for (let i = index + step; i >= 0 && i < values.length; i += step) if (values[i] !== undefined) return i;
  return index;
}
