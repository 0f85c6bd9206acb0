import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { dataOf, tenantApi, type TenantName } from '../api/client.js';
import { tenantKey } from '../api/tenants.js';
import type { ChartPoint } from '../chart/types.js';
import { askedEnd, type EvaluationSteps } from './evaluation-steps.js';
import { isoOf } from './time-span.js';

const KEEP_MS = 60_000;

/** A condition tried on past data. */
export interface Evaluation {
  readonly condition: string;
  readonly steps: EvaluationSteps;
  /** For each step, by its beginning: 1 where the condition holds at its end, else 0. */
  readonly points: readonly ChartPoint[];
}

/**
 * Tries a condition in the given steps; null asks nothing. While the steps move on with time what
 * was found before stays, but never for another condition.
 */
export function useEvaluation(tenant: TenantName, condition: string | null, steps: EvaluationSteps | null): UseQueryResult<Evaluation> {
  return useQuery({
    queryKey: tenantKey(tenant, 'check-metrics', condition, steps),
    queryFn: async ({ signal }): Promise<Evaluation> => {
      if (condition === null || steps === null) throw new Error('There is no condition to try.');
      const query = { condition, start: isoOf(steps.range.start), end: isoOf(askedEnd(steps)), interval: steps.minutes };
      const { metrics } = await dataOf(tenantApi(tenant).GET('/check-metrics', { params: { query }, signal }));
      return { condition, steps, points: metrics };
    },
    enabled: condition !== null && steps !== null,
    placeholderData: (previous) => (previous?.condition === condition ? previous : undefined),
    gcTime: KEEP_MS,
  });
}
