import { Alert as Notice, NativeSelect, Paper, Stack, Text, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMemo, useState } from 'react';
import { StateBand, bandsOfCondition } from '../../../chart/index.js';
import { diagnose } from '../../../condition/index.js';
import { LoadingState } from '../../../parts/loading-state.js';
import { TimeText } from '../../../parts/time-text.js';
import { useNow } from '../../../parts/use-now.js';
import { useTenant } from '../../../shell/tenant-scope.js';
import { useEvaluation, type Evaluation } from '../../../metrics/evaluation-query.js';
import { evaluationSteps, minutesInWords } from '../../../metrics/evaluation-steps.js';
import { isoOf, PRESET_LABELS, rangeOf, type Preset } from '../../../metrics/time-span.js';
import { periodWords, secondsOfPeriod } from '../period-words.js';
import { summariseTrial, trialWords } from './trial-summary.js';

const CHOICES: readonly Preset[] = ['1h', '3h', '12h', '1d', '1w'];
const PAUSE_MS = 600;
const TICK_MS = 30_000;
const WORDS = { holds: 'would fire', holdsNot: 'would not fire', unknown: 'not tried' };

/** What an alert with this condition would have done, before it is saved. */
export function TryOnPast({ condition, period }: { readonly condition: string; readonly period: string }): React.ReactNode {
  const [preset, setPreset] = useState<Preset>('1h');
  const [settled] = useDebouncedValue(condition, PAUSE_MS);
  const readable = diagnose(settled) === null;
  const now = Math.floor(useNow(TICK_MS).getTime() / 1_000);
  const steps = useMemo(() => evaluationSteps(rangeOf(preset, now), now), [preset, now]);
  const evaluation = useEvaluation(useTenant().tenant, readable ? settled : null, steps);
  return (
    <Paper component="section" withBorder p="md" aria-labelledby="try-title" h="fit-content">
      <Stack gap="sm">
        <Title order={2} size="h4" id="try-title">Try on the past</Title>
        <NativeSelect label="Time" value={preset} onChange={(event) => setPreset(event.currentTarget.value as Preset)} data={CHOICES.map((value) => ({ value, label: PRESET_LABELS[value] }))} w="fit-content" />
        {!readable && <Text size="sm" c="dimmed">Write a condition, and this shows when it would have fired.</Text>}
        {readable && evaluation.error !== null && <Notice role="alert" color="orange">{evaluation.error.message}</Notice>}
        {readable && evaluation.error === null && (evaluation.data === undefined ? <LoadingState label="Trying it" /> : <Result evaluation={evaluation.data} period={period} />)}
      </Stack>
    </Paper>
  );
}

function Result({ evaluation: { points, steps: { range, minutes } }, period }: { readonly evaluation: Evaluation; readonly period: string }): React.ReactNode {
  const summary = summariseTrial(points, minutes);
  const bands = useMemo(() => bandsOfCondition(points, minutes * 60, range, WORDS), [points, minutes, range]);
  const otherwise = secondsOfPeriod(period.trim()) === minutes * 60 ? '' : ` The alert itself is checked ${periodWords(period.trim())}.`;
  return (
    <>
      <StateBand label="When the condition held" range={range} bands={bands} />
      <Text size="sm" role="status" data-state="tried">
        {trialWords(summary)}{summary.lastHeld !== null && <> Last at <TimeText iso={isoOf(summary.lastHeld)} />.</>}
      </Text>
      <Text size="sm" c="dimmed">Tried in steps of {minutesInWords(minutes)}; where there is too little data to tell, it counts as false.{secondsOfPeriod(period.trim()) === null ? '' : otherwise}</Text>
    </>
  );
}
