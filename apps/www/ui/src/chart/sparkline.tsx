import { useComputedColorScheme } from '@mantine/core';
import { useLayoutEffect, useMemo, useRef } from 'react';
import { alignSeries } from './data/align.js';
import { formatValue } from './format.js';
import { paintLines } from './paint/paint-lines.js';
import { PALETTES } from './palette.js';
import type { SparklineProps } from './types.js';

const WIDTH = 120;
const HEIGHT = 28;

/** A line as high as a line of text, to see at a glance what a value did. Painted once: fifty of them cost little. */
export function Sparkline({ label, points, windowMinutes, unit = '', width = WIDTH, height = HEIGHT }: SparklineProps): React.ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useComputedColorScheme('light');
  const data = useMemo(() => alignSeries([{ label: '', points, ...(windowMinutes === undefined ? {} : { windowMinutes }) }]), [points, windowMinutes]);
  useLayoutEffect(() => {
    const element = canvas.current;
    const [times] = data;
    if (element === null) return;
    const ratio = devicePixelRatio;
    element.width = Math.round(width * ratio);
    element.height = Math.round(height * ratio);
    const [first, last] = [times[0], times.at(-1)];
    if (first === undefined || last === undefined) return;
    // The last point belongs to what is shown, and a single one stands in the middle.
    const range = first === last ? { start: first - 1, end: first + 1 } : { start: first, end: last + Number.EPSILON * last };
    paintLines(element, data, range, [PALETTES[scheme][0] as string], ratio);
  }, [data, width, height, scheme]);
  const last = data[1]?.findLast((value) => typeof value === 'number');
  return <canvas ref={canvas} role="img" style={{ width, height }} aria-label={last === undefined ? `${label}: no values` : `${label}: last ${formatValue(last, unit)}`} />;
}
