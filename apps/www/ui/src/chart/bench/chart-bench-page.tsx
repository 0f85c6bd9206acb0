import { Stack, Text, Title } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { TimeSeriesChart } from '../time-series-chart.js';
import type { ChartSeries, TimeRange } from '../types.js';
import { frameTimesOf, measureFrames, nextFrame, type FrameTimes } from './frame-times.js';
import { advanced, syntheticRange, syntheticSeries } from './synthetic-series.js';

const SERIES = 100;
const WINDOWS = 1440;
const DRAWINGS = 5;
const FRAMES = { 'cursor moves': 240, 'zoom steps': 60, 'live updates': 30 } as const;

type Figures = Readonly<Record<'initial draw' | keyof typeof FRAMES, FrameTimes>>;

interface Shown {
  readonly series: readonly ChartSeries[];
  readonly range: TimeRange;
}

/**
 * How fluid a chart of 100 series with 1,440 windows is: it draws, moves its cursor, zooms and
 * updates itself, and tells the times of the frames, for people in a table and for
 * `npm run bench -- chart` as JSON.
 */
export default function ChartBenchPage(): React.ReactNode {
  const stage = useRef<HTMLDivElement>(null);
  const [shown, setShown] = useState<Shown>();
  const [figures, setFigures] = useState<Figures>();
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    let left = false;
    // At once and not when React finds time: what is measured is the frame in which it happens.
    const show = (next: Shown | undefined): void => {
      if (left) throw new Error('The page was left while it measured.');
      flushSync(() => setShown(next));
    };
    measure(show, () => stage.current).then(setFigures, (error: unknown) => {
      if (!left) setFailure(error instanceof Error ? error.message : String(error));
    });
    return () => {
      left = true;
    };
  }, []);
  return (
    <Stack p="md">
      <Title order={1} size="h3">Frame times of a chart</Title>
      <Text>{SERIES} series with {WINDOWS} windows each; every time is that from one frame to the next, in milliseconds.</Text>
      <div ref={stage}>{shown !== undefined && <TimeSeriesChart label="Synthetic series" {...shown} onRange={() => undefined} />}</div>
      <output aria-live="polite">{failure ?? (figures === undefined ? 'Measuring; keep this page in front.' : 'Done.')}</output>
      {figures !== undefined && <FigureTable figures={figures} />}
      {figures !== undefined && <pre data-testid="frame-times">{JSON.stringify(figures)}</pre>}
      {failure !== undefined && <pre data-testid="frame-times-failure">{failure}</pre>}
    </Stack>
  );
}

function FigureTable({ figures }: { readonly figures: Figures }): React.ReactNode {
  return (
    <table>
      <thead>
        <tr>{['what', 'frames', 'p50', 'p95', 'max'].map((head) => <th key={head} scope="col">{head}</th>)}</tr>
      </thead>
      <tbody>
        {Object.entries(figures).map(([what, { frames, p50, p95, max }]) => (
          <tr key={what}>
            <th scope="row">{what}</th>
            <td>{frames}</td>
            {[p50, p95, max].map((time, i) => <td key={i}>{time.toFixed(1)}</td>)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

async function measure(show: (shown: Shown | undefined) => void, stage: () => HTMLElement | null): Promise<Figures> {
  let series = syntheticSeries(SERIES, WINDOWS);
  const whole = syntheticRange(0, WINDOWS);
  const drawings: number[] = [];
  for (let drawing = 0; drawing < DRAWINGS; drawing++) {
    show(undefined);
    const before = await nextFrame();
    // New objects, so that nothing computed before is of use.
    show({ series: series.map((one) => ({ ...one, points: [...one.points] })), range: whole });
    // The plot is made after the first frame and painted by the next.
    await nextFrame();
    drawings.push((await nextFrame()) - before);
  }
  show({ series, range: whole });
  await nextFrame();
  await nextFrame();
  const over = stage()?.querySelector('.u-over');
  if (over === null || over === undefined) throw new Error('The chart drew no plot to move a cursor on.');
  const { left, top, width, height } = over.getBoundingClientRect();
  const cursor = await measureFrames(FRAMES['cursor moves'], (frame) => {
    const share = frame / FRAMES['cursor moves'];
    const at = { clientX: left + width * share, clientY: top + height * (0.5 + 0.4 * Math.sin(12 * share)), movementX: 1, movementY: 1, bubbles: true };
    over.dispatchEvent(new MouseEvent(frame === 0 ? 'mouseenter' : 'mousemove', at));
  });
  over.dispatchEvent(new MouseEvent('mouseleave'));
  const zoom = await measureFrames(FRAMES['zoom steps'], (frame) => {
    const inset = Math.round(((WINDOWS - 60) * frame) / FRAMES['zoom steps']);
    show({ series, range: syntheticRange(Math.floor(inset / 2), WINDOWS - inset) });
  });
  const live = await measureFrames(FRAMES['live updates'], (frame) => {
    series = advanced(series, WINDOWS + frame);
    show({ series, range: syntheticRange(frame + 1, WINDOWS) });
  });
  return { 'initial draw': frameTimesOf(drawings), 'cursor moves': cursor, 'zoom steps': zoom, 'live updates': live };
}
