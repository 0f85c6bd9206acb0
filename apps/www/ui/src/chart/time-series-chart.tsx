import { Button, Group, useComputedColorScheme } from '@mantine/core';
import { useDeferredValue, useId, useMemo, useState } from 'react';
import { BandLegend } from './bands/band-legend.js';
import classes from './chart.module.css';
import { DataTable } from './legend/data-table.js';
import { createHoverStore } from './hover/hover-store.js';
import { Legend } from './legend/legend.js';
import { colorIndexes } from './palette.js';
import type { PlotModel } from './plot/plot-model.js';
import { Plot } from './plot/plot.js';
import { summaryOf } from './data/summary.js';
import { Tooltip } from './hover/tooltip.js';
import type { Threshold, TimeBand, TimeSeriesChartProps } from './types.js';
import { useAligned } from './data/use-aligned.js';
import type { Hidden } from './data/visibility.js';
import { zoneOf } from './zone.js';

const HEIGHT = 280;
const ZONE = zoneOf();
const NO_THRESHOLDS: readonly Threshold[] = [];
const NO_BANDS: readonly TimeBand[] = [];

/** Lines over time with axes, tooltip and legend; dragging over it asks the page for another range. */
export function TimeSeriesChart({ label, series, range, onRange, onReset, zoomed = false, unit = '', height = HEIGHT, thresholds = NO_THRESHOLDS, bands = NO_BANDS, busy = false, syncKey }: TimeSeriesChartProps): React.ReactNode {
  const scheme = useComputedColorScheme('light');
  const [hidden, setHidden] = useState<Hidden>(new Set());
  const [asTable, setAsTable] = useState(false);
  const [hover] = useState(createHoverStore);
  const summaryId = useId();
  const data = useAligned(series);
  const labelsText = series.map((one) => one.label).join('\u0000');
  const { labels, colors } = useMemo(() => {
    const names = labelsText === '' ? [] : labelsText.split('\u0000');
    const indexes = colorIndexes(names);
    return { labels: names, colors: names.map((name) => indexes.get(name) as number) };
  }, [labelsText]);
  const { start, end } = range;
  const model: PlotModel = useMemo(
    () => ({ labels, colors, data, hidden, range: { start, end }, unit, thresholds, bands, scheme }),
    [labels, colors, data, hidden, start, end, unit, thresholds, bands, scheme],
  );
  // Words and numbers of a hundred series come after the picture, and not for each step of a drag.
  const later = useDeferredValue(model);
  const summary = useMemo(() => summaryOf(later), [later]);
  const empty = !data[0].some((time) => time >= start && time < end);
  return (
    <figure className={classes['figure']} aria-label={label} aria-busy={busy}>
      <div className={classes['stage']} data-busy={busy || undefined}>
        <div role="img" aria-label={label} aria-describedby={summaryId}>
          <Plot model={model} events={{ hover: hover.set, range: onRange, reset: onReset }} height={height} zone={ZONE} syncKey={syncKey} />
        </div>
        {!busy && <Tooltip store={hover} model={model} />}
        {empty && !busy && <p className={classes['empty']}>No values in this range.</p>}
      </div>
      <p id={summaryId} className={classes['visuallyHidden']}>{summary}</p>
      <Group justify="space-between" gap="xs">
        <BandLegend bands={bands} />
        <Group gap="xs" ml="auto">
          {zoomed && onReset !== undefined && <Button size="compact-xs" variant="light" onClick={onReset}>Reset zoom</Button>}
          <Button size="compact-xs" variant="subtle" aria-expanded={asTable} onClick={() => setAsTable(!asTable)}>{asTable ? 'Hide the table' : 'Show data as table'}</Button>
        </Group>
      </Group>
      {labels.length > 0 && <Legend label={label} model={later} hidden={hidden} onHidden={setHidden} />}
      {asTable && <DataTable model={model} label={label} />}
    </figure>
  );
}
