import type { ServiceProcess } from './service-process.js';

/* What tests and fault runs look at in a running stack. */

const ANSWER_WITHIN_MS = 2_000;

/** The answer of a route, parsed; null while nothing answers. */
async function ask(service: ServiceProcess, path: string): Promise<{ readonly status: number; readonly body: unknown } | null> {
  try {
    const response = await fetch(new URL(path, service.url), { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    return { status: response.status, body: await response.json() };
  } catch {
    return null; // down, frozen, or on its way: the caller asks again
  }
}

export interface SchedulerStatus {
  readonly leader: boolean;
  readonly epoch: number | null;
  readonly watermark: number | null;
}

/** Null while it does not answer. */
export async function schedulerStatus(service: ServiceProcess): Promise<SchedulerStatus | null> {
  const answer = await ask(service, '/_internal_/status');
  return answer === null ? null : ((answer.body as { parts: { scheduler?: SchedulerStatus } }).parts.scheduler ?? null);
}

/** Names of the partitions that a dbwriter holds and has read from; none while it does not answer. */
export async function partitionsOf(service: ServiceProcess): Promise<readonly string[]> {
  const answer = await ask(service, '/_internal_/status');
  const { partitions = [] } = (answer?.body as { parts: { dbwriter?: { partitions: readonly { readonly partition: string }[] } } } | undefined)?.parts.dbwriter ?? {};
  return partitions.map(({ partition }) => partition).sort();
}

export interface ServiceHealth {
  readonly status: number;
  /** By name of the sick part: what it says. */
  readonly sick: Readonly<Record<string, string>>;
}

/** Null while it does not answer. */
export async function healthOf(service: ServiceProcess): Promise<ServiceHealth | null> {
  const answer = await ask(service, '/_internal_/healthcheck');
  if (answer === null) return null;
  const { sick, parts } = answer.body as { sick: readonly string[]; parts: Readonly<Record<string, { readonly detail?: string }>> };
  return { status: answer.status, sick: Object.fromEntries(sick.map((name) => [name, parts[name]?.detail ?? ''])) };
}

/** Sum of a counter over services and labels. */
export async function counterSum(services: readonly ServiceProcess[], name: string): Promise<number> {
  const texts = await Promise.all(services.map(async ({ url }) => (await fetch(new URL('/_internal_/metrics', url))).text()));
  return texts.flatMap((text) => [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? ([0-9.e+]+)$`, 'gm'))]).reduce((sum, [, value]) => sum + Number(value), 0);
}

/** Throws what is sick. */
export async function mustBeWell(service: ServiceProcess): Promise<true> {
  const health = await healthOf(service);
  if (health?.status !== 200) throw new Error(`${service.name} ${health === null ? 'does not answer' : `says ${JSON.stringify(health.sick)}`}`);
  return true;
}
