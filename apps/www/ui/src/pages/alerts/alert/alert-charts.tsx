import { Group, NativeSelect, Stack, Text, Title } from '@mantine/core';
import { useMemo } from 'react';
import { useSearchParams } from 'react-router-dom';
import { StateBand, TimeSeriesChart } from '../../../chart/index.js';
import { QueryView } from '../../../parts/query-view.js';
import { useTenant } from '../../../shell/tenant-scope.js';
import { PRESET_LABELS, PRESET_NAMES } from '../../../metrics/time-span.js';
import type { Alert } from '../alert.js';
import { defaultPreset } from './chart-range.js';
import { secondsOfPeriod } from '../period-words.js';
import { useSourceChart, useVerdicts, type SourceChart, type Verdicts } from './source-query.js';
import { bandsOfVerdicts } from './verdict-bands.js';

/** Of an alert whose period cannot be read, which the api does not let come about. */
const A_MINUTE = 60;

/** What the alert compares over the last hours, and what its checks found meanwhile. */
export function AlertCharts({ alert }: { readonly alert: Alert }): React.ReactNode {
  const { tenant } = useTenant();
  const [search, setSearch] = useSearchParams();
  const period = secondsOfPeriod(alert.period) ?? A_MINUTE;
  const byDefault = defaultPreset(period);
  const preset = PRESET_NAMES.find((name) => name === search.get('range')) ?? byDefault;
  const sources = useSourceChart(tenant, alert.condition, preset);
  const verdicts = useVerdicts(tenant, alert.id, period, preset);
  const choose = (chosen: string): void =>
    setSearch((now) => {
      const next = new URLSearchParams(now);
      if (chosen === byDefault) next.delete('range');
      else next.set('range', chosen);
      return next;
    });
  return (
    <Stack component="section" gap="sm" aria-labelledby="alert-charts">
      <Group justify="space-between" align="flex-end">
        <Title order={2} size="h4" id="alert-charts">Over time</Title>
        <NativeSelect label="Range" value={preset} onChange={(event) => choose(event.currentTarget.value)} data={PRESET_NAMES.map((value) => ({ value, label: PRESET_LABELS[value] }))} />
      </Group>
      <QueryView query={sources} loading="Loading the metrics">
        {(chart) => <Sources description={alert.description} chart={chart} busy={sources.isPlaceholderData} />}
      </QueryView>
      <QueryView query={verdicts} loading="Loading the checks">
        {(found) => <Checks description={alert.description} verdicts={found} />}
      </QueryView>
    </Stack>
  );
}

function Sources({ description, chart, busy }: { readonly description: string; readonly chart: SourceChart | null; readonly busy: boolean }): React.ReactNode {
  if (chart === null) return <Text size="sm" c="dimmed">The condition cannot be read, so there is nothing to draw. Edit it to see what it compares.</Text>;
  if (chart.series.length === 0) return <Text size="sm" c="dimmed">The condition compares numbers only, so there is nothing to draw.</Text>;
  return (
    <>
      <TimeSeriesChart label={`What "${description}" compares`} series={chart.series} range={chart.range} thresholds={chart.thresholds} busy={busy} height={240} />
      {chart.notes.map((note) => <Text key={note} size="sm" c="dimmed">{note}</Text>)}
    </>
  );
}

function Checks({ description, verdicts: { points, range, stepSeconds } }: { readonly description: string; readonly verdicts: Verdicts }): React.ReactNode {
  const bands = useMemo(() => bandsOfVerdicts(points ?? [], stepSeconds, range), [points, range, stepSeconds]);
  if (points === null) return <Text size="sm" c="dimmed" data-testid="no-checks">No check has been recorded yet.</Text>;
  return (
    <div data-testid="checks">
      <Text size="sm" fw={600}>What its checks found</Text>
      {bands.length === 0 ? <Text size="sm" c="dimmed">There were no checks in this time.</Text> : <StateBand label={`State of "${description}" over time`} range={range} bands={bands} />}
    </div>
  );
}
