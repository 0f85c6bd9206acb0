/** The part of a canvas that shows values, in the canvas' own pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Paints within the box only, and leaves the canvas' state as it was. */
export function clipped(ctx: CanvasRenderingContext2D, { left, top, width, height }: Box, paint: () => void): void {
  ctx.save();
  ctx.beginPath();
  // Whole pixels: a clip through the middle of one has to be blended, which costs more than the lines in it.
  const [x, y] = [Math.floor(left), Math.floor(top)];
  ctx.rect(x, y, Math.ceil(left + width) - x, Math.ceil(top + height) - y);
  ctx.clip();
  paint();
  ctx.restore();
}
