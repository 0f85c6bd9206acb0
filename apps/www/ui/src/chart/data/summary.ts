import { formatValue } from '../format.js';
import { statisticsOf } from './statistics.js';
import type { PlotModel } from '../plot/plot-model.js';
import { localTime } from '../../parts/times.js';

const MOST_SERIES = 5;

/** What a chart shows, in sentences for those who do not see it. */
export function summaryOf(model: PlotModel): string {
  const { labels, data, range, unit, hidden, thresholds } = model;
  const shown = labels.flatMap((label, i) => (hidden.has(label) ? [] : [{ label, values: data[i + 1] ?? [] }]));
  const time = (seconds: number): string => localTime(new Date(seconds * 1000));
  const value = (one: number | null): string => formatValue(one, unit);
  const sentences = [`${shown.length === 1 ? 'One series' : `${shown.length} series`} from ${time(range.start)} to ${time(range.end)}.`];
  for (const { label, values } of shown.slice(0, MOST_SERIES)) {
    const { min, max, last } = statisticsOf(data[0], values, range);
    sentences.push(last === null ? `${label} has no values.` : `${label} lies between ${value(min)} and ${value(max)}, last at ${value(last)}.`);
  }
  if (shown.length > MOST_SERIES) sentences.push(`The other ${shown.length - MOST_SERIES} are in the table of series.`);
  for (const threshold of thresholds) sentences.push(`A line marks ${threshold.label} at ${value(threshold.value)}.`);
  return sentences.join(' ');
}
