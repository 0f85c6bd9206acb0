import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { IMAGES } from '../image.mjs';
import { ROOT } from '../lib/ready.mjs';
import { makeStandIn } from './stand-in.mjs';

const [{ BUILT_IN }, { allServices }] = await Promise.all(['apps/runtime/dist/src/adapters/built-in.js', 'apps/all-in-one/dist/src/index.js'].map((path) => import(pathToFileURL(join(ROOT, path)).href)));

const STAND_IN = 'localhost/cave-stand-in-base:1.0.0';
const TAG = 'system-test';
const CONTAINER = join(import.meta.dirname, 'container.sh');
const MINUTE = 60_000;

const required = (process.env.CAVE_TEST_REQUIRE ?? '').split(',').includes('image');

/** Why images cannot be built here, or null. */
function obstacle() {
  if (spawnSync('buildah', ['version']).status !== 0) return 'Buildah is not installed';
  if (process.getuid() !== 0) return 'building without a daemon needs root';
  return null;
}

/** Adapters whose sources this checkout has, and what ships logs. */
const specifiers = [...Object.values(BUILT_IN).flatMap((adapters) => Object.values(adapters)), '@cave/adapter-aws/log-sink'].filter((specifier) => {
  const [, name, entry = 'index'] = /^@cave\/adapter-([^/]+)(?:\/(.+))?$/.exec(specifier);
  return existsSync(join(ROOT, 'adapters', name, 'src', `${entry}.ts`));
});

