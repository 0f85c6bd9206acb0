import { Pool } from 'undici';

export interface LoadOptions {
  readonly url: string;
  readonly organization: string;
  readonly token: string;
  readonly connections: number;
  readonly pointsPerRequest: number;
  readonly series: number;
}

export interface LoadResult {
  readonly accepted: number;
  readonly refused: Readonly<Record<string, number>>;
  /** Milliseconds of each accepted request. */
  readonly latencies: Float64Array;
}

/** Publishes as fast as the answers come, over several connections, until the signal fires. */
export async function generateLoad(options: LoadOptions, stop: AbortSignal): Promise<LoadResult> {
  const pool = new Pool(options.url, { connections: options.connections, pipelining: 1 });
  const prefixes = Array.from({ length: options.series }, (_, i) => `{"name":"requests","tags":{"host":"web-${i % 100}","service":"svc-${Math.floor(i / 100)}","env":"production"},"timestamp":`);
  const path = `/organizations/${options.organization}/metrics`;
  const headers = { authorization: `Bearer ${options.token}`, 'content-type': 'application/json' };
  const latencies: number[] = [];
  const refused: Record<string, number> = {};
  let accepted = 0;
  let next = 0;
  const body = (): string => {
    const timestamp = Math.floor(Date.now() / 1000);
    const points: string[] = [];
    for (let i = 0; i < options.pointsPerRequest; i += 1) {
      points.push(`${prefixes[next % options.series] as string}${timestamp},"value":${(next % 100_003) / 7}}`);
      next += 1;
    }
    return `{"metrics":[${points.join(',')}]}`;
  };
  const connection = async (): Promise<void> => {
    while (!stop.aborted) {
      const started = performance.now();
      const response = await pool.request({ method: 'POST', path, headers, body: body() });
      await response.body.dump();
      if (response.statusCode === 202) {
        accepted += options.pointsPerRequest;
        latencies.push(performance.now() - started);
      } else {
        refused[response.statusCode] = (refused[response.statusCode] ?? 0) + 1;
      }
    }
  };
  await Promise.all(Array.from({ length: options.connections }, connection));
  await pool.close();
  return { accepted, refused, latencies: Float64Array.from(latencies) };
}
