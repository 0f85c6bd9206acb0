import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { IMAGES } from '../image.mjs';
import { ROOT } from '../lib/ready.mjs';

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

describe('npm run image', () => {
  const directory = mkdtempSync(join(tmpdir(), 'cave-image-'));
  after(() => rmSync(directory, { recursive: true }));

  /** A builder that notes what it was asked to do. */
  function builder(name, code = 0) {
    const path = join(directory, name);
    writeFileSync(path, `#!${process.execPath}\nrequire('node:fs').appendFileSync(${JSON.stringify(join(directory, 'calls'))}, JSON.stringify(process.argv.slice(2)) + '\\n');\nif (process.argv[2] !== 'build') process.exit(${code});\n`);
    chmodSync(path, 0o755);
  }
  function image(args, env = {}) {
    rmSync(join(directory, 'calls'), { force: true });
    const { status, stderr } = spawnSync(process.execPath, ['scripts/image.mjs', ...args], { cwd: ROOT, encoding: 'utf8', env: { PATH: directory, HOME: directory, ...env } });
    return { status, stderr };
  }
  const calls = () => readFileSync(join(directory, 'calls'), 'utf8').trim().split('\n').map((line) => JSON.parse(line)).filter(([verb]) => verb === 'build');

  it('says in a sentence that there is no Docker, and what else there is', () => {
    const { status, stderr } = image(['api']);
    expect(status).to.equal(69);
    expect(stderr).to.match(/^cave: Images cannot be built: docker is not installed\. .*podman or buildah.*CAVE_IMAGE_BUILDER/);
  });

  it('says that no engine answers where there is only the client', () => {
    builder('docker', 1);
    const { status, stderr } = image([]);
    expect(status).to.equal(69);
    expect(stderr).to.include('no Docker engine answers');
  });

  it('builds one image', () => {
    builder('docker');
    expect(image(['api']).status).to.equal(0);
    expect(calls()).to.deep.equal([['build', '--target', 'api', '--tag', `cavellc/cave-api:${version}`, '--build-arg', `VERSION=${version}`, '.']]);
  });

  it('builds all', () => {
    builder('docker');
    expect(image([]).status).to.equal(0);
    expect(calls().map((call) => call[call.indexOf('--target') + 1])).to.deep.equal(IMAGES);
  });

  it('hands on the base image, the tag, npm’s configuration and the builder’s own options', () => {
    builder('buildah');
    writeFileSync(join(directory, '.npmrc'), '');
    const { status } = image(['worker', '--base-image', 'mirror/node:1.2.3', '--tag', 'mine', '--', '--layers'], { CAVE_IMAGE_BUILDER: 'buildah' });
    rmSync(join(directory, '.npmrc'));
    expect(status).to.equal(0);
    expect(calls()).to.deep.equal([['build', '--format', 'docker', '--target', 'worker', '--tag', 'cavellc/cave-worker:mine', '--build-arg', `VERSION=${version}`, '--build-arg', 'BASE_IMAGE=mirror/node:1.2.3', '--secret', `id=npmrc,src=${join(directory, '.npmrc')}`, '--layers', '.']]);
  });

  it('names what there is when it is called in a wrong way', () => {
    expect(image(['ap'])).to.deep.equal({ status: 64, stderr: `cave: There is no image "ap"; there are ${IMAGES.join(', ')}.\n` });
    expect(image(['--builder', 'kaniko']).status).to.equal(64);
    expect(image(['--nonsense']).status).to.equal(64);
  });
});

describe('the health check of an image', () => {
  /** What it says of a service that answers so, and the paths that it asked for. */
  async function checked(status, environment = {}) {
    const asked = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(status).end('{"healthy":false}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    const child = spawn(process.execPath, ['scripts/image/healthcheck.mjs', 'API_SERVICE', '1'], { cwd: ROOT, env: { API_SERVICE_HTTP_PORT: String(port), ...environment } });
    let output = '';
    child.stdout.on('data', (text) => {
      output += text;
    });
    const [code] = await once(child, 'close');
    server.close();
    return { code, asked, output };
  }

  it('is 0 for a healthy service, 1 for a sick one, whose answer it shows', async () => {
    expect(await checked(200, { API_SERVICE_HTTP_HOST: '0.0.0.0' })).to.include({ code: 0 }).and.to.have.deep.property('asked', ['/_internal_/healthcheck']);
    expect(await checked(503)).to.deep.include({ code: 1, output: '{"healthy":false}\n' });
  });

  it('is 1 where nothing listens', async () => {
    const { code, output } = await checked(200, { API_SERVICE_HTTP_PORT: '1' });
    expect(code).to.equal(1);
    expect(output).to.include('does not answer');
  });
});