function filesBelow(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('the images, on a stand-in for their base image', function () {
  // Minutes on a free machine; builds share this one with whatever else is tested.
  this.timeout(17 * MINUTE);
  const reason = obstacle();
  if (reason !== null && !required) {
    it(`all of it [not proven: ${reason}]`);
    return;
  }

  const work = mkdtempSync(join(tmpdir(), 'cave-images-'));
  const env = { ...process.env, CONTAINERS_STORAGE_CONF: join(work, 'storage.conf'), BUILDAH_ISOLATION: 'chroot', TMPDIR: work };
  const buildah = (...args) => execFileSync('buildah', args, { encoding: 'utf8', env, maxBuffer: 64 * 1024 * 1024 });
  /** Image → root directory, once it is built. */
  const roots = new Map();
  const configOf = (name) => JSON.parse(buildah('inspect', '--type', 'image', `cavellc/cave-${name}:${TAG}`)).Docker.config;

  before(() => {
    if (reason !== null) throw new Error(`CAVE_TEST_REQUIRE names image, but ${reason}.`);
    // Storage of its own, so that nothing of it stays.
    const driver = readFileSync('/proc/filesystems', 'utf8').includes('overlay') ? 'overlay' : 'vfs';
    writeFileSync(join(work, 'storage.conf'), `[storage]\ndriver = "${driver}"\ngraphroot = "${join(work, 'storage')}"\nrunroot = "${join(work, 'run')}"\n`);
    const base = join(work, 'base');
    mkdirSync(join(base, 'root'), { recursive: true });
    makeStandIn(join(base, 'root'));
    writeFileSync(join(base, 'Dockerfile'), 'FROM scratch\nCOPY root /\n');
    buildah('build', '--format', 'docker', '--tag', STAND_IN, base);
    rmSync(base, { recursive: true });
  });
  after(() => {
    if (reason !== null) return;
    spawnSync('buildah', ['rm', '--all'], { env });
    spawnSync('buildah', ['rmi', '--all', '--force'], { env });
    spawnSync('umount', [join(work, 'storage', 'overlay')]);
    rmSync(work, { recursive: true, force: true });
  });

  it('are built by `npm run image`, one after another', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/image.mjs', '--builder', 'buildah', '--base-image', STAND_IN, '--tag', TAG, '--', '--layers', '--quiet'], { cwd: ROOT, env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    expect(status, `${stdout}\n${stderr}`.slice(-4_000)).to.equal(0);
    for (const name of IMAGES) roots.set(name, buildah('mount', buildah('from', `cavellc/cave-${name}:${TAG}`).trim()).trim());
  });

  for (const name of IMAGES) {
    describe(name, () => {
      const app = (...path) => join(roots.get(name) ?? expect.fail(`${name} was not built`), 'app', ...path);

      it('says how it is to be run', () => {
        const { User, Entrypoint, StopSignal, WorkingDir, Healthcheck } = configOf(name);
        expect({ User, Entrypoint, StopSignal, WorkingDir }).to.deep.equal({ User: '7000:7000', Entrypoint: ['node', `apps/${name}/dist/src/main.js`], StopSignal: 'SIGTERM', WorkingDir: '/app' });
        expect(Healthcheck.Test.slice(0, 3)).to.deep.equal(name === 'cli' ? ['NONE'] : ['CMD', 'node', 'healthcheck.mjs']);
      });

      it('holds what package-lock.json has for running it, and nothing of development', () => {
        const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;
        const installed = Object.entries(JSON.parse(readFileSync(app('node_modules/.package-lock.json'), 'utf8')).packages);
        expect(installed).to.have.length.above(50);
        expect(installed.filter(([path, { version }]) => lock[path] === undefined || lock[path].dev === true || lock[path].version !== version).map(([path]) => path)).to.deep.equal([]);
        for (const tool of ['typescript', 'mocha', 'eslint', 'chai', '@types', '@cave/conformance', '@cave/test-servers']) expect(existsSync(app('node_modules', tool)), tool).to.equal(false);
      });

      it('holds this service and not the others', () => {
        const apps = { 'all-in-one': ['all-in-one', 'api', 'dbwriter', 'runtime', 'scheduler', 'worker', 'www'], cli: ['all-in-one', 'api', 'cli', 'dbwriter', 'runtime', 'scheduler', 'worker', 'www'] };
        expect(readdirSync(app('apps')).sort()).to.deep.equal(apps[name] ?? [name, 'runtime'].sort());
        expect(readdirSync(app()).sort()).to.deep.equal(['adapters', 'apps', 'core', 'healthcheck.mjs', 'node_modules', 'schema']);
        const own = ['adapters', 'apps', 'core', 'schema'].flatMap((part) => filesBelow(app(part))).filter((path) => !path.includes('/node_modules/') && !path.includes('config-store-template'));
        const isClient = (path) => path.startsWith(app('apps', 'www', 'dist', 'client'));
        expect(own.filter((path) => !isClient(path) && (!/\.(?:js|json|yaml|sql)$/.test(path) || /\/test\//.test(path)))).to.deep.equal([]);
        expect(own.some((path) => isClient(path) && path.endsWith('index.html'))).to.equal(existsSync(app('apps', 'www')));
      });

      it('lets the service change none of its programs', () => {
        const strange = filesBelow(app()).filter((path) => {
          const { uid, mode } = lstatSync(path);
          return !path.includes('config-store-template') && (uid !== 0 || (!lstatSync(path).isSymbolicLink() && (mode & 0o022) !== 0));
        });
        expect(strange).to.deep.equal([]);
      });

      it('holds every adapter that it may be told to use, complete', async () => {
        const script = `for (const one of ${JSON.stringify(specifiers)}) await import(one);`;
        // Adapters are looked for from the runtime, which depends on them.
        const { code, output } = await contained(name, ['node', '--input-type=module', '--eval', script]);
        expect({ code, output }).to.deep.equal({ code: 0, output: '' });
      });
    });
  }

  for (const { name, rootKey } of [...allServices, { name: 'all-in-one', rootKey: 'api-service' }]) {
    it(`${name} starts on a read-only root as a user without rights, is healthy, and ends with 0 at SIGTERM`, async () => {
      const root = rootKey.toUpperCase().replaceAll('-', '_');
      const port = await freePort();
      const child = container(name, configOf(name).Entrypoint, { WWW_HTTP_PORT: '0', [`${root}_HTTP_PORT`]: String(port) });
      let output = '';
      const listening = new Promise((resolve, reject) => {
        const read = (text) => {
          output += text;
          if (output.includes('"event":"listening"')) resolve();
        };
        child.stdout.on('data', read);
        child.stderr.on('data', read);
        child.once('close', (code) => reject(new Error(`${name} ended with ${code} before it listened:\n${output}`)));
      });
      try {
        await listening;
        const [, ...check] = configOf(name).Healthcheck.Test;
        const { code, output: health } = await contained(name, check, { [`${root}_HTTP_PORT`]: String(port) });
        // The web UI is nothing without an api, which it does not have here, and says so.
        const sick = name === 'www' ? ['api'] : [];
        expect({ code, health }).to.deep.include({ code: sick.length });
        expect(JSON.parse(health)).to.deep.include({ service: name, healthy: sick.length === 0, sick });
        const [inside] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ');
        const status = readFileSync(`/proc/${inside}/status`, 'utf8');
        expect(status).to.match(/^Uid:\t7000\t7000\t7000\t7000$/m).and.to.match(/^NSpid:\t\d+(?:\t\d+)*\t1$/m).and.to.match(/^CapEff:\t0+$/m);
        const ended = once(child, 'close');
        process.kill(Number(inside), 'SIGTERM');
        expect((await ended)[0], output).to.equal(0);
      } finally {
        child.kill('SIGKILL');
      }
    });
  }

  it('the root is read-only, and the service’s own it is not', async () => {
    const script = `const fs = require('node:fs'); for (const path of ['/app/x', '/etc/x', '/tmp/x', '/var/lib/cave/x']) { try { fs.writeFileSync(path, ''); console.log(path, 'written'); } catch (error) { console.log(path, error.code); } }`;
    const { output } = await contained('api', ['node', '--eval', script]);
    expect(output).to.equal('/app/x EROFS\n/etc/x EROFS\n/tmp/x written\n/var/lib/cave/x written\n');
  });

  it('cli runs CAVE’s commands', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(await contained('cli', [...configOf('cli').Entrypoint, '--version'])).to.deep.equal({ code: 0, output: `${version}\n` });
    expect((await contained('cli', [...configOf('cli').Entrypoint, 'migrate', '--service', 'api'])).code).to.equal(0);
  });

  it('a wrong setting ends a service with 78 and its sentence', async () => {
    const { code, output } = await contained('api', [...configOf('api').Entrypoint, '--set', 'api-service.http.port=none']);
    expect(code).to.equal(78);
    expect(output).to.include('api-service.http.port');
  });

  /** A process in an image's root, in the environment that the image sets. */
  function container(name, command, environment = {}) {
    const { Env, WorkingDir } = configOf(name);
    const set = Object.fromEntries(Env.map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]));
    return spawn(CONTAINER, [roots.get(name), '7000', WorkingDir, '/var/lib/cave', ...command], { env: { PATH: process.env.PATH, ...set, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  async function contained(name, command, environment = {}) {
    const child = container(name, command, environment);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { output += text; });
    const [code] = await once(child, 'close');
    return { code, output };
  }
});
