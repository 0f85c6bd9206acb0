// Makes a checkout runnable: installs and builds when, and only when, something changed.
// Plain Node without dependencies, because it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const CACHE = join(ROOT, 'node_modules', '.cache');
const STAMP = join(CACHE, 'cave-build');
const EMBEDDED = join(ROOT, 'adapters', 'embedded', 'dist');
const TEMPLATE = join(EMBEDDED, 'config-store-template');
const TEMPLATE_STAMP = `${TEMPLATE}.version`;
const SOURCE_DIRECTORIES = ['core', 'conformance', 'adapters', 'apps', 'schema', 'bench', 'stack', 'test-servers'];
const LEAST_NODE = [20, 19];
/** The web client, which Vite makes of its sources and of core's condition language. */
const CLIENT = join(ROOT, 'apps', 'www', 'ui');
const CLIENT_BUILT = join(ROOT, 'apps', 'www', 'dist', 'client', 'index.html');
const CLIENT_STAMP = join(CACHE, 'cave-client');

/** Installs and builds as needed. Ends the process with a sentence when one of them fails. */
export function makeReady() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1])) {
    fail(`CAVE needs Node ${LEAST_NODE.join('.')} or newer; this is ${process.versions.node}.`, 78);
  }
  if (!isInstalled()) {
    say('Installing dependencies (npm ci) …');
    npm(['ci', '--no-audit', '--no-fund']);
  }
  build();
  buildClient();
  prepareTemplate();
}

/** Compiles when a source changed since the last successful build; costs milliseconds when none did. */
export function build() {
  const files = [join(ROOT, 'tsconfig.json'), join(ROOT, 'tsconfig.base.json'), ...SOURCE_DIRECTORIES.flatMap((name) => sources(join(ROOT, name)))];
  // Taken before the build: a source that changes meanwhile is compiled the next time.
  const signature = signatureOf(files);
  if (readStamp(STAMP) === signature && files.every(isCompiled)) return;
  say('Building …');
  run(process.execPath, [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-b', ROOT], 'The build failed; the messages above say where.');
  writeStamp(STAMP, signature);
}

/** Bundles the web client when what it is made of changed since the last time. */
export function buildClient() {
  const files = [join(ROOT, 'package-lock.json'), ...filesBelow(CLIENT), ...filesBelow(join(ROOT, 'core', 'src'))];
  const signature = signatureOf(files);
  if (existsSync(CLIENT_BUILT) && readStamp(CLIENT_STAMP) === signature) return;
  say('Building the web UI …');
  run(process.execPath, [join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', CLIENT, '--logLevel', 'warn'], 'The build of the web UI failed; the messages above say where.');
  writeStamp(CLIENT_STAMP, signature);
}

/**
 * An empty database for the embedded config store, so that a first start copies one instead of
 * creating one. Made anew when the database's version or the schema has changed. Without it a first start
 * takes some seconds longer, so that a failure here is told and stops nothing.
 */
function prepareTemplate() {
  const { version } = readJson(join(ROOT, 'node_modules', '@electric-sql', 'pglite', 'package.json'));
  const signature = `${version} ${signatureOfSchema()}`;
  if (existsSync(TEMPLATE) && readStamp(TEMPLATE_STAMP) === signature) return;
  say('Preparing an empty database …');
  rmSync(TEMPLATE, { recursive: true, force: true });
  const { status, error } = spawnSync(process.execPath, [join(EMBEDDED, 'src', 'config-store', 'prepare-template.js')], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (status === 0) writeStamp(TEMPLATE_STAMP, signature);
  else say(`That failed${error === undefined ? '' : ` (${error.message})`}; the first start will create its database by itself, which takes longer.`);
}

/** Whether what npm noted at the end of its last installation is what package-lock.json asks for. */
function isInstalled() {
  const noted = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(noted)) return false;
  const wanted = readJson(join(ROOT, 'package-lock.json')).packages;
  const installed = readJson(noted).packages;
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    const found = installed[path];
    // The root itself is not noted, nor is what is optional and made for other machines.
    if (found === undefined) return path === '' || optional === true;
    return found.version === version && found.integrity === integrity;
  });
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function readStamp(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

function writeStamp(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Path, size and time of every file. */
function signatureOf(files) {
  const hash = createHash('sha256').update(process.versions.node);
  for (const path of files) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path}\0${size}\0${mtimeMs}\0`);
  }
  return hash.digest('hex');
}

/** A script that has landed never changes, so that the names say it all. */
function signatureOfSchema() {
  return createHash('sha256').update(readdirSync(join(ROOT, 'schema', 'scripts')).sort().join('\n')).digest('hex');
}

function isCompiled(path) {
  return !/\.tsx?$/.test(path) || path.endsWith('.d.ts') || existsSync(compiledPath(path));
}

/** Where tsc puts a source: `<package>/dist/{src,test}/…`. */
export function compiledPath(source) {
  return source.replace(/^(.*?)\/(src|test)\/(.*)\.tsx?$/, (_, pkg, part, rest) => `${pkg}/dist/${part}/${rest}.js`);
}

/** Sources and project files below a directory, sorted. */
export function sources(directory) {
  return filesBelow(directory).filter((path) => /\.tsx?$|\/(?:tsconfig|package)\.json$/.test(path));
}

/** Files below a directory but what was installed or built, sorted. */
function filesBelow(directory) {
  return readdirSync(directory, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(directory, entry.name);
      if (!entry.isDirectory()) return [path];
      return entry.name === 'node_modules' || entry.name === 'dist' ? [] : filesBelow(path);
    });
}

function npm(args) {
  const inside = process.env.npm_execpath;
  const hint = 'The installation failed; it needs a package registry that npm can reach.';
  // Inside an npm script the very npm that runs it is known.
  if (inside?.endsWith('.js')) run(process.execPath, [inside, ...args], hint);
  else run('npm', args, hint);
}

function run(command, args, failure) {
  // What is printed goes to standard error, so that standard output stays the service's own.
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (error !== undefined) fail(`${failure} (${error.message})`, 1);
  if (status !== 0) fail(failure, status ?? 1);
}

function say(text) {
  process.stderr.write(`cave: ${text}\n`);
}

function fail(text, code) {
  say(text);
  process.exit(code);
}
