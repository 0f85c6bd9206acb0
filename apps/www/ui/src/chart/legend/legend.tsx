import { memo, useMemo } from 'react';
import classes from '../chart.module.css';
import { formatValue } from '../format.js';
import { PALETTES } from '../palette.js';
import type { PlotModel } from '../plot/plot-model.js';
import { statisticsOf } from '../data/statistics.js';
import { isolated, toggled, type Hidden } from '../data/visibility.js';

interface LegendProps {
  /** The chart's name. */
  readonly label: string;
  readonly model: PlotModel;
  /** What is hidden now, which the model may learn later. */
  readonly hidden: Hidden;
  readonly onHidden: (hidden: Hidden) => void;
}

const COLUMNS = ['last', 'min', 'max', 'mean'] as const;

/**
 * The series with what they were last, at least, at most and on average. The name shows one series
 * alone (with ctrl or shift: hides or shows it), the box hides or shows it, for fingers and readers
 * that hold no key.
 */
export const Legend = memo(function Legend({ label: chart, model, hidden, onHidden }: LegendProps): React.ReactNode {
  const { labels, data, range, unit, colors, scheme } = model;
  const statistics = useMemo(() => labels.map((_, i) => statisticsOf(data[0], data[i + 1] ?? [], range)), [labels, data, range]);
  return (
    <div className={classes['legend']} role="region" aria-label={`Series of ${chart}`} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Series</th>
            {COLUMNS.map((column) => <th key={column} scope="col" className={classes['number']}>{column}</th>)}
          </tr>
        </thead>
        <tbody>
          {labels.map((label, i) => (
            <tr key={label} data-hidden={hidden.has(label) || undefined}>
              <th scope="row">
                <div className={classes['legendName']}>
                  <input type="checkbox" checked={!hidden.has(label)} onChange={() => onHidden(toggled(hidden, label))} aria-label={`Show ${label}`} style={{ accentColor: PALETTES[scheme][colors[i] as number] }} />
                  <span className={classes['swatch']} style={{ backgroundColor: PALETTES[scheme][colors[i] as number] }} />
                  <button type="button" title="Show this one alone, or all again. With Ctrl or Shift: hide or show it." onClick={({ ctrlKey, metaKey, shiftKey }) => onHidden(ctrlKey || metaKey || shiftKey ? toggled(hidden, label) : isolated(hidden, label, labels))}>
                    {label}
                  </button>
                </div>
              </th>
              {COLUMNS.map((column) => <td key={column} className={classes['number']}>{formatValue(statistics[i]?.[column], unit)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
});
