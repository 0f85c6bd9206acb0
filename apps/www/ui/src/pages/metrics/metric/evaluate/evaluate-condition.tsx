import { Alert, Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { Link } from 'react-router-dom';
import { ApiError } from '../../../../api/api-error.js';
import { ConditionField, type ServerError } from '../../../../condition/index.js';
import { CSP_NONCE } from '../../../../csp-nonce.js';
import { TimeText } from '../../../../parts/time-text.js';
import { useTenant } from '../../../../shell/tenant-scope.js';
import { conditionOfView, parsed, suggestedThreshold } from './condition-of-view.js';
import type { Evaluation } from '../../../../metrics/evaluation-query.js';
import { EvaluationResult } from './evaluation-result.js';
import { minutesInWords, type EvaluationSteps } from '../../../../metrics/evaluation-steps.js';
import { loadTagValues } from '../../../../metrics/metric-names.js';
import type { MetricName } from '../../../../metrics/metric-search.js';
import { isoOf } from '../../../../metrics/time-span.js';
import type { MetricSeries } from '../series-query.js';
import type { MetricViewInAddress } from '../use-metric-view.js';
import type { MetricView } from '../view-state.js';

interface EvaluateConditionProps {
  readonly metric: string;
  readonly view: MetricView;
  readonly change: MetricViewInAddress['change'];
  /** What the chart shows; undefined while it is on its way. */
  readonly shown: MetricSeries | undefined;
  /** For completion. */
  readonly known: readonly MetricName[];
  /** Null: nothing has been typed yet. */
  readonly typed: string | null;
  readonly onType: (text: string | null) => void;
  readonly steps: EvaluationSteps | null;
  readonly evaluation: UseQueryResult<Evaluation>;
}

/** A condition to try on what the chart shows, and to save as an alert by those who may. */
export function EvaluateCondition({ metric, view, change, shown, known, typed, onType, steps, evaluation }: EvaluateConditionProps): React.ReactNode {
  const inView = useTenant();
  const { tenant, path } = inView;
  const client = useQueryClient();
  const suggestion = useSuggestion(metric, view, shown);
  const tagValues = useCallback((name: string, tag: string) => loadTagValues(client, tenant, name, tag), [client, tenant]);
  const text = typed ?? view.condition ?? suggestion;
  const readable = parsed(text) !== undefined;
  const tried = view.condition === text;
  const submit = (): void => {
    if (tried) void evaluation.refetch();
    else change({ condition: text });
  };
  return (
    <Paper component="section" withBorder p="md" aria-labelledby="evaluate-title">
      <Stack gap="sm">
        <Title order={2} size="h4" id="evaluate-title">Evaluate condition</Title>
        <ConditionField
          label="Condition"
          value={text}
          onChange={onType}
          onSubmit={submit}
          metrics={known}
          loadTagValues={tagValues}
          serverError={tried ? serverErrorOf(evaluation.error) : undefined}
          nonce={CSP_NONCE}
        />
        {steps !== null && (
          <Text size="sm" c="dimmed">
            Looks at {steps.count === 1 ? 'one step' : `${steps.count} steps`} of {minutesInWords(steps.minutes)}, from <TimeText iso={isoOf(steps.range.start)} /> to <TimeText iso={isoOf(steps.range.end)} />: the range of the chart.
          </Text>
        )}
        <Group gap="sm">
          <Button onClick={submit} disabled={!readable || steps === null} loading={view.condition !== null && evaluation.isFetching && evaluation.data === undefined}>Evaluate</Button>
          {view.condition !== null && <Button variant="default" onClick={() => { onType(text); change({ condition: null }); }}>Clear</Button>}
          {inView.can('member') && (readable
            ? <Button variant="default" component={Link} to={`${path}/alerts/new?${new URLSearchParams({ condition: text }).toString()}`}>Save as alert</Button>
            : <Button variant="default" disabled>Save as alert</Button>)}
        </Group>
        {view.condition !== null && evaluation.error !== null && serverErrorOf(evaluation.error) === undefined && <Alert role="alert" color="orange">{evaluation.error.message}</Alert>}
        {view.condition !== null && evaluation.error === null && evaluation.data !== undefined && <EvaluationResult evaluation={evaluation.data} stale={!tried} />}
      </Stack>
    </Paper>
  );
}

/**
 * A condition on what is shown. Made anew when something else is shown, and not when new points
 * come: it would change under the hands of whoever is about to press the button.
 */
function useSuggestion(metric: string, { aggregator, tags }: MetricView, shown: MetricSeries | undefined): string {
  const [made, setMade] = useState({ about: '', text: '' });
  if (shown === undefined) return made.text;
  const about = JSON.stringify([aggregator, shown.windowMinutes, tags]);
  if (about === made.about) return made.text;
  const text = conditionOfView(metric, aggregator, shown.windowMinutes, tags, suggestedThreshold(shown.series.flatMap(({ points }) => points)));
  setMade({ about, text });
  return text;
}

/** What the api says about the condition itself; undefined for what is wrong with anything else. */
function serverErrorOf(error: Error | null): ServerError | undefined {
  if (!(error instanceof ApiError) || error.kind !== 'invalid') return undefined;
  const { column } = error.details;
  return typeof column === 'number' ? { column, message: error.message } : { message: error.message };
}
