import { InfluxDB } from '@influxdata/influxdb-client';

const DATABASE = 'bare';
const LINES_PER_REQUEST = 5_000;
const IN_FLIGHT = 4;

/** Points a second that the client's own writer gets acknowledged by InfluxDB 1.x, each at a time of its own. */
export async function bareInfluxWriter(address: URL, points: number, series: number): Promise<number> {
  const { origin, username, password } = address;
  const headers = { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
  const created = await fetch(new URL('/query', origin), {
    method: 'POST',
    headers,
    body: new URLSearchParams({ q: `CREATE DATABASE "${DATABASE}"` }),
  });
  if (!created.ok) throw new Error(`InfluxDB answered ${created.status} to CREATE DATABASE.`);
  const client = new InfluxDB({ url: origin, headers });
  const prefixes = Array.from({ length: series }, (_, i) => `requests,env=production,host=web-${i % 100},service=svc-${Math.floor(i / 100)} value=`);
  const beganAt = BigInt(Date.now()) * 1_000_000n;
  let next = 0;
  const started = performance.now();
  const push = async (): Promise<void> => {
    const writer = client.getWriteApi('', DATABASE, 'ns', { batchSize: LINES_PER_REQUEST + 1, flushInterval: 0, maxRetries: 0 });
    // Version 1 has no buckets: it takes the same lines here.
    (writer as unknown as { path: string }).path = `/write?db=${DATABASE}&precision=ns`;
    while (next < points) {
      for (let i = 0; i < LINES_PER_REQUEST && next < points; i += 1) {
        writer.writeRecord(`${prefixes[next % series] as string}${(next % 100_003) / 7} ${beganAt + BigInt(next)}`);
        next += 1;
      }
      await writer.flush();
    }
    await writer.close();
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, push));
  return (next / (performance.now() - started)) * 1000;
}
