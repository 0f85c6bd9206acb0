import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { cave, startCave } from './support/cave.js';

/** Nothing listens there. */
const NOBODY = 'http://127.0.0.1:1';

describe('cave start', function () {
  this.timeout(60_000);
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cave-start-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('names the web UI first, then the documentation of the API', async () => {
    const instance = await startCave(directory);
    const summary = (await instance.summary).split('\n').filter((line) => line.startsWith('  '));
    expect(summary.slice(0, 3)).to.deep.equal([
      '  CAVE (all-in-one) is serving.',
      `  Web UI:            ${instance.webUiUrl} – sign up there`,
      `  API documentation: ${instance.url}/docs`,
    ]);
    expect(summary.join('\n')).to.include(`login --url ${instance.url} --register`);
    expect(await instance.stop()).to.equal(0);
  });

  it('--service www starts without an api, says that it lacks one, and keeps nothing', async () => {
    const data = join(directory, 'data');
    const www = await startCave(data, ['--service', 'www', '--set', `www.api-url=${NOBODY}`], ['www']);
    expect(await (await fetch(`${www.webUiUrl}/_internal_/version`)).json()).to.include({ service: 'www' });
    const health = await fetch(`${www.webUiUrl}/_internal_/healthcheck`);
    expect(health.status).to.equal(503);
    expect(await health.json()).to.deep.include({ service: 'www', sick: ['api'] });
    const summary = await www.summary;
    expect(summary).to.include(`Web UI:            ${www.webUiUrl} –`).and.not.match(/Data:|Mails:|documentation|command line/);
    expect(await www.stop()).to.equal(0);
    expect(existsSync(data)).to.equal(false);
  });

  it('says of www what it would start with', async () => {
    const { code, out, err } = await cave(['config', '--service', 'www', '--set', 'www.http.port=8002']);
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    expect(out).to.match(/^www\.http\.port: 8002 +# --set www\.http\.port$/m).and.not.match(/^(?:api-service|worker|raw-stream)\./m);
  });
});
