import { Group, NativeSelect } from '@mantine/core';
import { AGGREGATORS } from '@cave/core/language';
import { useState } from 'react';
import { CustomRange } from './custom-range.js';
import { minutesInWords } from '../../../metrics/evaluation-steps.js';
import classes from '../metrics.module.css';
import type { MetricSeries } from './series-query.js';
import { PRESET_LABELS, PRESET_NAMES, type Preset } from '../../../metrics/time-span.js';
import type { MetricViewInAddress } from './use-metric-view.js';
import { REFRESH_SECONDS, type MetricView, type Refresh } from './view-state.js';

const WINDOWS = [1, 2, 5, 10, 15, 30, 60, 180, 360, 720, 1_440] as const;
const REFRESH_LABELS: Readonly<Record<Refresh, string>> = { off: 'off', '5s': 'every 5 seconds', '10s': 'every 10 seconds', '30s': 'every 30 seconds', '1m': 'every minute' };
const CUSTOM = 'custom';

interface MetricControlsProps {
  readonly view: MetricView;
  readonly change: MetricViewInAddress['change'];
  readonly tagNames: readonly string[];
  /** Undefined until something has come. */
  readonly shown: MetricSeries | undefined;
}

/** What is shown of a metric: how it is aggregated, of which time, one line or several. */
export function MetricControls({ view, change, tagNames, shown }: MetricControlsProps): React.ReactNode {
  const [customOpened, setCustomOpened] = useState(false);
  const custom = customOpened || typeof view.span !== 'string';
  const fixed = view.zoom !== null || typeof view.span !== 'string';
  const windows = [...new Set([...WINDOWS, ...(view.window === 'auto' ? [] : [view.window])])].sort((a, b) => a - b);
  const splits = view.split === null || tagNames.includes(view.split) ? tagNames : [...tagNames, view.split];
  const auto = view.window === 'auto' && view.aggregator !== 'raw' && shown !== undefined ? `auto (${minutesInWords(shown.windowMinutes)})` : 'auto';
  return (
    <>
      <Group gap="sm" align="flex-end" className={classes.controls}>
        <NativeSelect
          label="Range"
          value={custom ? CUSTOM : view.span}
          onChange={({ currentTarget: { value } }) => {
            setCustomOpened(value === CUSTOM);
            if (value !== CUSTOM) change({ span: value as Preset, zoom: null });
          }}
          data={[...PRESET_NAMES.map((name) => ({ value: name, label: PRESET_LABELS[name] })), { value: CUSTOM, label: 'From … to …' }]}
        />
        <NativeSelect
          label="Aggregator"
          value={view.aggregator}
          onChange={(event) => change({ aggregator: event.currentTarget.value as MetricView['aggregator'] })}
          data={[{ value: 'raw', label: 'none: raw points' }, ...AGGREGATORS]}
        />
        <NativeSelect
          label="Window"
          value={String(view.window)}
          disabled={view.aggregator === 'raw'}
          onChange={({ currentTarget: { value } }) => change({ window: value === 'auto' ? 'auto' : Number(value) })}
          data={[{ value: 'auto', label: auto }, ...windows.map((minutes) => ({ value: String(minutes), label: minutesInWords(minutes) }))]}
        />
        <NativeSelect
          label="One series for each"
          value={view.split ?? ''}
          disabled={splits.length === 0}
          onChange={({ currentTarget: { value } }) => change({ split: value === '' ? null : value, showAll: false })}
          data={[{ value: '', label: 'no split: one for all' }, ...splits]}
        />
        <NativeSelect
          label="Refresh"
          value={fixed ? 'off' : view.refresh}
          disabled={fixed}
          title={fixed ? 'Only a range that ends now is refreshed' : undefined}
          onChange={(event) => change({ refresh: event.currentTarget.value as Refresh })}
          data={(Object.keys(REFRESH_SECONDS) as Refresh[]).map((refresh) => ({ value: refresh, label: REFRESH_LABELS[refresh] }))}
        />
      </Group>
      {custom && (
        <CustomRange
          key={JSON.stringify(view.span)}
          initial={typeof view.span === 'string' ? shown?.range : view.span}
          onApply={(span) => {
            setCustomOpened(false);
            change({ span, zoom: null });
          }}
        />
      )}
    </>
  );
}
