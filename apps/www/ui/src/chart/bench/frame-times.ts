/** How long frames took, in milliseconds, and how many there were. */
export interface FrameTimes {
  readonly frames: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** Nearest ranks of times in milliseconds. RangeError for none: nothing was measured then. */
export function frameTimesOf(times: readonly number[]): FrameTimes {
  if (times.length === 0) throw new RangeError('No frame was measured.');
  const sorted = times.toSorted((a, b) => a - b);
  const rank = (share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] as number;
  return { frames: sorted.length, p50: rank(0.5), p95: rank(0.95), max: rank(1) };
}

export function nextFrame(): Promise<number> {
  return new Promise((resolve) => {
    requestAnimationFrame(resolve);
  });
}

/**
 * Does something in each of so many frames and measures the time from one frame to the next: what
 * somebody who looks on sees. A frame is not shorter than the screen's, so that work that fits into
 * one does not show.
 */
export async function measureFrames(frames: number, act: (frame: number) => void): Promise<FrameTimes> {
  const times: number[] = [];
  let before = await nextFrame();
  for (let frame = 0; frame < frames; frame++) {
    act(frame);
    const now = await nextFrame();
    times.push(now - before);
    before = now;
  }
  return frameTimesOf(times);
}
