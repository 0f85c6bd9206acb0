import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { IMAGES } from '../image.mjs';
import { ROOT } from '../lib/ready.mjs';

const load = (path) => import(pathToFileURL(join(ROOT, path)).href);
const [{ allServices }, { serviceSettings }, { environmentName }] = await Promise.all([
  load('apps/all-in-one/dist/src/index.js'),
  load('apps/runtime/dist/src/configuration/base-settings.js'),
  load('apps/runtime/dist/src/configuration/names.js'),
]);

/** Stages with their instructions, in order; `''` is what stands before the first. */
function stages(text) {
  const instructions = text.replace(/^\s*#.*\n/gm, '').replace(/\\\n\s*/g, '').split('\n').filter((line) => line !== '');
  const all = new Map([['', { from: null, lines: [] }]]);
  let current = '';
  for (const line of instructions) {
    const [, from, name] = /^FROM (\S+) AS (\S+)$/.exec(line) ?? [];
    if (name !== undefined) all.set((current = name), { from, lines: [] });
    else all.get(current).lines.push(line);
  }
  return all;
}

const WWW_PORT = serviceSettings(allServices.find(({ name }) => name === 'www')).properties['http.port'].default;

describe('the Dockerfile', () => {
  const all = stages(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'));
  const stage = (name) => all.get(name) ?? expect.fail(`there is no stage ${name}`);
  /** The value of an instruction as an image of this stage has it, inherited if need be. */
  const effective = (name, instruction) => {
    const { from, lines } = stage(name);
    const own = lines.filter((line) => line.startsWith(`${instruction} `)).at(-1);
    return own?.slice(instruction.length + 1) ?? (all.has(from) ? effective(from, instruction) : undefined);
  };
  const words = (value) => JSON.parse(value);

  it('has a last stage for each image, and no other', () => {
    const used = new Set([...all.values()].flatMap(({ from, lines }) => [from, ...lines.flatMap((line) => /--from=(\S+)/.exec(line)?.[1] ?? [])]));
    expect([...all.keys()].filter((name) => name !== '' && !used.has(name)).sort()).to.deep.equal([...IMAGES].sort());
    expect(IMAGES).to.include.members(allServices.map(({ name }) => name));
  });

  it('rests on one base image, pinned to a version', () => {
    expect(stage('').lines).to.have.length(1);
    expect(stage('').lines[0]).to.match(/^ARG BASE_IMAGE=node:\d+\.\d+\.\d+-[a-z]+-slim$/);
    expect([...all.values()].map(({ from }) => from).filter((from) => from !== null && from !== '${BASE_IMAGE}' && !all.has(from))).to.deep.equal([]);
  });

  it('takes a Node that CAVE supports, of a line with long support', () => {
    const [, major] = /node:(\d+)/.exec(stage('').lines[0]);
    expect(Number(major) % 2).to.equal(0);
    const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(Number(major)).to.be.least(Number(/\d+/.exec(engines.node)[0]));
  });

  for (const image of IMAGES) {
    it(`${image}: not root, one process, its own packages`, () => {
      expect(effective(image, 'USER')).to.match(/^[1-9]\d*:[1-9]\d*$/);
      expect(effective(image, 'STOPSIGNAL')).to.equal('SIGTERM');
      // In JSON form, so that Node is process 1 and gets the signal.
      expect(words(effective(image, 'ENTRYPOINT'))).to.deep.equal(['node', `apps/${image}/dist/src/main.js`]);
      expect(stage(`${image}-files`)).to.deep.equal({ from: 'parts', lines: [`RUN node /compiled/scripts/image/assemble.mjs ${image} /compiled /packages /app`] });
      expect(stage(image)).to.include({ from: 'service' });
      expect(stage(image).lines.filter((line) => line.startsWith('RUN '))).to.deep.equal([]);
    });
  }

  for (const [index, definition] of [...allServices, { ...allServices[0], name: 'all-in-one' }].entries()) {
    it(`${definition.name}: says its port, and is asked there how it is (${index + 1})`, () => {
      const port = String(serviceSettings(definition).properties['http.port'].default);
      const root = environmentName(definition.rootKey);
      // All services in one process have two ports: the api's and the web UI's.
      expect(effective(definition.name, 'EXPOSE')).to.equal(definition.name === 'all-in-one' ? `${port} ${WWW_PORT}` : port);
      const [, options, command] = /^(.*) CMD (.*)$/.exec(effective(definition.name, 'HEALTHCHECK'));
      expect(words(command)).to.deep.equal(['node', 'healthcheck.mjs', root, port]);
      expect(options).to.match(/--timeout=5s/);
      expect(effective(definition.name, 'ENV')).to.include(`${root}_HTTP_HOST=0.0.0.0`);
    });
  }

  it('takes the packages of images from an installation without development', () => {
    expect(stage('parts').lines.filter((line) => line.includes('npm ')).map((line) => / npm ci .*--omit=dev --ignore-scripts /.test(line))).to.deep.equal([true]);
  });

  it('gives npm its configuration for the build only', () => {
    const installs = [...all.values()].flatMap(({ lines }) => lines.filter((line) => line.includes('npm ci')));
    expect(installs).to.have.length(2);
    for (const line of installs) expect(line).to.match(/^RUN --mount=type=cache,target=\/npm\/cache --mount=type=secret,id=npmrc,target=\/npm\/npmrc npm ci --cache \/npm\/cache --userconfig \/npm\/npmrc /);
  });

  it('sends no more of a checkout than it reads', () => {
    const lines = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines[0]).to.equal('*');
    expect(lines).to.include.members(['**/node_modules', '**/dist']);
    expect(lines.filter((line) => /secret|data|\.git|\.env/.test(line))).to.deep.equal([]);
  });
});
