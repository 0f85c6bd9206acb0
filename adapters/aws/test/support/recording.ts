import { systemClock, testContext } from '@cave/conformance';
import type { AdapterContext, Clock, LogFields, Logger } from '@cave/core';

export interface Line {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: LogFields;
}

/** A context whose log can be read. */
export function recordingContext(clock: Clock = systemClock): { readonly context: AdapterContext; readonly lines: readonly Line[] } {
  const lines: Line[] = [];
  const at = (level: Line['level']) => (event: string, fields: LogFields = {}) => void lines.push({ level, event, fields });
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => logger };
  return { context: { ...testContext(clock), logger }, lines };
}

/** What an operator would see. */
export const complaints = (lines: readonly Line[]): string[] => lines.filter(({ level }) => level === 'warn' || level === 'error').map(({ event }) => event);
