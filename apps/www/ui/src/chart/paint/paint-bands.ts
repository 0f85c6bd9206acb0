import { clipped, type Box } from './box.js';
import type { BandKind, TimeBand } from '../types.js';

const TINT = 0.13;
const MARK = 0.45;
/** A strip along the lower edge that stays clear where lines cover the tint. */
const STRIP_HEIGHT = 4;
const TILE = 8;

/**
 * Bands behind the series. Each kind has a pattern beside its colour, as red and green are one
 * colour to many: bad is hatched, unknown is dotted, good is plain. `toX` gives the place of a
 * time and `ratio` canvas pixels to a CSS pixel.
 */
export function paintBands(ctx: CanvasRenderingContext2D, box: Box, bands: readonly TimeBand[], toX: (seconds: number) => number, colors: Readonly<Record<BandKind, string>>, ratio: number): void {
  if (bands.length === 0) return;
  const marks: Record<BandKind, CanvasPattern | undefined> = { good: undefined, bad: hatch(ctx, colors.bad, ratio), unknown: dots(ctx, colors.unknown, ratio) };
  clipped(ctx, box, () => {
    for (const { start, end, kind } of bands) {
      const left = toX(start);
      // A band of a second in a range of weeks is still there.
      const width = Math.max(ratio, toX(end) - left);
      ctx.fillStyle = colors[kind];
      ctx.globalAlpha = TINT;
      ctx.fillRect(left, box.top, width, box.height);
      const mark = marks[kind];
      if (mark !== undefined) {
        ctx.globalAlpha = MARK;
        ctx.fillStyle = mark;
        ctx.fillRect(left, box.top, width, box.height);
        ctx.fillStyle = colors[kind];
      }
      ctx.globalAlpha = 1;
      ctx.fillRect(left, box.top + box.height - STRIP_HEIGHT * ratio, width, STRIP_HEIGHT * ratio);
    }
  });
}

function hatch(ctx: CanvasRenderingContext2D, color: string, ratio: number): CanvasPattern | undefined {
  return tiled(ctx, ratio, (tile, size) => {
    tile.strokeStyle = color;
    tile.lineWidth = ratio;
    tile.beginPath();
    // Three strokes, so that the corners meet those of the neighbouring tiles.
    for (const offset of [-size, 0, size]) {
      tile.moveTo(offset, size);
      tile.lineTo(offset + size, 0);
    }
    tile.stroke();
  });
}

function dots(ctx: CanvasRenderingContext2D, color: string, ratio: number): CanvasPattern | undefined {
  return tiled(ctx, ratio, (tile, size) => {
    tile.fillStyle = color;
    tile.beginPath();
    tile.arc(size / 2, size / 2, ratio, 0, 2 * Math.PI);
    tile.fill();
  });
}

function tiled(ctx: CanvasRenderingContext2D, ratio: number, paint: (tile: CanvasRenderingContext2D, size: number) => void): CanvasPattern | undefined {
  const canvas = document.createElement('canvas');
  const size = Math.round(TILE * ratio);
  canvas.width = size;
  canvas.height = size;
  const tile = canvas.getContext('2d');
  if (tile === null) return undefined;
  paint(tile, size);
  return ctx.createPattern(canvas, 'repeat') ?? undefined;
}
