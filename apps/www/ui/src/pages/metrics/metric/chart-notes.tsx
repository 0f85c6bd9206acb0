import { Anchor, Text } from '@mantine/core';
import { minutesInWords } from '../../../metrics/evaluation-steps.js';
import { API_POINT_LIMIT } from '../../../chart/index.js';
import { MOST_SERIES, SERIES_SHOWN, type MetricSeries } from './series-query.js';
import type { MetricViewInAddress } from './use-metric-view.js';
import type { MetricView } from './view-state.js';

interface ChartNotesProps {
  readonly view: MetricView;
  readonly change: MetricViewInAddress['change'];
  readonly data: MetricSeries;
}

/** What a chart does not show, and what can be done about it. */
export function ChartNotes({ view, change, data: { series, windowMinutes, values, cut } }: ChartNotesProps): React.ReactNode {
  const shown = Math.min(values, view.showAll ? MOST_SERIES : SERIES_SHOWN);
  const empty = series.every(({ points }) => points.length === 0);
  return (
    <>
      {empty && <Note state="empty">There are no points in this time{Object.keys(view.tags).length > 0 ? ' with these tags' : ''}. Choose a longer range{Object.keys(view.tags).length > 0 ? ' or fewer tags' : ''}.</Note>}
      {cut && (
        <Note state="cut">
          CAVE answers with at most {API_POINT_LIMIT} values, so the oldest part of this range is missing. {view.aggregator === 'raw' ? 'Choose an aggregator or a shorter range.' : `Choose a window longer than ${minutesInWords(windowMinutes)}, or a shorter range.`}
        </Note>
      )}
      {values > shown && (
        <Note state="more-series">
          {`${shown} of ${values} values of "${view.split ?? ''}" are shown. `}
          {shown < MOST_SERIES
            ? <Anchor component="button" size="sm" onClick={() => change({ showAll: true })}>Show {values > MOST_SERIES ? `the first ${MOST_SERIES}` : `all ${values}`}</Anchor>
            : 'Filter by another tag to see the others.'}
        </Note>
      )}
      {view.showAll && values > SERIES_SHOWN && <Note state="all-series"><Anchor component="button" size="sm" onClick={() => change({ showAll: false })}>Show only {SERIES_SHOWN}</Anchor></Note>}
      {!empty && shown > series.length && <Note state="empty-series">{`${shown - series.length} of them ${shown - series.length === 1 ? 'has' : 'have'} no points in this time.`}</Note>}
    </>
  );
}

function Note({ state, children }: { readonly state: string; readonly children: React.ReactNode }): React.ReactNode {
  return <Text size="sm" c="dimmed" role="status" data-state={state}>{children}</Text>;
}
