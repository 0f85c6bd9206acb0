import { Anchor, Text } from '@mantine/core';
import { bandsOfCondition, OverviewStrip, TimeSeriesChart, type BandWords, type Threshold, type TimeRange } from '../../../chart/index.js';
import { useTenant } from '../../../shell/tenant-scope.js';
import { ChartNotes } from './chart-notes.js';
import type { Evaluation } from '../../../metrics/evaluation-query.js';
import { useOverview } from './overview-query.js';
import type { MetricSeries } from './series-query.js';
import type { MetricViewInAddress } from './use-metric-view.js';
import type { MetricView } from './view-state.js';

export const CONDITION_WORDS: BandWords = { holds: 'condition true', holdsNot: 'condition false', unknown: 'not evaluated' };

interface MetricChartProps {
  readonly metric: string;
  readonly view: MetricView;
  readonly change: MetricViewInAddress['change'];
  readonly data: MetricSeries;
  readonly busy: boolean;
  /** Undefined: no condition is tried, or its answer is not there yet. */
  readonly evaluation: Evaluation | undefined;
  readonly thresholds: readonly Threshold[];
}

/** The chart, what there is to say about it, and the strip with all of the span. */
export function MetricChart({ metric, view, change, data, busy, evaluation, thresholds }: MetricChartProps): React.ReactNode {
  const { tenant } = useTenant();
  const overview = useOverview(tenant, metric, view);
  // The chosen part is shown at once, before its data have come.
  const range = view.zoom ?? data.range;
  const bands = evaluation === undefined ? [] : bandsOfCondition(evaluation.points, evaluation.steps.minutes * 60, range, CONDITION_WORDS);
  const zoomTo = (zoom: TimeRange): void => change({ zoom });
  const reset = (): void => {
    if (view.zoom !== null) change({ zoom: null });
  };
  return (
    <>
      <TimeSeriesChart
        label={labelOf(metric, view)}
        series={data.series}
        range={range}
        onRange={zoomTo}
        onReset={reset}
        zoomed={view.zoom !== null}
        thresholds={thresholds}
        bands={bands}
        busy={busy}
      />
      <ChartNotes view={view} change={change} data={data} />
      {overview.data !== undefined && (
        <OverviewStrip
          label={`All of the time chosen, of ${metric}`}
          series={overview.data.series}
          range={overview.data.range}
          selection={view.zoom ?? overview.data.range}
          onSelect={(chosen) => (covers(chosen, overview.data.range) ? reset() : zoomTo(chosen))}
        />
      )}
      {overview.data === undefined && overview.error !== null && (
        <Text size="xs" c="dimmed">The overview is not available now: {overview.error.message} <Anchor component="button" size="xs" onClick={() => void overview.refetch()}>Try again</Anchor></Text>
      )}
    </>
  );
}

function labelOf(metric: string, { aggregator, tags, split }: MetricView): string {
  const filter = Object.entries(tags).map(([tag, value]) => `${tag} ${value}`);
  return [metric, aggregator === 'raw' ? 'raw points' : aggregator, ...filter, ...(split === null ? [] : [`by ${split}`])].join(', ');
}

function covers(range: TimeRange, other: TimeRange): boolean {
  return range.start <= other.start && range.end >= other.end;
}
