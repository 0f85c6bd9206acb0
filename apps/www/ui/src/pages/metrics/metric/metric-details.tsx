import { Alert, Stack } from '@mantine/core';
import { useState } from 'react';
import { FailureState } from '../../../parts/failure-state.js';
import { LoadingState } from '../../../parts/loading-state.js';
import { useTenant } from '../../../shell/tenant-scope.js';
import { thresholdsOf } from './evaluate/condition-of-view.js';
import { EvaluateCondition } from './evaluate/evaluate-condition.js';
import { evaluationSteps } from '../../../metrics/evaluation-steps.js';
import { useEvaluation } from '../../../metrics/evaluation-query.js';
import { MetricChart } from './metric-chart.js';
import { MetricControls } from './metric-controls.js';
import { useMetricNames } from '../../../metrics/metric-names.js';
import { NoSuchSeries } from './no-such-series.js';
import { isUnknownMetric } from '../../../metrics/points.js';
import { useMetricSeries } from './series-query.js';
import { TagFilterField } from './tag-filter-field.js';
import { useMetricView } from './use-metric-view.js';

/** One metric: what is shown of it, the chart, and below it a condition to try. */
export function MetricDetails({ metric }: { readonly metric: string }): React.ReactNode {
  const { tenant } = useTenant();
  const { view, faults, change } = useMetricView();
  const names = useMetricNames(tenant);
  const tagNames = names.data?.find(({ name }) => name === metric)?.tags ?? [];
  const series = useMetricSeries(tenant, metric, view);
  // Null: nothing has been typed, so that the field shows the condition of the address or a suggestion.
  const [typed, setTyped] = useState<string | null>(null);
  const steps = series.data === undefined ? null : evaluationSteps(series.data.range, series.data.asOf);
  const evaluation = useEvaluation(tenant, view.condition, steps);
  return (
    <Stack gap="sm">
      {faults.map((fault) => <Alert key={fault} role="alert" color="orange">{fault}</Alert>)}
      <MetricControls view={view} change={change} tagNames={tagNames} shown={series.data} />
      <TagFilterField tenant={tenant} metric={metric} tagNames={tagNames} tags={view.tags} onChange={(tags) => change({ tags })} />
      {series.data === undefined && series.error === null && <LoadingState label="Loading the metric" />}
      {series.data === undefined && series.error !== null && (isUnknownMetric(series.error)
        ? <NoSuchSeries metric={metric} filtered={Object.keys(view.tags).length > 0} onUnfilter={() => change({ tags: {} })} />
        : <FailureState error={series.error} retry={() => void series.refetch()} />)}
      {series.data !== undefined && (
        <>
          {series.error !== null && <Alert role="alert" color="orange" data-state="stale">{`This may be out of date: ${series.error.message}`}</Alert>}
          <MetricChart
            metric={metric}
            view={view}
            change={change}
            data={series.data}
            busy={series.isPlaceholderData}
            evaluation={view.condition === null ? undefined : evaluation.data}
            thresholds={thresholdsOf(typed ?? view.condition ?? '', metric)}
          />
          <EvaluateCondition metric={metric} view={view} change={change} shown={series.isPlaceholderData ? undefined : series.data} known={names.data ?? []} typed={typed} onType={setTyped} steps={steps} evaluation={evaluation} />
        </>
      )}
    </Stack>
  );
}
