import { localTime, utcTime } from '../../parts/times.js';
import classes from '../chart.module.css';
import { formatExact } from '../format.js';
import type { PlotModel } from '../plot/plot-model.js';

const MOST_ROWS = 200;
const MOST_COLUMNS = 20;

/** The newest values as a table, each in full. */
export function DataTable({ model, label }: { readonly model: PlotModel; readonly label: string }): React.ReactNode {
  const { labels, data, range, unit, hidden } = model;
  const [times] = data;
  const shown = labels.flatMap((name, i) => (hidden.has(name) ? [] : [{ name, values: data[i + 1] ?? [] }]));
  const columns = shown.slice(0, MOST_COLUMNS);
  const within = times.flatMap((time, i) => (time >= range.start && time < range.end && columns.some(({ values }) => typeof values[i] === 'number') ? [i] : []));
  const rows = within.slice(-MOST_ROWS).reverse();
  return (
    <div className={classes['data']} role="region" aria-label={`Data of ${label}`} tabIndex={0}>
      <table>
        <caption>
          {rows.length === 0 ? 'No values in this range.' : `${rows.length === within.length ? 'All' : `The newest ${rows.length} of`} ${within.length} times`}
          {columns.length < shown.length && `, for the first ${columns.length} of ${shown.length} series; hide some to see others`}
        </caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {columns.map(({ name }) => <th key={name} scope="col" className={classes['number']}>{name}</th>)}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const at = new Date((times[row] as number) * 1000);
            return (
              <tr key={row}>
                <th scope="row"><time dateTime={at.toISOString()} title={utcTime(at)}>{localTime(at)}</time></th>
                {columns.map(({ name, values }) => <td key={name} className={classes['number']}>{typeof values[row] === 'number' ? formatExact(values[row], unit) : '–'}</td>)}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
