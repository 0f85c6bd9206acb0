import { useSyncExternalStore } from 'react';
import { localTime, utcTime } from '../../parts/times.js';
import classes from '../chart.module.css';
import { formatValue } from '../format.js';
import type { HoverStore } from './hover-store.js';
import { nearestValues } from './hover.js';
import { PALETTES } from '../palette.js';
import type { PlotModel } from '../plot/plot-model.js';

const MOST_LINES = 10;
const DISTANCE = 14;

/** Beside the pointer: the time, here and in UTC, and the values nearest to the pointer. */
export function Tooltip({ store, model }: { readonly store: HoverStore; readonly model: PlotModel }): React.ReactNode {
  const hover = useSyncExternalStore(store.subscribe, store.get);
  if (hover === null) return null;
  const { labels, data, unit, bands, colors, scheme, hidden } = model;
  const indexes = hover.indexes.map((index, i) => (hidden.has(labels[i] ?? '') ? null : index));
  const { values, others } = nearestValues(labels, data.slice(1), indexes, hover.value, MOST_LINES);
  const at = new Date(hover.seconds * 1000);
  const states = bands.filter(({ start, end }) => start <= hover.seconds && hover.seconds < end);
  // On the side that has more room, so that it never leaves a narrow screen.
  const place = hover.x > hover.width / 2 ? { right: hover.width - hover.x + DISTANCE } : { left: hover.x + DISTANCE };
  return (
    <div className={classes['tooltip']} style={{ ...place, top: Math.max(0, hover.y - DISTANCE) }} aria-hidden="true">
      <div className={classes['tooltipTime']}>{localTime(at)}</div>
      <div className={classes['tooltipUtc']}>{utcTime(at)}</div>
      {states.map(({ label, start }) => <div key={`${start} ${label}`}>{label}</div>)}
      {values.map(({ label, value, index, nearest }) => (
        <div key={label} className={classes['tooltipValue']} data-nearest={nearest || undefined}>
          <span className={classes['swatch']} style={{ backgroundColor: PALETTES[scheme][colors[index] as number] }} />
          <span className={classes['tooltipLabel']}>{label}</span>
          <span className={classes['number']}>{formatValue(value, unit)}</span>
        </div>
      ))}
      {others > 0 && <div className={classes['tooltipUtc']}>and {others} more, farther from the pointer</div>}
    </div>
  );
}
