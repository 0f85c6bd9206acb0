import { useComputedColorScheme } from '@mantine/core';
import { useLayoutEffect, useRef, useState } from 'react';
import { localTime } from '../../parts/times.js';
import classes from '../chart.module.css';
import { overviewKey } from './overview-keys.js';
import { paintLines } from '../paint/paint-lines.js';
import { PALETTES, colorIndexes } from '../palette.js';
import type { OverviewStripProps, TimeRange } from '../types.js';
import { useAligned } from '../data/use-aligned.js';
import { useOverviewDrag } from './use-overview-drag.js';
import { clampRange } from '../zoom.js';

type Part = 'move' | 'start' | 'end';

/** All of the time in small, with a window on the part that is shown: to be dragged, resized, or moved with the arrow keys. */
export function OverviewStrip({ label, series, range, selection, onSelect }: OverviewStripProps): React.ReactNode {
  const strip = useRef<HTMLDivElement>(null);
  const { draft, drag } = useOverviewDrag(strip, range, selection, onSelect);
  const shown = draft ?? selection;
  const share = (seconds: number): string => `${(100 * (seconds - range.start)) / (range.end - range.start)}%`;
  const step = (part: Part) => (event: React.KeyboardEvent): void => {
    const next = overviewKey(event, part, selection, range);
    if (next === undefined) return;
    event.preventDefault();
    onSelect(next);
  };
  const slider = (part: Part, name: string, at: number, text: string): React.HTMLAttributes<HTMLDivElement> => ({
    role: 'slider', tabIndex: 0, 'aria-label': name, 'aria-valuemin': range.start, 'aria-valuemax': range.end, 'aria-valuenow': at, 'aria-valuetext': text,
    // Around all that there is, the window cannot move, and leaves no free ground for a new one.
    onKeyDown: step(part), onPointerDown: drag(part === 'move' && clampRange(selection, range) === range ? 'new' : part),
  });
  return (
    <div className={classes['overview']} role="group" aria-label={label} ref={strip} onPointerDown={drag('new')}>
      <Lines series={series} range={range} />
      <div className={classes['shade']} style={{ left: 0, width: share(shown.start) }} />
      <div className={classes['shade']} style={{ left: share(shown.end), right: 0 }} />
      <div className={classes['window']} style={{ left: share(shown.start), right: `calc(100% - ${share(shown.end)})` }} {...slider('move', 'Shown part; arrow keys move it, with Shift they resize it', shown.start, rangeText(shown))} />
      <div className={classes['handle']} style={{ left: share(shown.start) }} {...slider('start', 'Start of the shown part', shown.start, timeText(shown.start))} />
      <div className={classes['handle']} style={{ left: share(shown.end) }} {...slider('end', 'End of the shown part', shown.end, timeText(shown.end))} />
    </div>
  );
}

function Lines({ series, range: { start, end } }: Pick<OverviewStripProps, 'series' | 'range'>): React.ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useComputedColorScheme('light');
  const data = useAligned(series);
  const names = series.map((one) => one.label).join('\u0000');
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    const element = canvas.current;
    if (element === null || width === 0) return;
    const ratio = devicePixelRatio;
    element.width = Math.round(width * ratio);
    element.height = Math.round(element.clientHeight * ratio);
    const labels = names.split('\u0000');
    const indexes = colorIndexes(labels);
    paintLines(element, data, { start, end }, labels.map((name) => PALETTES[scheme][indexes.get(name) as number] as string), ratio);
  }, [data, names, start, end, scheme, width]);
  return <canvas ref={canvas} aria-hidden="true" />;
}

function timeText(seconds: number): string {
  return localTime(new Date(seconds * 1000));
}

function rangeText({ start, end }: TimeRange): string {
  return `${timeText(start)} to ${timeText(end)}`;
}
