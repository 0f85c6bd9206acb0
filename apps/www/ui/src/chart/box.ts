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
  ctx.rect(left, top, width, height);
  ctx.clip();
  paint();
  ctx.restore();
}
