import { AlertHistory, AlertManagement, ConditionCheck, MetricsQuery, Publisher, TenantQuota, type Clock, type ConfigStore, type MetricsStores, type NumberBlocks, type RawStream, type Telemetry } from '@cave/core';
import type { Route } from './http/route.js';
import { alertRoutes } from './routes/alerts.js';
import { checkMetricsRoutes } from './routes/check-metrics.js';
import { metricNameRoutes } from './routes/metric-names.js';
import { metricsRoutes } from './routes/metrics.js';
import type { ApiSettings } from './settings.js';

export interface DataRouteDependencies {
  readonly store: ConfigStore;
  readonly stream: RawStream;
  readonly metricsStores: MetricsStores;
  readonly numbers: NumberBlocks;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly settings: ApiSettings;
  /** Keys that the series of one tenant are spread over. */
  readonly spread: number;
}

/** Routes of metrics and alerts, with the use cases behind them. */
export function dataRoutes({ clock, metricsStores, numbers, settings, spread, store, stream, telemetry }: DataRouteDependencies): readonly Route[] {
  const quota = settings.quotaPointsPerSecond === 0 ? null : new TenantQuota({ pointsPerSecond: settings.quotaPointsPerSecond, burstPoints: settings.quotaBurstPoints }, clock);
  const publisher = new Publisher({ stream, numbers, clock, telemetry, quota }, { spread });
  const metrics = new MetricsQuery(metricsStores, clock);
  return [
    ...metricsRoutes({ publisher, metrics, metricsStores, clock }),
    ...metricNameRoutes({ metrics }),
    ...checkMetricsRoutes({ checks: new ConditionCheck(metricsStores, clock) }),
    ...alertRoutes({ alerts: new AlertManagement(store, clock), alertHistory: new AlertHistory(store) }),
  ];
}
