import { clipped, type Box } from './box.js';
import type { ChartColors } from './chart-colors.js';
import type { Threshold } from '../types.js';

/** Dashed lines over the series, each with its label on it, on the side where it fits. */
export function paintThresholds(ctx: CanvasRenderingContext2D, box: Box, thresholds: readonly Threshold[], toY: (value: number) => number, colors: ChartColors, ratio: number): void {
  if (thresholds.length === 0) return;
  const padding = 4 * ratio;
  const height = 14 * ratio;
  clipped(ctx, box, () => {
    ctx.lineWidth = 1.5 * ratio;
    ctx.strokeStyle = colors.text;
    ctx.font = scaledFont(colors.font, ratio);
    ctx.textAlign = 'right';
    ctx.textBaseline = 'middle';
    for (const { value, label } of thresholds) {
      const y = Math.round(toY(value));
      ctx.setLineDash([6 * ratio, 4 * ratio]);
      ctx.beginPath();
      ctx.moveTo(box.left, y);
      ctx.lineTo(box.left + box.width, y);
      ctx.stroke();
      const width = ctx.measureText(label).width + 2 * padding;
      const right = box.left + box.width;
      const top = y - height - padding / 2 < box.top ? y + padding / 2 : y - height - padding / 2;
      ctx.fillStyle = colors.background;
      ctx.globalAlpha = 0.85;
      ctx.fillRect(right - width, top, width, height);
      ctx.globalAlpha = 1;
      ctx.fillStyle = colors.text;
      ctx.fillText(label, right - padding, top + height / 2);
    }
  });
}

/** A CSS font with its size in canvas pixels. */
export function scaledFont(font: string, ratio: number): string {
  return font.replace(/^([0-9.]+)px/, (_, size: string) => `${Number(size) * ratio}px`);
}
