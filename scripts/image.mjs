// `npm run image`: builds the images of all services, or of those that are named.
//
//   npm run image [-- [SERVICE…] [--builder docker|podman|buildah] [--base-image IMAGE] [--tag TAG] [-- BUILDER OPTIONS…]]
//
// The images are cavellc/cave-<service>:<tag>; the tag is CAVE's version unless another is
// given. Node's own modules only: it builds from a checkout in which nothing is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const ROOT = join(import.meta.dirname, '..');

/** The last stages of the Dockerfile; `cli` is for `cave migrate`. */
export const IMAGES = ['api', 'dbwriter', 'worker', 'scheduler', 'www', 'cli', 'all-in-one'];

/** Podman and Buildah write by default a format that has no health checks. */
const BUILDERS = {
  docker: { build: ['build'], answers: ['version', '--format', '{{.Server.Version}}'] },
  podman: { build: ['build', '--format', 'docker'], answers: ['version'] },
  buildah: { build: ['build', '--format', 'docker'], answers: ['version'] },
};

const EXIT = { failed: 1, usage: 64, unavailable: 69 };

if (process.argv[1] === import.meta.filename) main(process.argv.slice(2));

function main(argv) {
  const end = argv.indexOf('--');
  const further = end === -1 ? [] : argv.slice(end + 1);
  const { values, positionals } = parse(end === -1 ? argv : argv.slice(0, end));
  const unknown = positionals.find((name) => !IMAGES.includes(name));
  if (unknown !== undefined) fail(EXIT.usage, `There is no image "${unknown}"; there are ${IMAGES.join(', ')}.`);
  const builder = BUILDERS[values.builder];
  if (builder === undefined) fail(EXIT.usage, `"${values.builder}" is no builder; there are ${Object.keys(BUILDERS).join(', ')}.`);
  requireBuilder(values.builder, builder);

  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const npmrc = join(homedir(), '.npmrc');
  for (const name of positionals.length === 0 ? IMAGES : positionals) {
    const image = `cavellc/cave-${name}:${values.tag ?? version}`;
    const args = [
      ...builder.build, '--target', name, '--tag', image, '--build-arg', `VERSION=${version}`,
      ...(values['base-image'] === undefined ? [] : ['--build-arg', `BASE_IMAGE=${values['base-image']}`]),
      // Where npm finds its packages, with a password perhaps: for the build only, never part of an image.
      ...(existsSync(npmrc) ? ['--secret', `id=npmrc,src=${npmrc}`] : []),
      ...further, '.',
    ];
    console.log(`cave: building ${image} …`);
    const { status, error } = spawnSync(values.builder, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, DOCKER_BUILDKIT: '1' } });
    if (status !== 0) fail(EXIT.failed, `${image} was not built${error === undefined ? '; the messages above say why' : ` (${error.message})`}.`);
  }
}

function parse(args) {
  try {
    return parseArgs({ args, allowPositionals: true, options: { builder: { type: 'string', default: process.env.CAVE_IMAGE_BUILDER ?? 'docker' }, 'base-image': { type: 'string' }, tag: { type: 'string' } } });
  } catch (error) {
    return fail(EXIT.usage, error.message);
  }
}

function requireBuilder(name, { answers }) {
  const { status, error, stderr } = spawnSync(name, answers, { encoding: 'utf8' });
  if (status === 0) return;
  const others = Object.keys(BUILDERS).filter((other) => other !== name).join(' or ');
  const what = error?.code === 'ENOENT' ? `${name} is not installed` : name === 'docker' ? 'no Docker engine answers' : `${name} does not work`;
  fail(EXIT.unavailable, `Images cannot be built: ${what}. Install and start it, or name ${others} by --builder or CAVE_IMAGE_BUILDER.${stderr ? `\n${stderr.trim()}` : ''}`);
}

function fail(code, text) {
  process.stderr.write(`cave: ${text}\n`);
  process.exit(code);
}
