import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PortName } from '@cave/core';

export type CaseStatus = 'passed' | 'failed' | 'differs' | 'not_proven';

export interface CaseReport {
  readonly id: string;
  readonly title: string;
  readonly status: CaseStatus;
  /** Why it differs or is not proven; what failed. */
  readonly reason?: string;
  readonly milliseconds?: number;
}

export interface KitReport {
  readonly port: PortName;
  readonly adapter: string;
  readonly capabilities: object;
  readonly cases: readonly CaseReport[];
}

/** Directory for reports, or undefined: then none is written. */
export const REPORT_DIRECTORY_VARIABLE = 'CAVE_CONFORMANCE_REPORT_DIR';

/** Writes `<port>.<adapter>.json` when the environment names a directory for reports. */
export function writeReport(report: KitReport, environment: NodeJS.ProcessEnv = process.env): void {
  const directory = environment[REPORT_DIRECTORY_VARIABLE];
  if (directory === undefined || directory === '') return;
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${report.port}.${report.adapter.replace(/[^A-Za-z0-9._-]/g, '_')}.json`);
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
}
