import { execFile } from 'node:child_process';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { Instance, call, createTenant, eventually, expectCall, type TestTenant } from './support/index.js';

const run = promisify(execFile);

interface HealthReport {
  readonly parts: Readonly<Record<string, { readonly healthy: boolean; readonly detail?: string }>>;
}

/** Why a file system of its own cannot be had here; null: it can. */
async function mountFault(directory: string): Promise<string | null> {
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=400m', 'tmpfs', directory]);
    return null;
  } catch (error) {
    return `a small file system cannot be mounted: ${(error as Error).message.trim().split('\n').at(-1) ?? ''}`;
  }
}

const directory = await mkdtemp(join(tmpdir(), 'cave-full-disk-'));
const fault = await mountFault(directory);

describe('a full disk', function () {
  this.timeout(180_000);
  let instance: Instance | undefined;

  after(async () => {
    await instance?.kill();
    if (fault === null) await run('umount', [directory]);
    await rm(directory, { recursive: true });
  });

  const title = 'turns the healthcheck 503 naming the part, loses nothing that was accepted, and recovers without a restart';
  if (fault !== null) {
    it(`${title} [skipped: ${fault}]`);
    return;
  }
  it(title, async () => {
    const data = join(directory, 'data');
    instance = await Instance.start({ directory: data });
    const { url } = instance;
    const tenant = await createTenant(url, data, 'fulldisk');
    expect((await call(url, 'GET', '/_internal_/healthcheck')).status).to.equal(200);
    const accepted: number[] = [];
    expect(await publish(url, tenant, 0, accepted)).to.equal(202);

    const ballast = join(directory, 'ballast');
    const { bavail, bsize } = await statfs(directory);
    await writeFile(ballast, Buffer.alloc(bavail * bsize)).catch((error: unknown) => {
      // Something else wrote meanwhile: the disk is full all the same.
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    });
    let value = 1;
    const sick = await eventually('a sick part', async () => {
      await publish(url, tenant, value++, accepted);
      const answer = await call<HealthReport>(url, 'GET', '/_internal_/healthcheck');
      return answer.status === 503 ? answer.body : undefined;
    }, 60_000);
    const named = Object.entries(sick.parts).filter(([, part]) => !part.healthy);
    expect(named, JSON.stringify(sick)).to.not.deep.equal([]);
    for (const [name, part] of named) expect(part.detail, name).to.be.a('string').and.not.equal('');
    console.log(`      sick: ${named.map(([name]) => name).join(', ')}`);
    const refused = await publish(url, tenant, value++, accepted);
    expect(refused).to.be.oneOf([429, 503]);

    // The config store meets the full disk as well: by these, and by the scheduler's watermark.
    const teams: string[] = [];
    for (let i = 0; i < 20; i += 1) {
      const { status } = await call(url, 'POST', '/organizations/fulldisk/teams', { token: tenant.session, body: { name: `team-${i}` } });
      if (status === 201) teams.push(`team-${i}`);
      else expect(status).to.be.oneOf([429, 503]);
    }

    await rm(ballast);
    await eventually('health', async () => ((await call(url, 'GET', '/_internal_/healthcheck')).status === 200 ? true : undefined), 60_000);
    await eventually('an accepted point', async () => ((await publish(url, tenant, value++, accepted)) === 202 ? true : undefined));
    const stored = await eventually('every accepted point', async () => {
      const { status, body } = await call<{ metrics: { value: number }[] }>(url, 'GET', '/organizations/fulldisk/metrics?metric=m', { token: tenant.session });
      const values = status === 200 ? body.metrics.map((point) => point.value) : [];
      return accepted.every((one) => values.includes(one)) ? values : undefined;
    });
    expect(new Set(stored).size, 'no point twice').to.equal(stored.length);
    const after = await expectCall<{ name: string }[]>(200, url, 'GET', '/organizations/fulldisk/teams', { token: tenant.session });
    expect(after.map((team) => team.name)).to.include.members(teams);
    await expectCall(201, url, 'POST', '/organizations/fulldisk/teams', { token: tenant.session, body: { name: 'later' } });
    console.log(`      ${teams.length} of 20 teams were created on the full disk`);
    expect(await instance.stop(), instance.printed).to.equal(0);
    instance = undefined;
  });
});

async function publish(url: string, { organization, token }: TestTenant, value: number, accepted: number[]): Promise<number> {
  const metrics = [{ name: 'm', timestamp: Math.floor(Date.now() / 1000), value, tags: {} }];
  const { status } = await call(url, 'POST', `/organizations/${organization}/metrics`, { token, body: { metrics } });
  if (status === 202) accepted.push(value);
  return status;
}
